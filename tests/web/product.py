"""The product as its users run it: a demo in one process, or every role a process of its own."""

import dataclasses
import functools
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from playwright.sync_api import Page

import tools

# How long anything may take to come about, in seconds.
PATIENCE = 600


def binary() -> pathlib.Path:
    """What is tested."""
    return pathlib.Path(os.environ.get("THROUGHLINE_BINARY", tools.ROOT / "target" / "debug" / "throughline")).resolve()


class Process:
    """A process that says when it serves. It ends with the tests; what it says is kept."""

    def __init__(self, command: list, environment: dict[str, str], log: pathlib.Path):
        self.log = log
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._child = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=open(log, "a", encoding="utf-8"),
            text=True,
        )
        # Should the tests be killed, it ends all the same.
        self._watchdog = subprocess.Popen(
            ["sh", "-c", 'cat >/dev/null; kill -9 "$1" 2>/dev/null', "watchdog", str(self._child.pid)],
            stdin=subprocess.PIPE,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._child.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self.lines.append("")
            self._said.notify_all()

    def says(self, beginning: str) -> str:
        """The rest of a line with this beginning, once it has been said."""

        def heard() -> str | None:
            return next((line for line in self.lines if line.startswith(beginning)), None)

        with self._said:
            said = self._said.wait_for(lambda: heard() or self._child.poll() is not None, PATIENCE)
            line = heard()
        if not said or line is None:
            raise AssertionError(f"it never said {beginning!r}; {self.log}:\n{self.log.read_text('utf-8')[-3000:]}")
        return line.removeprefix(beginning).strip()

    def end(self) -> None:
        self._child.terminate()
        try:
            self._child.wait(20)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self._watchdog.kill()


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody whom a test can be."""

    part: str
    name: str
    person_id: str


class Product:
    """A running product with people in it."""

    url: str
    # Its folder, with the people of the demo and the key that their tokens are signed with.
    data: pathlib.Path

    @functools.cached_property
    def people(self) -> dict[str, Person]:
        members = json.loads((self.data / "demo-people.json").read_text(encoding="utf-8"))["people"]
        return {member["part"]: Person(member["part"], member["name"], member["person_id"]) for member in members}

    @functools.cache
    def token(self, part: str) -> str:
        """A bearer token of somebody, or of `operator`."""
        who = self.people[part].person_id if part in self.people else part
        environment = {**os.environ, "THROUGHLINE_DATA": str(self.data)}
        command = [binary(), "token", who]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def ask(self, part: str, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        """The status and the answer of REST. What has no time is asked again: the same command happens once."""
        request = urllib.request.Request(
            f"{self.url}/v1{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                "Authorization": f"Bearer {self.token(part)}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(request) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as refused:
                status, told = refused.code, json.load(refused)
            if status not in (503, 504) or time.monotonic() > until:
                return status, told
            time.sleep(0.2)

    def rest(self, part: str, method: str, path: str, body: dict | None = None) -> dict:
        """What REST answers, if it does not refuse."""
        status, answer = self.ask(part, method, path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def sign_in(self, page: Page, part: str) -> None:
        """Signs somebody in by the pages, as they would themselves."""
        page.goto(f"{self.url}/sign-in")
        self.enter(page, part)
        page.wait_for_url(f"{self.url}/")

    def enter(self, page: Page, part: str) -> None:
        """Signs somebody in who has been led to the sign-in."""
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def host(self) -> str:
        return urllib.parse.urlsplit(self.url).netloc


class Embedded(Product):
    """`throughline demo`, with few schools; THROUGHLINE_DEMO names the folder of one that was played already."""

    def __init__(self, files: pathlib.Path):
        self.data = files / "data"
        if played := os.environ.get("THROUGHLINE_DEMO"):
            shutil.copytree(played, self.data)
        environment = {
            "THROUGHLINE_DATA": str(self.data),
            "THROUGHLINE_LISTEN": "127.0.0.1:0",
            "THROUGHLINE_WEB_LISTEN": "127.0.0.1:0",
            "THROUGHLINE_ISSUER_LISTEN": "127.0.0.1:0",
        }
        self._process = Process([binary(), "demo", "--schools", "2", "--years", "2"], environment, files / "demo.log")
        self.url = self._process.says("Pages and REST: ")

    def enter(self, page: Page, part: str) -> None:
        page.locator(f'button[name="person_id"][value="{self.people[part].person_id}"]').click()

    def end(self) -> None:
        self._process.end()

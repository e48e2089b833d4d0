"""The product as its users run it: a demo in one process, or every role a process of its own."""

import dataclasses
import functools
import json
import os
import pathlib
import shutil
import subprocess
import threading
import urllib.parse

from playwright.sync_api import Page

import tools

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
    grpc: str
    people: dict[str, Person]

    def token(self, part: str) -> str:
        """A bearer token of somebody, or of `operator`."""
        raise NotImplementedError

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
        if played := os.environ.get("THROUGHLINE_DEMO"):
            shutil.copytree(played, files / "data")
        self._environment = {
            "THROUGHLINE_DATA": str(files / "data"),
            "THROUGHLINE_LISTEN": "127.0.0.1:0",
            "THROUGHLINE_WEB_LISTEN": "127.0.0.1:0",
            "THROUGHLINE_ISSUER_LISTEN": "127.0.0.1:0",
        }
        command = [binary(), "demo", "--schools", "2", "--years", "2"]
        self._process = Process(command, self._environment, files / "demo.log")
        self.url = self._process.says("Pages and REST: ")
        site = json.loads((files / "data" / "site.json").read_text(encoding="utf-8"))
        self.grpc = site["grpc"]
        members = json.loads((files / "data" / "demo-people.json").read_text(encoding="utf-8"))["people"]
        self.people = {
            member["part"]: Person(member["part"], member["name"], member["person_id"]) for member in members
        }

    @functools.cache
    def token(self, part: str) -> str:
        who = self.people[part].person_id if part in self.people else part
        command = [binary(), "token", who]
        environment = {**os.environ, **self._environment}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def enter(self, page: Page, part: str) -> None:
        page.locator(f'button[name="person_id"][value="{self.people[part].person_id}"]').click()

    def end(self) -> None:
        self._process.end()

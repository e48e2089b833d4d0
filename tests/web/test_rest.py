"""REST keeps the promises of its description: the document is valid, and whatever is sent, signed in as whoever, the
answers are those that it describes."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
import uuid

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

PARTS = ["teacher", "head", "cpd-lead", "trust-leader", "hr", "governor", "network-lead", "operator"]

# More of them find more, and take longer.
EXAMPLES = os.environ.get("THROUGHLINE_REST_EXAMPLES", "3")

# "coverage,fuzzing" goes through the bounds of every field besides, in some minutes for each part.
PHASES = os.environ.get("THROUGHLINE_REST_PHASES", "fuzzing")

SETTINGS = """
[checks]
# A schema says how a field is written. Whether the fields of a command go together, whether what they name exists, and
# whether a rule allows it as things stand, only the service can say: 400, 404, 409 and 422 are right answers to data that
# are well-formed, as 401 and 403 are.
positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "401", "403", "404", "409", "422"]
"""


def ask(product, part, path, headers=None, body=None, method=None):
    """The status, the headers and the answer."""
    request = urllib.request.Request(product.url + path, data=body, method=method)
    if part:
        request.add_header("Authorization", f"Bearer {product.token(part)}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, json.loads(refused.read() or "null")


def test_the_description_is_valid(product):
    status, _, document = ask(product, None, "/openapi.json")
    assert status == 200
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.parametrize("part", PARTS)
def test_answers_are_as_described(product, part, tmp_path):
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    command = [
        pathlib.Path(sys.executable).with_name("schemathesis"),
        *("--config-file", settings),
        *("run", f"{product.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {product.token(part)}"),
        *("--checks", "all", "--phases", PHASES, "--max-examples", EXAMPLES, "--seed", "1"),
        # Streams never end.
        *("--exclude-path-regex", "^/live/"),
        *("--rate-limit", "auto", "--request-timeout", "30", "--workers", "2"),
        *("--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure"),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def test_a_command_happens_once_and_its_version_guards_the_next(product):
    """A teacher writes into their journal, twice under one key; what was overtaken is refused."""
    teacher = product.people["teacher"].person_id
    key = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    entry = {"section": "JOURNAL_SECTION_GOALS", "text": "Ask one more question", "on": "2025-10-01"}
    sections = ask(product, None, "/openapi.json")[2]["components"]["schemas"]["JournalSection"]["enum"]
    entry["section"] = sections[1]
    first = ask(product, "teacher", "/v1/me/journal/entries", key, json.dumps(entry).encode())
    again = ask(product, "teacher", "/v1/me/journal/entries", key, json.dumps(entry).encode())
    assert (first[0], again[0]) == (200, 200), first
    assert again[2]["recorded"] == {**first[2]["recorded"], "replayed": True}

    entry["text"] = "Another text under the same key"
    status, headers, problem = ask(product, "teacher", "/v1/me/journal/entries", key, json.dumps(entry).encode())
    assert (status, problem["code"]) == (422, "REQUEST_REUSED")
    assert headers["Content-Type"] == "application/problem+json"

    journal = f"/v1/people/{teacher}/journal"
    status, headers, told = ask(product, "teacher", journal)
    assert status == 200 and told["entries"]
    tag = headers["ETag"]
    assert ask(product, "teacher", journal, {"If-None-Match": tag})[0] == 304

    fresh = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json", "If-Match": tag}
    assert ask(product, "teacher", "/v1/me/journal/entries", fresh, json.dumps(entry).encode())[0] == 200
    fresh["Idempotency-Key"] = str(uuid.uuid4())
    status, _, problem = ask(product, "teacher", "/v1/me/journal/entries", fresh, json.dumps(entry).encode())
    assert (status, problem["code"]) == (409, "VERSION_CONFLICT")


def test_pages_are_walked_by_their_links(product):
    trust = ask(product, "head", "/v1/me")[2]["person"]["trustId"]
    address, urns = f"/v1/schools?trustId={trust}&pageSize=1", []
    while address:
        status, headers, page = ask(product, "head", address)
        assert status == 200
        urns += [school["urn"] for school in page["schools"]]
        address = page.get("next")
        assert (address is not None) == ("Link" in headers)
    assert len(urns) == len(set(urns)) > 1


def test_a_stream_says_when_something_is_new(product):
    def stream(part, path):
        request = urllib.request.Request(product.url + path)
        request.add_header("Authorization", f"Bearer {product.token(part)}")
        return urllib.request.urlopen(request, timeout=60)

    def event(lines):
        said = {}
        for line in lines:
            name, _, value = line.decode().rstrip("\n").partition(":")
            if name:
                said[name] = value.strip()
            elif said:
                return said

    for part, path in [("head", "/live/attention"), ("trust-leader", "/live/link"), ("head", "/live/attention?pageSize=1")]:
        with stream(part, path) as live:
            assert live.headers["Content-Type"].startswith("text/event-stream")
            assert event(live)["event"] == "changed"
    status, _, problem = ask(product, None, "/live/attention")
    assert (status, problem["code"]) == (401, "UNAUTHENTICATED")

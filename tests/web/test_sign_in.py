"""Sign-in by HTTP: authorisation code and PKCE against a real issuer, visits that end, and what is refused."""

import html
import json
import os
import re
import time
import urllib.parse
import uuid

import pytest
import requests

import servers
import tools
from product import Process, binary

CLIENT = "throughline"
OPERATOR = "operator"
URN = "900001"
TEACHER = str(uuid.uuid5(uuid.NAMESPACE_DNS, "somebody who signs in"))
STRANGER = str(uuid.uuid5(uuid.NAMESPACE_DNS, "somebody whom nobody knows"))


class Site:
    """The product in one process, with an issuer of its own and one teacher."""

    def __init__(self, files, life: int = 3600, scopes: str = "openid", issuer_later: bool = False):
        files.mkdir()
        self._files, self._life = files, life
        web, self._issuer_port = servers.free_port(), servers.free_port()
        self.url, self.issuer = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{self._issuer_port}"
        self._issuer = None
        if not issuer_later:
            self.start_issuer()
        environment = {
            "THROUGHLINE_DATA": str(files / "data"),
            "THROUGHLINE_LISTEN": "127.0.0.1:0",
            "THROUGHLINE_ISSUER_LISTEN": "127.0.0.1:0",
            "THROUGHLINE_WEB_LISTEN": f"127.0.0.1:{web}",
            "THROUGHLINE_PUBLIC_URL": self.url,
            "THROUGHLINE_ISSUER": self.issuer,
            "THROUGHLINE_AUDIENCE": CLIENT,
            "THROUGHLINE_SUBJECT": "person-id",
            "THROUGHLINE_OPERATORS": f"{self.issuer}#{OPERATOR}",
            "THROUGHLINE_SIGN_IN_CLIENT_ID": CLIENT,
            "THROUGHLINE_SIGN_IN_SCOPES": scopes,
            "THROUGHLINE_SIGN_IN_PARAMETERS": "prompt=consent",
        }
        self._product = Process([binary(), "up"], environment, files / "product.log")
        self._product.says("Serving gRPC on ")

    def start_issuer(self) -> None:
        program = tools.TOOLS / "issuer" / "server.js"
        program.write_bytes((tools.HERE / "issuer" / "server.js").read_bytes())
        client = [CLIENT, f"{self.url}/sign-in/callback", f"{self.url}/signed-out"]
        command = [tools.NODE, program, str(self._issuer_port), *client, OPERATOR, TEACHER, STRANGER]
        environment = {"THROUGHLINE_TEST_TOKEN_SECONDS": str(self._life)}
        self._issuer = Process(command, environment, self._files / "issuer.log")
        self._issuer.says("Serving ")
        self._tokens = json.loads(self._issuer.says("Tokens "))

    def found(self) -> "Site":
        """A trust of one school with one teacher."""
        trust = str(uuid.uuid4())
        self._rest("/trusts", {"trustId": trust, "name": "Downland Learning Trust"})
        self._rest("/schools", {"urn": URN, "details": {"name": "Hillcrest School", "phase": "PHASE_SECONDARY"}})
        self._rest(f"/schools/{URN}/join-trust", {"trustId": trust, "on": "2020-09-01"})
        post = {"urn": URN, "roleGroup": "ROLE_GROUP_CLASSROOM_TEACHER", "jobTitle": "Teacher", "fromOn": "2023-09-01"}
        person = {"personId": TEACHER, "trustId": trust, "givenName": "Tess", "familyName": "Teacher"}
        self._rest("/people", {**person, "employment": {**post, "ftePercent": 100}})
        return self

    def _rest(self, path: str, body: dict) -> None:
        headers = {"authorization": f"Bearer {self._tokens[OPERATOR]}", "idempotency-key": str(uuid.uuid4())}
        answer = requests.post(f"{self.url}/v1{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text

    def end(self) -> None:
        self._product.end()
        if self._issuer:
            self._issuer.end()


class Browser:
    """Somebody's cookies."""

    def __init__(self, site: Site):
        self.site = site
        self.session = requests.Session()

    def get(self, path: str, **more) -> requests.Response:
        return self.session.get(urllib.parse.urljoin(self.site.url, path), allow_redirects=False, timeout=30, **more)

    def post(self, path: str, fields: dict, **more) -> requests.Response:
        url = urllib.parse.urljoin(self.site.url, path)
        return self.session.post(url, data=fields, allow_redirects=False, timeout=30, **more)

    def cookie(self) -> str:
        return self.session.cookies.get("throughline")

    def start(self, going_to: str = "/") -> str:
        """Where the sign-in leads."""
        page = self.get("/sign-in", params={"next": going_to})
        assert page.status_code == 200
        link = html.unescape(re.search(r'href="(/sign-in/start[^"]*)"', page.text)[1])
        answer = self.get(link)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def through_issuer(self, url: str, who: str) -> str:
        """Answers the issuer's questions, and gives the address to which it leads back."""
        for _ in range(12):
            if url.startswith(self.site.url):
                return url
            answer = self.get(url)
            if answer.is_redirect:
                url = urllib.parse.urljoin(url, answer.headers["location"])
                continue
            fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
            action = html.unescape(re.search(r'<form[^>]* action="([^"]*)"', answer.text)[1])
            answer = self.post(urllib.parse.urljoin(url, action), {**fields, "login": who, "password": "anything"})
            url = urllib.parse.urljoin(url, answer.headers["location"])
        raise AssertionError(f"the issuer asks without end: {url}")

    def sign_in(self, who: str = TEACHER, going_to: str = "/") -> requests.Response:
        return self.get(self.through_issuer(self.start(going_to), who))

    def is_signed_in(self) -> bool:
        return self.get("/people/me").status_code == 200

    def csrf(self) -> str:
        return re.search(r'name="csrf" value="([^"]+)"', self.get("/people/me").text)[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """With an issuer whose tokens last."""
    running = Site(tmp_path_factory.mktemp("sign-in") / "site").found()
    yield running
    running.end()


@pytest.fixture
def browser(site):
    return Browser(site)


def test_somebody_signs_in_and_comes_to_where_they_wanted(browser):
    asked = browser.get("/people/me")
    assert asked.status_code == 303 and asked.headers["location"] == "/sign-in?next=%2Fpeople%2Fme"
    location = browser.start("/people/me")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    assert query["code_challenge_method"] == ["S256"] and query["response_type"] == ["code"]
    assert {"state", "nonce", "code_challenge"} <= query.keys()
    answer = browser.get(browser.through_issuer(location, TEACHER))
    assert answer.status_code == 303 and answer.headers["location"] == "/people/me"
    given = next(value for value in answer.raw.headers.getlist("set-cookie") if value.startswith("throughline="))
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"]:
        assert attribute in given
    assert "Tess Teacher" in browser.get("/people/me").text
    assert TEACHER not in given and "ey" not in browser.cookie()[:2]


def test_somebody_signs_out_here_and_with_the_issuer(browser):
    browser.sign_in()
    csrf, cookie = browser.csrf(), browser.cookie()
    left = browser.post("/sign-out", {"csrf": csrf})
    assert left.status_code == 200
    onward = html.unescape(re.search(r'href="([^"]*id_token_hint[^"]*)"', left.text)[1])
    assert onward.startswith(browser.site.issuer)
    assert not browser.is_signed_in()
    browser.session.cookies.set("throughline", cookie, domain="127.0.0.1", path="/")
    assert not browser.is_signed_in(), "the session is gone, not the cookie alone"
    asked = browser.get(onward)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    action = html.unescape(re.search(r'<form[^>]* action="([^"]*)"', asked.text)[1])
    answer = browser.post(urllib.parse.urljoin(onward, action), {**fields, "logout": "yes"})
    assert answer.headers["location"].startswith(f"{browser.site.url}/signed-out")
    assert browser.get("/signed-out").status_code == 200
    # The issuer asks again who it is.
    assert "/interaction/" in browser.get(browser.start()).headers["location"]


def test_nobody_is_signed_out_by_another_site(browser):
    browser.sign_in()
    csrf = browser.csrf()
    for headers in [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}]:
        assert browser.post("/sign-out", {"csrf": csrf}, headers=headers).status_code == 403
    for guess in ["", "x", csrf[:-1]]:
        assert browser.post("/sign-out", {"csrf": guess}).status_code == 403
    assert browser.is_signed_in()


def test_an_answer_with_another_state_is_refused(browser):
    back = urllib.parse.urlsplit(browser.through_issuer(browser.start(), TEACHER))
    query = urllib.parse.parse_qs(back.query)
    for state in ["", "x", query["state"][0][:-1] + "A", query["state"][0][::-1]]:
        changed = urllib.parse.urlencode({**{name: values[0] for name, values in query.items()}, "state": state})
        answer = browser.get(f"{back.path}?{changed}")
        assert answer.status_code == 400 and not browser.cookie()


def test_an_answer_is_taken_in_the_browser_that_asked_alone(browser, site):
    back = browser.through_issuer(browser.start(), TEACHER)
    victim = Browser(site)
    assert victim.get(back).status_code == 400 and not victim.cookie()
    victim.start()
    assert victim.get(back).status_code == 400 and not victim.cookie()
    assert browser.get(back).status_code == 303


def test_a_code_is_good_for_once(browser, site):
    back = browser.through_issuer(browser.start(), TEACHER)
    copy = Browser(site)
    copy.session.cookies.update(browser.session.cookies)
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400
    answer = copy.get(back)
    assert answer.status_code == 400 and "could not be completed" in answer.text and not copy.cookie()


def test_a_changed_cookie_opens_nothing(browser):
    browser.sign_in()
    cookie = browser.cookie()
    for changed in [cookie[:-2] + "AA", cookie[::-1], "A" * len(cookie), "", "../x", cookie + cookie]:
        browser.session.cookies.set("throughline", changed, domain="127.0.0.1", path="/")
        assert not browser.is_signed_in()


def test_every_sign_in_gets_a_cookie_of_its_own(browser):
    browser.sign_in()
    first = browser.cookie()
    browser.sign_in()
    assert browser.cookie() != first
    browser.session.cookies.set("throughline", first, domain="127.0.0.1", path="/")
    assert not browser.is_signed_in()


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\tx"])
def test_nobody_is_led_elsewhere(browser, elsewhere):
    assert browser.sign_in(going_to=elsewhere).headers["location"] == "/"


def test_an_account_that_nobody_knows_is_told_so(browser):
    answer = browser.sign_in(STRANGER)
    assert answer.status_code == 403 and "Nobody here has this account" in answer.text
    assert not browser.cookie()


def test_what_was_typed_outlives_the_session(browser):
    browser.sign_in()
    shown = [browser.get(path) for path in ["/bookings", "/partnerships", "/partnerships/new", "/observations/new"]]
    page = next((page for page in shown if 'name="author"' in page.text and "<textarea" in page.text), shown[0])
    hidden = dict(re.findall(r'<input type="hidden" name="(csrf|author|page|request_id)" value="([^"]*)"', page.text))
    assert "author" in hidden, "none of the pages has a form for this person"
    action = html.unescape(re.search(r'<form class="form"[^>]* action="([^"]*)"', page.text)[1])
    field = re.search(r'<textarea [^>]*name="([^"]*)"', page.text)
    name = field[1]
    browser.session.cookies.clear(domain="127.0.0.1", path="/", name="throughline")
    answer = browser.post(action, {**hidden, name: "typed in vain?"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
    browser.sign_in(going_to=hidden["page"])
    found = browser.get(hidden["page"]).text
    assert "Your session had ended" in found
    assert "typed in vain?" in found


def test_a_visit_outlasts_its_tokens_while_the_issuer_renews_them(tmp_path):
    site = Site(tmp_path / "site", life=4, scopes="openid,offline_access").found()
    try:
        browser = Browser(site)
        browser.sign_in()
        until = time.monotonic() + 9
        while time.monotonic() < until:
            assert browser.is_signed_in()
            time.sleep(1)
    finally:
        site.end()


def test_a_visit_ends_with_its_token_when_nobody_renews_it(tmp_path):
    site = Site(tmp_path / "site", life=4).found()
    try:
        browser = Browser(site)
        browser.sign_in()
        assert browser.is_signed_in()
        time.sleep(5)
        assert browser.get("/people/me").headers["location"].startswith("/sign-in")
    finally:
        site.end()


def test_an_issuer_that_is_away_is_asked_again(tmp_path):
    site = Site(tmp_path / "site", issuer_later=True)
    try:
        browser = Browser(site)
        away = browser.get("/sign-in/start")
        assert away.status_code == 503 and "not possible right now" in away.text
        site.start_issuer()
        assert browser.get("/sign-in/start").status_code == 303
    finally:
        site.end()


def test_the_demo_answers_to_this_machine_alone(tmp_path):
    environment = {
        "THROUGHLINE_DATA": str(tmp_path / "data"),
        "THROUGHLINE_LISTEN": "127.0.0.1:0",
        "THROUGHLINE_ISSUER_LISTEN": "127.0.0.1:0",
        "THROUGHLINE_WEB_LISTEN": "127.0.0.1:0",
    }
    demo = Process([binary(), "up"], environment, tmp_path / "demo.log")
    try:
        url = demo.says("Pages and REST: ")
        assert "throughline demo" in requests.get(f"{url}/sign-in", timeout=30).text
        misled = requests.get(f"{url}/sign-in", headers={"host": "rebound.example"}, timeout=30)
        assert misled.status_code == 421
    finally:
        demo.end()
    open_to_all = {**environment, "THROUGHLINE_WEB_LISTEN": "0.0.0.0:0"}
    refused = Process([binary(), "up"], open_to_all, tmp_path / "open.log")
    with pytest.raises(AssertionError, match="loopback"):
        refused.says("Pages and REST: ")
    assert os.path.exists(tmp_path / "open.log")
    refused.end()

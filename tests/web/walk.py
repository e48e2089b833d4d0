"""A walk through every page that somebody can reach by links, and what is wrong with the pages on the way."""

import dataclasses
import pathlib
import re
import threading
import urllib.parse

from playwright.sync_api import Browser, Error, Page, Response

import tools
from product import Product

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}

# Pages of one kind are built alike: this many of each are looked at, and no more in all than a person would.
OF_ONE_KIND = 2
IN_ALL = 80

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# Addresses that answer with something else than a page of a person's own.
NOT_PAGES = re.compile(r"^/(sign-out|assets/|openapi\.json|api(/|$)|v1/|live/)|\.(csv|xlsx|parquet|json|ics|zip)$")

# What no reader should meet: identifiers, and the names that programs use among themselves.
INTERNALS = {
    "an identifier": re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I),
    "the name of a code": re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b"),
    "a name of the program": re.compile(r"\b[a-z]+_[a-z_]+\b"),
    "the kind of an event": re.compile(
        r"\b(observation|follow_up|appraisal|objective|cycle|activity|session|booking|partnership|enquiry|survey|person|school)"
        r"\.[a-z_]{4,}\b"
    ),
    "the name of a call": re.compile(
        r"\b(Get|List|Record|Agree|Share|Propose|Complete|Schedule|Register)[A-Z][a-z]+\w*\b"
        r"|\b[A-Z][a-z]+[A-Z]\w+(Service|Request|Report)\b"
    ),
    "a value that is not there": re.compile(r"\b(NaN|undefined|null)\b|\bSome\("),
}

LOOK = """() => {
    const spoken = [...document.querySelectorAll('[aria-label],[title],svg title,svg desc')]
        .map(e => e.getAttribute('aria-label') || e.getAttribute('title') || e.textContent);
    const forms = [...document.querySelectorAll('form')].filter(f => f.method === 'get')
        .map(f => f.action.split('?')[0] + '?' + new URLSearchParams(new FormData(f)));
    return {
        heading: [...document.querySelectorAll('h1')].map(e => e.textContent.trim()),
        text: document.body.innerText,
        spoken: spoken.join('\\n'),
        links: [...document.querySelectorAll('a[href]:not([download])')].map(e => e.href),
        forms,
        shape: [...new Set([...document.body.querySelectorAll('*')].map(e =>
            e.localName + '.' + (e.getAttribute('class') || '') + (e.role || '')))].sort().join(),
    };
}"""

OVERFLOW = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return null;
    const wide = [...document.querySelectorAll('body *')].filter(e =>
        e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll'));
    return wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' | ') || 'the page';
}"""

# Colours alone are what differs in the dark.
RUN_AXE = """async ([tags, rules]) => (await axe.run(document, {
        runOnly: rules ? {type: 'rule', values: rules} : {type: 'tag', values: tags}, resultTypes: ['violations']}))
    .violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 150)
        + ' (' + (n.any[0] || n.all[0] || n.none[0] || {}).message + ')').join(' | ')}`)"""


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something wrong with a page."""

    what: str
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what} at {self.where}: {self.detail}"


@dataclasses.dataclass
class Visit:
    """A page as somebody saw it."""

    address: str
    status: int
    heading: str
    text: str
    html: pathlib.Path


@dataclasses.dataclass
class Walk:
    """Everything that somebody saw."""

    part: str
    visits: list[Visit] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)

    def found(self, *kinds: str) -> list[str]:
        return [str(finding) for finding in self.findings if finding.what in kinds]

    def pages_with(self, words: str) -> list[str]:
        """Where somebody could read these words."""
        return [visit.address for visit in self.visits if words in visit.text]


def kind(address: str) -> str:
    """Addresses of pages that are built alike have one kind."""
    parts = urllib.parse.urlsplit(address)
    path = re.sub(r"/([0-9a-f-]{36}|\d+)(?=/|$)", "/:id", parts.path)
    asked = sorted(key for key, value in urllib.parse.parse_qsl(parts.query) if value)
    return f"{path}?{'&'.join(dict.fromkeys(asked))}"


def is_page(product: Product, address: str) -> bool:
    parts = urllib.parse.urlsplit(address)
    return parts.netloc == product.host() and not NOT_PAGES.search(parts.path)


class Shapes:
    """Which pages have been inspected closely: those made of the same elements as one before need not be again."""

    def __init__(self):
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def is_new(self, address: str, shape: str) -> bool:
        with self._lock:
            seen = (kind(address).split("?")[0], shape) in self._seen
            self._seen.add((kind(address).split("?")[0], shape))
            return not seen


class Walker:
    """Walks as somebody, from page to page."""

    def __init__(self, product: Product, browser: Browser, part: str, keep: pathlib.Path, shapes: Shapes):
        self._shapes = shapes
        self._product = product
        self._part = part
        self._keep = keep
        self._walk = Walk(part)
        self._here = "the sign-in"
        self._with = browser.new_context(viewport=WIDE, locale="en-GB", color_scheme="light")
        self._axe = tools.AXE.read_text(encoding="utf-8")
        self._page = self._with.new_page()
        self._watch(self._page)
        product.sign_in(self._page, part)
        self._without = browser.new_context(
            viewport=NARROW,
            locale="en-GB",
            java_script_enabled=False,
            storage_state=self._with.storage_state(),
        )
        self._plain = self._without.new_page()

    def _find(self, what: str, detail: str) -> None:
        self._walk.findings.append(Finding(what, self._here, detail))

    def _watch(self, page: Page) -> None:
        """What the browser complains about, and whom it asks."""

        def complaint(message) -> None:
            # An answer of 4xx is judged by the page.
            if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
                self._find("a complaint", message.text)

        def asked(request) -> None:
            host = urllib.parse.urlsplit(request.url).netloc
            if host != self._product.host() and request.resource_type != "document":
                self._find("a stranger", request.url)

        page.on("console", complaint)
        page.on("pageerror", lambda error: self._find("a complaint", str(error)))
        page.on("request", asked)

    def walk(self) -> Walk:
        """From the home page along every link, breadth first."""
        queue = [f"{self._product.url}/"]
        seen: set[str] = set(queue)
        kinds: dict[str, int] = {}
        while queue and len(self._walk.visits) < IN_ALL:
            address = queue.pop(0)
            if kinds.get(kind(address), 0) >= OF_ONE_KIND:
                continue
            kinds[kind(address)] = kinds.get(kind(address), 0) + 1
            for link in self._visit(address):
                if link not in seen and is_page(self._product, link):
                    seen.add(link)
                    queue.append(link)
        for context in (self._with, self._without):
            context.close()
        return self._walk

    def _visit(self, address: str) -> list[str]:
        self._here = address.removeprefix(self._product.url) + f" (as {self._part})"
        self._page.set_viewport_size(WIDE)
        self._page.emulate_media(color_scheme="light")
        try:
            response = self._page.goto(address, wait_until="load")
        except Error as error:
            self._find("a broken link", error.message.splitlines()[0])
            return []
        content_type = response.headers.get("content-type", "")
        if not content_type.startswith("text/html"):
            self._find("no page", f"{response.status} {content_type}")
            return []
        self._judge(response)
        seen = self._page.evaluate(LOOK)
        heading = seen["heading"][0] if seen["heading"] else ""
        if len(seen["heading"]) != 1:
            self._find("a heading", f"{len(seen['heading'])} first headings")
        html = self._keep / f"{self._part}-{len(self._walk.visits)}.html"
        html.write_bytes(response.body())
        self._walk.visits.append(Visit(self._here, response.status, heading, seen["text"] + seen["spoken"], html))
        for what, pattern in INTERNALS.items():
            for said in (seen["text"], seen["spoken"]):
                if match := pattern.search(said):
                    around = said[max(0, match.start() - 40) : match.end() + 40].replace("\n", " ")
                    self._find("internals", f"{what}: …{around}…")
        new = self._shapes.is_new(address, seen["shape"])
        if new:
            self._inspect("1280 px, light")
        self._page.set_viewport_size(NARROW)
        if wide := self._page.evaluate(OVERFLOW):
            self._find("too wide", wide)
        if new:
            self._page.emulate_media(color_scheme="dark")
            self._inspect("320 px, dark", ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"])
            self._visit_plainly(address, response, seen["heading"])
        return [link.split("#")[0] for link in seen["links"] + seen["forms"]]

    def _inspect(self, how: str, rules: list[str] | None = None) -> None:
        """By axe, which is put into the page as an extension would."""
        if not self._page.evaluate("() => 'axe' in window"):
            self._page.evaluate(self._axe)
        for violation in self._page.evaluate(RUN_AXE, [WCAG, rules]):
            self._find("axe", f"{how}: {violation}")

    def _visit_plainly(self, address: str, with_script: Response, headings: list[str]) -> None:
        """Without JavaScript the same is there."""
        response = self._plain.goto(address, wait_until="load")
        if response.status != with_script.status:
            self._find("without JavaScript", f"{response.status}, not {with_script.status}")
        plain = self._plain.evaluate(LOOK)
        if plain["heading"] != headings:
            self._find("without JavaScript", f"the heading {plain['heading']}")
        if wide := self._plain.evaluate(OVERFLOW):
            self._find("too wide", f"without JavaScript: {wide}")

    def _judge(self, response: Response) -> None:
        # A link that leads to what this reader may not see says so politely; one to nothing is broken.
        if response.status >= 400 and response.status != 403:
            self._find("a broken link", str(response.status))
        for complaint in complaints_about(response.headers):
            self._find("headers", complaint)


def complaints_about(headers: dict[str, str]) -> list[str]:
    """What the headers of a page lack."""
    policy = headers.get("content-security-policy", "")
    lacks = []
    if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy or "data:" in policy:
        lacks.append(f"content-security-policy: {policy}")
    for name, value in {
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
    }.items():
        if headers.get(name) != value:
            lacks.append(f"{name}: {headers.get(name)}")
    return lacks



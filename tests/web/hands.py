"""How somebody works a page: with a pointer, with the keyboard alone, or in a browser that runs no script."""

import datetime
import time
import urllib.parse
from collections.abc import Callable

from playwright.sync_api import Browser, Locator, Page, expect

from product import Product

# How long a page may take, or views and reactions to follow what was recorded, in seconds.
PATIENCE = 60

FOCUSED = "element => element === document.activeElement"


class Hands:
    """Somebody at a page."""

    def __init__(self, product: Product, browser: Browser, part: str, script: bool = True):
        self.product = product
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="en-GB", java_script_enabled=script
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        product.sign_in(self.page, part)

    def open(self, path: str) -> None:
        response = self.page.goto(f"{self.product.url}{path}")
        assert response.status == 200, f"{path}: {response.status} {self.page.inner_text('body')[:500]}"

    def open_until(self, path: str, says: Callable[[], bool]) -> None:
        """Opens a page again and again, until it says what has been recorded."""
        until = time.monotonic() + PATIENCE
        self.open(path)
        while not says():
            assert time.monotonic() < until, f"{path} never said it: {self.text()}"
            time.sleep(0.2)
            self.open(path)

    def at(self) -> str:
        """The path of the page."""
        return urllib.parse.urlsplit(self.page.url).path

    def text(self) -> str:
        return self.page.inner_text("main")

    def press(self, target: Locator) -> None:
        """A link, a button, or what folds something out."""
        target.click()

    def follow(self, name: str) -> None:
        """Follows a link of the page's own part."""
        with self.page.expect_navigation():
            self.press(self.page.locator("main").get_by_role("link", name=name).first)

    def fill(self, name: str, text: str) -> None:
        self.field(name).fill(text)

    def fill_day(self, name: str, day: datetime.date) -> None:
        self.field(name).fill(day.isoformat())

    def select(self, name: str, label: str) -> None:
        self.field(name).select_option(label=label)

    def select_value(self, name: str, value: str) -> None:
        """As somebody reads it who looks for this one."""
        self.select(name, self.field(name).locator(f'option[value="{value}"]').inner_text())

    def choose(self, name: str, value: str) -> None:
        """One of several radio buttons, or a box to tick."""
        self.page.locator(f'[name="{name}"][value="{value}"]').check()

    def choose_first(self, name: str) -> str:
        """The first that is offered."""
        offered = self.page.locator(f'[name="{name}"]').first
        if not offered.is_visible():
            self.press(self.page.locator("details", has=offered).locator("summary").first)
        value = offered.get_attribute("value")
        self.choose(name, value)
        return value

    def choose_everywhere(self, beginning: str, value: str) -> None:
        """The same answer to every question whose name begins so."""
        answers = self.page.locator(f'[name^="{beginning}"][value="{value}"]').all()
        for name in [answer.get_attribute("name") for answer in answers]:
            self.choose(name, value)

    def send(self, label: str) -> None:
        """Sends a form. What was refused is shown as the reason of a failure."""
        with self.page.expect_navigation():
            self.press(self.page.get_by_role("button", name=label, exact=True))
        refusal = self.page.locator('form [role="alert"], .problem')
        assert not refusal.count(), f"{label}: {refusal.first.inner_text()}"

    def field(self, name: str) -> Locator:
        return self.page.locator(f'[name="{name}"]')

    def done(self) -> None:
        self.context.close()


class Keyboard(Hands):
    """Nothing but keys: whatever is used is reached with the tabulator, and shows that it is."""

    def _reach(self, target: Locator) -> None:
        for _ in range(600):
            if target.evaluate(FOCUSED):
                expect(target).to_be_focused()
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def press(self, target: Locator) -> None:
        self._reach(target)
        outline = target.evaluate("e => getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow")
        assert outline != "nonenone", f"nobody sees that {target} has the focus"
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state("load")

    def fill(self, name: str, text: str) -> None:
        self._reach(self.field(name))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def fill_day(self, name: str, day: datetime.date) -> None:
        # Which part of a date comes first is the browser's affair.
        for written in ("%d%m%Y", "%m%d%Y"):
            self._reach(self.field(name))
            for _ in range(3):
                self.page.keyboard.press("ArrowLeft")
            self.page.keyboard.type(day.strftime(written))
            if self.field(name).input_value() == day.isoformat():
                return
        raise AssertionError(f"no day can be typed into {name}: {self.field(name).input_value()}")

    def select(self, name: str, label: str) -> None:
        self._reach(self.field(name))
        self.page.keyboard.type(label)
        chosen = self.field(name).evaluate("e => e.selectedOptions[0].label")
        assert chosen == label, f"{name} is {chosen}, not {label}"

    def choose(self, name: str, value: str) -> None:
        wanted = self.page.locator(f'[name="{name}"][value="{value}"]')
        if wanted.is_checked():
            return
        if wanted.get_attribute("type") == "checkbox":
            self._reach(wanted)
            self.page.keyboard.press("Space")
        else:
            group = self.page.locator(f'[name="{name}"]')
            checked = self.page.locator(f'[name="{name}"]:checked')
            self._reach(checked if checked.count() else group.first)
            self.page.keyboard.press("Space")
            for _ in range(group.count()):
                if wanted.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        assert wanted.is_checked(), f"{name} cannot be {value}"


HOW = {"pointer": (Hands, True), "keyboard alone": (Keyboard, True), "no script": (Hands, False)}


def hands(how: str, product: Product, browser: Browser, part: str) -> Hands:
    kind, script = HOW[how]
    return kind(product, browser, part, script)

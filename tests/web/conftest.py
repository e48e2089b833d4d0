"""What the tests share: the running product, and a browser."""

import pytest
from playwright.sync_api import sync_playwright

import tools
from product import Embedded


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    """The embedded default with a small demo. Tests may add to it, and must not depend on what others added."""
    running = Embedded(tmp_path_factory.mktemp("embedded"))
    yield running
    running.end()


@pytest.fixture(scope="session")
def browser():
    """One Chromium; each test opens contexts of its own in it."""
    with sync_playwright() as playwright:
        browser = tools.chromium().launch(playwright)
        yield browser
        browser.close()

"""Every page that anybody can reach, as they see it: wide and narrow, light and dark, with JavaScript and without."""

import concurrent.futures
import json
import subprocess

import pytest
from playwright.sync_api import sync_playwright

import tools
from walk import Shapes, Walker, complaints_about

PARTS = ["teacher", "head", "cpd-lead", "trust-leader", "hr", "governor", "network-lead"]

# Two cores are kept busy by these, and the product.
AT_ONCE = 2


def walk(product, part, keep, shapes):
    with sync_playwright() as playwright:
        browser = tools.chromium().launch(playwright)
        try:
            return Walker(product, browser, part, keep, shapes).walk()
        finally:
            browser.close()


@pytest.fixture(scope="module")
def walks(product, tmp_path_factory):
    """What everybody saw, each walking at the same time as others."""
    keep, shapes = tmp_path_factory.mktemp("pages"), Shapes()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        walking = {part: pool.submit(walk, product, part, keep, shapes) for part in PARTS}
        return {part: walked.result() for part, walked in walking.items()}


def nothing(findings):
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize("part", PARTS)
class TestEveryPage:
    def test_leads_somewhere(self, walks, part):
        nothing(walks[part].found("a broken link", "no page", "a heading", "without JavaScript"))

    def test_is_accessible(self, walks, part):
        nothing(walks[part].found("axe"))

    def test_fits_a_phone(self, walks, part):
        nothing(walks[part].found("too wide"))

    def test_shows_no_internals(self, walks, part):
        nothing(walks[part].found("internals"))

    def test_keeps_to_its_policy(self, walks, part):
        nothing(walks[part].found("a complaint", "a stranger", "headers"))


def test_html_is_valid(walks):
    pages = {str(visit.html): visit.address for walk in walks.values() for visit in walk.visits}
    command = [tools.JAVA, "-jar", tools.VNU, "--format", "json", "--stdout", "--exit-zero-always", *pages]
    checked = subprocess.run(command, check=True, capture_output=True, text=True)
    nothing(
        sorted(
            {
                f"{pages[message['url'].removeprefix('file:')]}: {message['message']} {message.get('extract', '')!r}"
                for message in json.loads(checked.stdout)["messages"]
            }
        )
    )


def test_sign_in_sets_careful_cookies(product, browser):
    context = browser.new_context()
    page = context.new_page()
    response = page.goto(f"{product.url}/sign-in")
    assert complaints_about(response.headers) == []
    product.sign_in(page, "teacher")
    cookies = context.cookies()
    assert cookies
    for cookie in cookies:
        assert cookie["httpOnly"] and cookie["sameSite"] in ("Lax", "Strict") and cookie["path"] == "/", cookie
    context.close()


def test_every_page_says_that_it_is_a_demo(walks):
    silent = [visit.address for walk in walks.values() for visit in walk.visits if "This is a demo" not in visit.text]
    assert silent == []

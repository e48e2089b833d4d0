"""The walk finds what is wrong: each fault is planted on a page of its own, and on a whole one none is found."""

import http.server
import threading

import pytest

from product import Product
from walk import Shapes, Walker

POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}

PAGE = '<!doctype html><html lang="en"><head><title>A page</title></head><body><main>{}</main></body></html>'

FAULTS = {
    "/broken": ("a broken link", '<h1>A page</h1><a href="/nowhere">Nowhere</a>'),
    "/alt": ("axe", '<h1>A page</h1><input name="unlabelled">'),
    "/contrast": ("a complaint", '<h1>A page</h1><p style="color: #fff">Inline style</p>'),
    "/wide": ("too wide", "<h1>A page</h1><p>" + "longer" * 100 + "</p>"),
    "/identifier": ("internals", "<h1>A page</h1><p>9d57d318-e076-524b-a0da-4947bb127a06</p>"),
    "/code": ("internals", "<h1>A page</h1><p>The state is THREAD_STATE_OPEN.</p>"),
    "/event": ("internals", "<h1>A page</h1><p>follow_up.revisited</p>"),
    "/headings": ("a heading", "<h1>A page</h1><h1>And another</h1>"),
    "/whole": (None, '<h1>A page</h1><p>Nothing is wrong with it, <a href="/broken-not">but one</a>.</p>'),
}


class Pages(http.server.BaseHTTPRequestHandler):
    """Serves the faults."""

    def do_GET(self):
        start = self.server.start
        _, content = FAULTS.get(start if self.path == "/" else self.path, (None, None))
        known = content is not None or self.path == "/broken-not"
        self.send_response(200 if known else 404)
        for name, value in POLICY.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.format(content or "<h1>Another page</h1>").encode())

    def log_message(self, *_):
        pass


class Planted(Product):
    """Pages without a product behind them."""

    def __init__(self, start: str):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self._server.start = start
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def sign_in(self, page, part):
        pass

    def end(self):
        self._server.shutdown()


@pytest.mark.parametrize("start", FAULTS)
def test_faults_are_found(browser, tmp_path, start):
    planted = Planted(start)
    walk = Walker(planted, browser, "nobody", tmp_path, Shapes()).walk()
    planted.end()
    wanted, _ = FAULTS[start]
    assert {finding.what for finding in walk.findings} == ({wanted} if wanted else set()), walk.findings

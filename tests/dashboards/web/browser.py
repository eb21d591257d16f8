"""A real Chromium for tests: Debian's package, headless. Where there is none the tests are skipped, and say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

REQUIRED = "REQUIRE_BROWSER"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; skips the test where there is none, fails it with REQUIRE_BROWSER=1."""
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(
                f"{REQUIRED}=1, and there is no chromium: apt-get install chromium fonts-noto-cjk",
                pytrace=False,
            )
        pytest.skip("no chromium here: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page that is looked at, and what the browser had to say meanwhile."""

    def __init__(self, browser: Browser, address: str, width: int = 1366, height: int = 768) -> None:
        self.address = address.rstrip("/")
        self.page: Page = browser.new_page(viewport={"width": width, "height": height})
        self.page.set_default_timeout(60_000)
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def go(self, path: str = "/") -> Page:
        """Open a page of the board and wait until it is drawn and live."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("[data-piece=foot]", state="attached")
        self.page.wait_for_function("window.did_handshake === true")
        return self.page

    def close(self) -> None:
        """Leave."""
        self.page.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.netloc)

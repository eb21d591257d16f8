"""`python -m bench.page BOARD KAFKA [TIMES]`: from Kafka's acknowledgement of an event to the frame that shows it.

BOARD and KAFKA are the addresses that a running `pulse demo` prints, after "Counting on". An event is published, and a
real Chromium that looks at the indicator's page says in which frame the sum is another one: a game of a community, late in
the simulated year. Printed: how long a browser that was never here takes to draw the overview; then the seconds of each
event.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Iterable

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import department

TIMES = 12
REST = 3.0
"""Seconds between two events, so that each is one that comes after a quiet moment."""

WHEN = "2023-12-30T09:00:00+08:00"
INDICATOR, FIGURE = "/indicator/a09.community_games", ".huge"


def first_page(browser: Browser, board: str) -> float:
    """Seconds until a browser that was never here has drawn the overview."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    begun = time.monotonic()
    page.goto(board)
    page.wait_for_selector(".cards .card")
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    took = time.monotonic() - begun
    context.close()
    return took


def figure_seen(page: Page, kafka: str, number: int) -> float:
    """Seconds from Kafka's acknowledgement to the frame with the figure."""
    before = page.locator(FIGURE).inner_text()
    event = department.event(
        "sports.community-game", f"bench-{time.time_ns()}-{number}", {"region": "370811001001", "name": "社区运动会"},
        time=WHEN,
    )  # fmt: skip
    acknowledged = []

    def send() -> None:
        asyncio.run(department.publish(kafka, [department.structured(event)]))
        acknowledged.append(time.monotonic())

    sending = threading.Thread(target=send)  # the browser's own event loop runs in this one
    sending.start()
    page.wait_for_function(
        f"before => document.querySelector('{FIGURE}')?.innerText !== before", arg=before, timeout=120_000
    )
    seen = time.monotonic()
    sending.join()
    return seen - acknowledged[0]


def main(board: str, kafka: str, times: int) -> None:
    """Measure, and tell."""
    board = board.rstrip("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        _tell("first page drawn", [first_page(browser, board) for _ in range(5)])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(board + INDICATOR)
        page.wait_for_function("window.did_handshake === true")
        seen = []
        for number in range(times):
            page.wait_for_timeout(REST * 1000)
            seen.append(figure_seen(page, kafka, number))
            print(f"{seen[-1]:6.2f} s", flush=True)
        _tell("figure on the page", seen)
        browser.close()


def _tell(what: str, seconds: Iterable[float]) -> None:
    each = list(seconds)
    print(
        f"{what:<20}median {statistics.median(each):5.2f} s   longest {max(each):5.2f} s   ({len(each)} times)"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else TIMES)

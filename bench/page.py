"""`python -m bench.page BOARD KAFKA [TIMES]`: from Kafka's acknowledgement of an event to the frame that shows it.

BOARD and KAFKA are the addresses that a running `pulse demo` prints with "Counting on". An event is published
(a community game late in the simulated year), and a real Chromium on the indicator's page reports in which
frame the sum changes. Printed: how long a new browser takes to draw the overview; then the seconds for each
event.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterable

from playwright.sync_api import Browser

from tests.dashboards.web.browser import Visit, chromium
from tests.dashboards.web.live import GAMES, one_more_game

TIMES = 12
REST = 3.0
"""Seconds between two events, so that each comes after a quiet moment."""


def first_page(browser: Browser, board: str) -> float:
    """Seconds until a browser with an empty cache has drawn the overview."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    begun = time.monotonic()
    page.goto(board)
    page.wait_for_selector(".cards .card")
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    took = time.monotonic() - begun
    context.close()
    return took


def main(board: str, kafka: str, times: int) -> None:
    """Measure and print."""
    with chromium() as browser:
        _tell("first page drawn", [first_page(browser, board) for _ in range(5)])
        page = Visit(browser, board).go(GAMES)
        seen = []
        for _ in range(times):
            page.wait_for_timeout(REST * 1000)
            seen.append(one_more_game(page, kafka, f"bench-{time.time_ns()}"))
            print(f"{seen[-1]:6.2f} s", flush=True)
        _tell("figure on the page", seen)


def _tell(what: str, seconds: Iterable[float]) -> None:
    each = list(seconds)
    print(
        f"{what:<20}median {statistics.median(each):5.2f} s   longest {max(each):5.2f} s   ({len(each)} times)"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else TIMES)

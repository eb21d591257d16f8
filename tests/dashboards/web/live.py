"""How soon what is published to Kafka is on a page that somebody looks at."""

from __future__ import annotations

import asyncio
import threading
import time

from playwright.sync_api import Page

from dashboards.web.numerals import NBSP, amount
from tests.e2e import department

GAMES = "/indicator/a09.community_games"
"""The page that shows how many there were."""


def one_more_game(page: Page, kafka: str, subject: str) -> float:
    """Publish a game of late in the simulated year; seconds from when Kafka has it until the frame that shows the sum."""
    before = int(page.locator(".huge").inner_text().replace(NBSP, ""))
    message = department.structured(
        department.event(
            "sports.community-game", subject, {"region": "370811001001", "name": "社区运动会"},
            time="2023-12-30T09:00:00+08:00",
        )
    )  # fmt: skip
    published = []

    def send() -> None:
        asyncio.run(department.publish(kafka, [message]))
        published.append(time.monotonic())

    sending = threading.Thread(target=send)  # the browser's own event loop runs in this one
    sending.start()
    # Looked at with every frame; `expect` looks once a second.
    page.wait_for_function(
        "figure => document.querySelector('.huge')?.innerText === figure",
        arg=amount(before + 1),
        timeout=60_000,
    )
    seen = time.monotonic()
    sending.join()
    return seen - published[0]

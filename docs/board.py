"""Pictures of the web board for the READMEs: `python docs/board.py http://127.0.0.1:8080/` while a board is served there.

Writes docs/board.png, docs/board-indicator.png and docs/board-wall.png at 1920×1080, in Debian's Chromium.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = {"board": "/", "board-indicator": "/indicator/a05.reemployment", "board-wall": "/?wall&sheet=0"}
HERE = Path(__file__).parent


def main(address: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        for name, path in PICTURES.items():
            page.goto(address.rstrip("/") + path)
            page.wait_for_selector("[data-piece=foot]")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])

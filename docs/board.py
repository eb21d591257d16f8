"""Pictures of the web board for the READMEs: `python docs/board.py http://127.0.0.1:8080/` while a board is served there.

Writes docs/board.png (overview), docs/board-indicator.png and docs/board-wall.png at 1920×1080, in Debian's Chromium.
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
            page.wait_for_selector("[data-piece=foot]", state="attached")
            page.wait_for_function("window.did_handshake === true")  # live; NiceGUI's socket never idles
            page.evaluate("document.fonts.ready")
            page.screenshot(path=HERE / f"{name}.png", animations="disabled")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])

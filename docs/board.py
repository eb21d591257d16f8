"""Pictures of the web board for the READMEs: `python docs/board.py`, or with the address of a board that is served.

Plays a year's first nine months into `pulse demo` and writes docs/board.png (overview), docs/board-indicator.png and
docs/board-wall.png at 1920×1080, in Debian's Chromium. Late in September forecasts still have something to say; on the
year's last day nearly everything is either done or overdue.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = {"board": "/", "board-indicator": "/indicator/a05.reemployment", "board-wall": "/?wall&sheet=0"}
UNTIL = "2023-09-26"
SCALE = "1"
"""The whole city: its targets are the plan's own. Some minutes."""
HERE = Path(__file__).parent


def main(address: str | None) -> None:
    """Take all pictures of the board at an address, else of a demo's."""
    if address:
        shoot(address)
        return
    with demo() as served:
        shoot(served)


@contextmanager
def demo() -> Iterator[str]:
    """A city on UNTIL, counted and judged; gives its board's address."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--fresh", "--data-dir", folder, "--scale", SCALE, "--until", UNTIL]
        playing = subprocess.Popen(
            [Path(sys.executable).with_name("pulse"), "demo", *options],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "200", "PULSE_METRICS_PORT": "0"},
        )  # fmt: skip
        assert playing.stdout is not None
        address = ""
        try:
            for line in playing.stdout:
                if found := re.search(r"Web board at (\S+)", line):
                    address = found[1]
                if "Counting on" in line:
                    break
            else:
                sys.exit(f"the demo ended with status {playing.wait()} before there was anything to show")
            yield address
        finally:
            playing.send_signal(signal.SIGTERM)
            playing.communicate()


def shoot(address: str) -> None:
    """The pictures of a board."""
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
    main(sys.argv[1] if len(sys.argv) > 1 else None)

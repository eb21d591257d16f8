"""`pulse` as a child process: its settings, what it says, and its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

LONG = 900.0
"""Seconds that a command may take to come so far."""

SOON = 30.0
"""Seconds within which it has ended after SIGTERM: what was read is finished first."""


class Pulse:
    """One process; everything it says goes to a file."""

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        """`settings`: names without PULSE_, in lower case. No other PULSE_ variables are in force."""
        self._log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
        environment |= {f"PULSE_{name.upper()}": value for name, value in settings.items()}
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from pulse.cli.main import main; main()", *words],
                stdout=out, stderr=subprocess.STDOUT, env=environment | {"COLUMNS": "200"}, cwd=folder,
            )  # fmt: skip

    @property
    def said(self) -> str:
        """All that it said."""
        return self._log.read_text("utf-8", "replace")

    def says(self, pattern: str) -> re.Match[str]:
        """Wait until it has said something."""
        last = time.monotonic() + LONG
        while not (found := re.search(pattern, self.said)):
            assert self._process.poll() is None, f"it ended before it said {pattern!r}:\n{self.said[-1000:]}"
            assert time.monotonic() < last, f"it never said {pattern!r}:\n{self.said[-1000:]}"
            time.sleep(0.1)
        return found

    def ends(self) -> int:
        """Its exit status, once it has ended by itself."""
        return self._process.wait(LONG)

    def stop(self) -> int:
        """SIGTERM; its exit status. It must end soon, whoever is looking."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(SOON)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end within {SOON} s of SIGTERM:\n{self.said[-1000:]}") from None

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

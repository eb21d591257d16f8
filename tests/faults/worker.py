"""`pulse worker`, or another command, as a child process: started, killed, stalled, told to stop, and listened to."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tests.faults.waiting import LONG, until

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Starter(Protocol):
    """Where processes come from: the nursery, or the shell."""

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        """`pulse` with these words; its process id. It lives in the folder of its log."""

    def status(self, pid: int) -> int | None:
        """Its exit status (negative: the signal that ended it); None while it runs."""


class Worker:
    """One process. `number` tells it from others; it says everything to the file `log`."""

    def __init__(
        self, starter: Starter, number: int, log: Path, variables: Mapping[str, str], *words: str
    ) -> None:
        """Starts it at once, as `pulse` with these words; no other PULSE_… variables are in force."""
        self.number = number
        self._starter, self._log = starter, log
        log.touch()
        self._pid = starter.start(words, variables, log)

    # --- What it says and is ---

    @property
    def log(self) -> str:
        """All that it said."""
        return self._log.read_text("utf-8", "replace")

    @property
    def alive(self) -> bool:
        """Whether it runs, stalled or not."""
        return self._starter.status(self._pid) is None

    @property
    def memory(self) -> int:
        """Bytes that it holds in memory now."""
        return int(Path(f"/proc/{self._pid}/statm").read_text().split()[1]) * _PAGE

    def says(self, pattern: str, within: float = LONG) -> str:
        """Wait until a line of its log has the pattern; that line."""

        def found() -> str | None:
            alive = self.alive
            match = re.search(f"^.*(?:{pattern}).*$", self.log, re.MULTILINE)
            assert match or alive, f"worker {self.number} ended before it said {pattern!r}:\n{self.log}"
            return match[0] if match else None

        return until(found, within, lambda: f"worker {self.number} never said {pattern!r}:\n{self.log}")

    def counts(self, within: float = LONG) -> None:
        """Wait until it has joined its group."""
        self.says(r"\bcounting\b", within)

    # --- What is done to it ---

    def kill(self) -> None:
        """SIGKILL: it hears nothing of it. Nothing where it has ended already."""
        if self.alive:
            self._signal(signal.SIGKILL)
            self.ended()

    def stall(self) -> None:
        """SIGSTOP, until `wake`."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        self._signal(signal.SIGTERM)

    def ended(self, within: float = LONG) -> int:
        """Wait for its end; the exit status."""

        def status() -> tuple[int] | None:
            found = self._starter.status(self._pid)
            return None if found is None else (found,)

        return until(status, within, lambda: f"worker {self.number} did not end:\n{self.log}")[0]

    def stop(self, within: float = LONG) -> None:
        """SIGTERM, and see that it ends as it should."""
        self.terminate()
        status = self.ended(within)
        assert status == 0, f"worker {self.number} ended with {status}:\n{self.log}"

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, number)

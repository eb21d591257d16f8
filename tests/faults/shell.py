"""`pulse` as an operator starts it: the installed command, with its own imports, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PULSE = Path(sys.executable).with_name("pulse")


class Shell:
    """Starts what the nursery would fork; slower, and nothing of it is ours."""

    def __init__(self) -> None:
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        """A process id. It lives in the folder of its log."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
        with log.open("ab") as said:
            process = subprocess.Popen(
                [PULSE, *words], cwd=log.parent, env={**others, **environment},
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        self._processes[process.pid] = process
        return process.pid

    def status(self, pid: int) -> int | None:
        """The exit status (negative: the signal that ended it); None while it runs."""
        return self._processes[pid].poll()

"""Workers that start in a second: a process that has imported everything, and forks one on demand.

Most of a worker's start are its imports, and here it starts again and again. What is forked runs `pulse worker` as
the command does, in a process of its own, with its own environment, folder and log; what is done to it by signals is
done to it alone, and it may be made to do wrong (sabotage.py). Lines of JSON in, lines of JSON out; when the input
ends, all workers are killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from signal import SIGKILL
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]

SABOTAGE = "FAULTS_SABOTAGE"
"""The environment variable that names one of sabotage.SABOTAGES. The product reads none of that name."""

_HEAVY = (
    "pulse.cli.main", "pulse.cli.worker", "pulse.app.service", "pulse.app.city", "pulse.app.settings", "pulse.app.logging",
    "schemas.registry", "streams.kafka", "sinks.clickhouse.connection", "sinks.clickhouse.views.create",
    "pandas",  # clickhouse-connect imports it with the first Arrow table
)  # fmt: skip
"""What a worker imports before it counts."""


class Nursery:
    """The process, seen from the tests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._asking = threading.Lock()

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        """A worker's process id. It lives in the folder of its log."""
        pid: int = self._ask(words=list(words), environment=dict(environment), log=str(log))
        return pid

    def status(self, pid: int) -> int | None:
        """A worker's exit status (negative: the signal that ended it); None while it runs."""
        status: int | None = self._ask(pid=pid)
        return status

    def close(self) -> None:
        """End it, and all workers with it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, **question: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._asking:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


def _serve() -> None:
    for module in _HEAVY:
        import_module(module)
    ended: dict[int, int | None] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if pid := question.get("pid"):
            if ended[pid] is None:
                done, status = os.waitpid(pid, os.WNOHANG)
                ended[pid] = os.waitstatus_to_exitcode(status) if done else None
            print(json.dumps(ended[pid]), flush=True)
        elif pid := os.fork():
            ended[pid] = None
            print(pid, flush=True)
        else:
            _work(question)
    for pid in (pid for pid, status in ended.items() if status is None):
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)


def _work(question: dict[str, Any]) -> NoReturn:
    """In the worker's own process: become `pulse worker`."""
    log = Path(question["log"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for ours, theirs in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(ours, theirs)
    os.chdir(log.parent)  # no pulse.toml of anybody's
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        del os.environ[name]
    os.environ.update(question["environment"])
    sys.argv = ["pulse", *question["words"]]
    status = 1
    try:
        if guard := os.environ.get(SABOTAGE):
            from tests.faults import sabotage

            sabotage.commit(guard)
        from pulse.cli.main import main

        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()

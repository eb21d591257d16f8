"""A ClickHouse for several processes, where no server can be had: for tests and faults only.

The embedded engine serves one process. A `Face` is a process that holds it and answers ClickHouse's HTTP
interface on loopback, so that `sinks.clickhouse.connection.connect(face.url)` works in any number of processes.
An insert is answered only once the engine has it, and what was answered outlives `kill`.

    with Face(tmp_path) as face:
        face.faults(Fault("cut", when="after", on="insert", table="facts", times=3))
        …
        face.kill()
        face.restart()

From other processes: `PUT /_faults` takes a JSON list of a Fault's words, `GET /_faults` tells how often each
has struck. `server` says what of ClickHouse's interface is there, `Fault` what can be broken.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from tests.clickhouse_face.faults import Fault

__all__ = ["Face", "Fault", "NoDisk"]

_ROOT = Path(__file__).parents[2]


class NoDisk(Exception):
    """This machine does not let us mount a disk of our own."""


class Face:
    """The process; started on entering, ended on leaving, and with the process that started it.

    With `disk` (bytes) the data are on a file system of that size, in memory: it can be filled, and is gone
    with the process. Raises NoDisk on entering where the machine has no user namespaces.
    """

    def __init__(self, data: Path, *, port: int = 0, disk: int | None = None) -> None:
        self._data = data
        self._port = port
        self._disk = disk
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.restart()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def restart(self) -> None:
        """Start, again on the same data and port; whatever runs is ended first. No fault is in force."""
        self.stop()
        words = [sys.executable, "-m", "tests.clickhouse_face", "--leashed"]
        words += ["--data", str(self._data), "--port", str(self._port)]
        if self._disk is not None:
            words = _on_a_disk(words, self._data, self._disk)
        self._process = subprocess.Popen(
            words, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self.kill()
            raise RuntimeError(
                f"the face of {self._data} did not start; what it said stands on standard error"
            )
        self._port = int(self.url.rpartition(":")[2].partition("/")[0])

    def stop(self) -> None:
        """End it, orderly."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does: connections are refused until `restart`."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: connections are accepted, and nothing is answered until `resume`."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it answer again, also what was asked meanwhile."""
        os.kill(self.pid, signal.SIGCONT)

    def faults(self, *faults: Fault) -> None:
        """These are in force from now on, and no others."""
        self._ask("/_faults", [asdict(fault) for fault in faults])

    def struck(self) -> list[int]:
        """How often each fault in force has struck."""
        found: list[int] = self._ask("/_faults")
        return found

    def fill_disk(self, left: int = 0) -> None:
        """Leave only so many bytes free. Only with a disk of its own."""
        assert self._disk is not None
        self._ask("/_disk", left)

    def free_disk(self) -> None:
        """Give back what `fill_disk` took."""
        self._ask("/_disk", None)

    def _ask(self, path: str, *body: Any) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}",
            data=json.dumps(body[0]).encode() if body else None,
            method="PUT" if body else "GET",
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or "null")

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def _on_a_disk(words: list[str], folder: Path, size: int) -> list[str]:
    """The command, in a mount namespace of its own: the disk is seen by nobody else and left behind by nothing."""
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    try:
        subprocess.run([*alone, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoDisk(str(error)) from None
    place = shlex.quote(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    script = f"mount -t tmpfs -o size={size} tmpfs {place} && exec {shlex.join(words)}"
    return [*alone, "sh", "-c", script]

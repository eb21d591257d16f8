"""`python -m bench.worker [SCALE] [PARTITIONS]`: how fast one worker counts events from Kafka, up to acknowledged rows.

A real Apache Kafka holds a simulated year before the worker starts. The worker has the embedded ClickHouse in
its process and does not judge lights. Printed: events a second from the first acknowledged event to the last,
and the CPU seconds of the worker's busiest threads. The first of these is the counting thread, including some
three seconds for its start.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console

from pulse.app.city import load_city
from pulse.app.settings import load_settings
from pulse.brokers.apache import running
from pulse.brokers.ports import free_ports
from streams.kafka import create_topics, ends

SCALE, PARTITIONS = "0.25", "2"
LOOK = 0.25
"""Seconds between two readings of the worker's /metrics."""


def main(scale: str, partitions: int) -> None:
    """Publish the year, let a worker count it, and print the speed."""
    pulse = str(Path(sys.executable).with_name("pulse"))
    with tempfile.TemporaryDirectory() as folder, running(Console(), Path(folder) / "kafka") as kafka:
        topics = {
            f"pulse.{name}": partitions for name in (*load_city(load_settings()).topics, "dead-letters")
        }
        create_topics(kafka, topics, stamped=False)
        (port,) = free_ports(1)
        about = {
            "KAFKA": kafka, "CLICKHOUSE": f"chdb://{folder}/clickhouse", "CLOCK": "stream",
            "ASSESS": "false", "BOARD_PORT": "0", "METRICS_PORT": str(port), "LOG_LEVEL": "warning",
        }  # fmt: skip
        env = os.environ | {f"PULSE_{name}": value for name, value in about.items()}
        publish = ("simulate", "--scale", scale, "--publish", kafka, "--partitions", str(partitions))
        subprocess.run([pulse, *publish], env=env, check=True)
        total = sum(ends(kafka, topics).values())
        with subprocess.Popen([pulse, "worker"], env=env) as worker:
            try:
                events, seconds = _watch(worker, port, total)
                print(f"{events:,} of {total:,} events in {seconds:.1f} s: {events / seconds:,.0f}/s")
                for name, used in _threads(worker.pid)[:5]:
                    print(f"{name:<16}{used:6.1f} s of CPU")
            finally:
                worker.terminate()


def _watch(worker: subprocess.Popen[bytes], port: int, total: int) -> tuple[int, float]:
    """(events, seconds) between the first reading with any counted event and the reading at which all are counted."""
    first: tuple[int, float] | None = None
    while worker.poll() is None:
        counted, now = _counted(port), time.monotonic()
        if counted and first is None:
            first = counted, now
        if first is not None and counted >= total:
            if first[0] >= total:
                sys.exit("all was counted before the first look: a larger SCALE")
            return counted - first[0], now - first[1]
        time.sleep(LOOK)
    sys.exit(f"the worker ended with status {worker.returncode}")


def _counted(port: int) -> int:
    """Number of events that the worker has acknowledged; 0 if /metrics does not answer."""
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        outcomes = re.findall(r"^pulse_events_total\{[^}]*\} (\S+)", answer.read().decode(), re.MULTILINE)
        return int(sum(map(float, outcomes)))
    return 0


def _threads(pid: int) -> list[tuple[str, float]]:
    """(name, CPU seconds) of the process's threads, the busiest first."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # it has just ended
            name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
            user, system = rest.split()[11:13]
            found.append((name, (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")))
    return sorted(found, key=lambda each: -each[1])


if __name__ == "__main__":
    given = sys.argv[1:] + [SCALE, PARTITIONS][len(sys.argv) - 1 :]
    main(given[0], int(given[1]))

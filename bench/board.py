"""`python -m bench.board FOLDER`: how long the web board's queries and pages take on a database with lights.

FOLDER is an embedded database that no other process has open (`pulse demo --scale 1 --exit` makes one at full
scale). Each query and page runs five times; printed are the medians of the wall time and of the CPU time, in
milliseconds.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from dashboards.web.address import View
from dashboards.web.data import ClickHouseSource
from dashboards.web.model.findings import Findings
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.pages import action, county, feeds, indicator, overview, wall
from sinks.clickhouse.connection import connect

TIMES = 5


def timed(what: str, work: Callable[[], object]) -> None:
    """Run `work` TIMES times and print the medians."""
    runs = []
    for _ in range(TIMES):
        wall_clock, cpu = time.perf_counter(), time.process_time()
        work()
        runs.append((time.perf_counter() - wall_clock, time.process_time() - cpu))
    wall_ms, cpu_ms = (statistics.median(column) * 1e3 for column in zip(*runs, strict=True))
    print(f"{what:<24}{wall_ms:9.1f} ms{cpu_ms:9.1f} ms CPU")


def main(folder: str) -> None:
    """Time every query of the board, then every page."""
    source = ClickHouseSource(connect(f"chdb://{folder}"))
    stream, frame = source.stream(), source.frame()
    week = stream.day - timedelta(6)
    shown = Snapshot(
        frame=frame, stream=stream, lights=source.lights(), actions=source.actions(), changes=source.changes(week),
        feeds=source.feeds(),
    )  # fmt: skip
    found = Findings(source.refusals(), source.orphans(), source.conflicts())
    first = shown.lights[0]
    course = source.course(first.indicator, shown.city)
    queries: dict[str, Callable[[], object]] = {
        "last assessment": source.last_assessment, "stream": source.stream, "frame": source.frame, "lights": source.lights,
        "actions": source.actions,
        "changes": lambda: source.changes(week), "feeds": source.feeds, "refusals": source.refusals,
        "orphans": source.orphans, "conflicts": source.conflicts,
        "course": lambda: source.course(first.indicator, shown.city),
    }  # fmt: skip
    for name, ask in queries.items():
        timed(name, ask)
    view = View()
    pages: dict[str, Callable[[], object]] = {
        "/": lambda: overview.page(shown, view), "/?wall": lambda: wall.page(shown, view._replace(wall=True)),
        "/action/1": lambda: action.page(shown, view, frame.actions[0]),
        "/indicator": lambda: indicator.page(shown, view, first, course),
        "/county": lambda: county.page(shown, view, frame.counties[0]), "/data": lambda: feeds.page(shown, view, found),
    }  # fmt: skip
    for name, draw in pages.items():
        timed(name, draw)
    source.close()


if __name__ == "__main__":
    main(sys.argv[1])

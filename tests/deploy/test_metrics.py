"""deploy/METRICS.md lists exactly what a worker shows."""

from __future__ import annotations

import re
from pathlib import Path

from tests.metric_names import ADDED, OF_PROMETHEUS, exposed

DOCUMENT = (Path(__file__).parents[2] / "deploy" / "METRICS.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", DOCUMENT, re.MULTILINE)
"""(metric, meaning, labels, unit, series)"""


def family(series: str) -> str:
    return re.sub(r"_(bucket|sum|count|created)$", "", series)


SHOWN = {
    name: labels
    for name, labels in exposed().items()
    if name not in OF_PROMETHEUS and name.startswith("pulse_")
}


def test_every_metric_is_explained_and_nothing_else() -> None:
    there = {re.sub(r"_total$", "", family(name)) for name in SHOWN}
    assert {re.sub(r"_total$", "", row[0]) for row in ROWS} == there
    assert len({row[0] for row in ROWS}) == len(ROWS)


def test_the_labels_are_those_that_are_shown() -> None:
    for metric, _, words, _, _ in ROWS:
        labels = set() if words.strip() == "–" else {word.strip() for word in words.split(",")}
        shown = (
            set().union(*(SHOWN[name] for name in SHOWN if family(name) == metric or name == metric)) - ADDED
        )
        assert labels == shown, metric


def test_everything_else_is_the_client_librarys() -> None:
    assert all(name.startswith(("pulse_", "process_")) for name in exposed() if name not in OF_PROMETHEUS)

"""What people and programs are shown."""

from __future__ import annotations

from io import StringIO

import orjson
from rich.console import Console

from pulse.verify import Difference, Report
from pulse.verify.report import show


def report(*differences: Difference) -> Report:
    return Report(51, 31, 7, 150_000, differences, 3.21)


def shown(report: Report, *, everything: bool = False) -> str:
    out = StringIO()
    show(report, Console(file=out, width=200), everything=everything)
    return out.getvalue()


CELL = Difference("cell", "elders in 990102 on 2023-06-01", "+1", "+6", "count anew", "990102")
OFFSET = Difference(
    "offset", "homes/3: offset 1742 is missing from the ledger", "a row for each offset", "none", "read again"
)


def test_the_verdict_comes_first() -> None:
    assert shown(report()) == (
        "0 differences over 11 067 figures: 51 indicators × 31 regions × 7 days, "
        "from 150 000 rows of the ledger in 3.2 s\n"
    )


def test_causes_come_before_their_effects_with_what_to_do() -> None:
    lines = shown(report(CELL, OFFSET)).splitlines()
    assert lines[0].startswith("2 differences over 11 067 figures")
    assert lines[2:5] == [
        "offset: 1",
        "  homes/3: offset 1742 is missing from the ledger: expected a row for each offset, found none",
        "  → read again",
    ]
    assert lines[6:8] == ["cell: 1", "  elders in 990102 on 2023-06-01: expected +1, found +6"]


def test_many_differences_are_cut_unless_all_are_asked_for() -> None:
    many = report(*[CELL] * 25)
    assert "… and 15 more" in shown(many)
    assert shown(many, everything=True).count("expected +1") == 25


def test_a_region_keeps_its_own_differences_and_those_of_rows() -> None:
    town = Difference("figure", "x", "1", "2", "", "990102001")
    other = Difference("figure", "y", "1", "2", "", "990103")
    assert report(CELL, OFFSET, town, other).within("990102").differences == (CELL, OFFSET, town)


def test_json_holds_everything() -> None:
    found = orjson.loads(orjson.dumps(report(CELL).as_dict()))
    assert found["figures"] == 11_067
    assert found["differences"][0]["where"] == CELL.where

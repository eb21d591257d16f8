"""What import-linter cannot see: a pure room may import `datetime`, but may not ask it what time it is."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOCKS = {"now", "utcnow", "today"}
"""Methods of `date` and `datetime` that read the clock."""


def pure_rooms() -> list[str]:
    """The source modules of the contract that keeps the clock out."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (rooms,) = [each["source_modules"] for each in contracts if "time" in each.get("forbidden_modules", ())]
    return list(rooms)


def clocks(source: str) -> Iterator[int]:
    """The lines on which the clock is read."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield node.lineno


def files(room: str) -> list[Path]:
    path = ROOT / room.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize("room", pure_rooms())
def test_no_pure_room_reads_the_clock(room: str) -> None:
    # Programs for departments stand in the documents and run elsewhere: they may ask what time it is.
    sources = [path for path in files(room) if "producers" not in path.parts]
    assert sources
    for path in sources:
        assert not list(clocks(path.read_text("utf-8"))), path


def test_a_clock_is_found() -> None:
    assert list(clocks("from datetime import date\nprint(date.today())")) == [2]

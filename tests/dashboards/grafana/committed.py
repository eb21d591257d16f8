"""The committed boards, as Grafana reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from dashboards.grafana.__main__ import FOLDER

Json = dict[str, Any]

BOARDS = sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def read(name: str) -> Json:
    """A board; nobody may change it."""
    board: Json = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return board


def panels(board: Json) -> list[Json]:
    """Its panels, without the headlines of rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def sources(value: Any) -> Iterator[tuple[str, str]]:
    """Type and uid of every data source that is named anywhere in it."""
    if isinstance(value, dict):
        if isinstance(value.get("datasource"), dict):
            yield value["datasource"]["type"], value["datasource"]["uid"]
        for inner in value.values():
            yield from sources(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from sources(inner)

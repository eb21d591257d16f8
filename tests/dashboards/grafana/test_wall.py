"""大屏 as Grafana lays it out at 1920 × 1080, from the committed JSON: one screen, no holes, nothing under 30 pixels."""

from __future__ import annotations

import re
from collections import Counter
from math import ceil

import pytest

from pulse.lights.statuses import STATUSES
from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.registry import event_types
from tests.dashboards.grafana.committed import Json, panels, read

SCREEN = (1920 - 2 * 16, 1080 - 16)
"""Pixels that ?kiosk leaves of 1920 × 1080: at the sides and below there are 16."""
LEAST = 30
"""Pixels of a light, a name or a value."""

COLUMNS, ROW, GAP = 24, 30, 8
"""Grafana's grid: columns; pixels of a row and of what is between two panels."""

HEADLINE, INSET, LINE = 32, 16, 1.2
"""Pixels of a panel's title line, and around its content; the height of a line of text, in its own size."""

REGIONS = load_regions(DEFAULT_REGIONS)
TILES = {
    "各状态指标数": sum(status.rank > 0 for status in STATUSES),
    "17项行动": len(load(DEFAULT_CATALOGUE, REGIONS, event_types).actions),
    "各县区": len(REGIONS.counties) + 1,
}
"""The most tiles that a panel comes to show; of another one its query says it (LIMIT)."""


def cells(board: Json) -> Counter[tuple[int, int]]:
    """How many panels lie on each (column, row)."""
    return Counter(
        (x, y)
        for box in (panel["gridPos"] for panel in board["panels"])
        for x in range(box["x"], box["x"] + box["w"])
        for y in range(box["y"], box["y"] + box["h"])
    )


def pixels(panel: Json) -> tuple[float, int]:
    """Width and height of a panel on the screen."""
    box = panel["gridPos"]
    column = (SCREEN[0] - GAP * (COLUMNS - 1)) / COLUMNS
    return box["w"] * (column + GAP) - GAP, box["h"] * (ROW + GAP) - GAP


def tile(panel: Json) -> tuple[float, float]:
    """Width and height of each of its tiles: under one another, or as near to squares as the panel's shape allows."""
    limits = re.findall(r"LIMIT (\d+)", panel["targets"][0]["rawSql"])
    number = int(limits[-1]) if limits else TILES[panel["title"]]
    width, height = pixels(panel)
    width, height = width - INSET, height - HEADLINE - INSET
    if panel["options"]["orientation"] == "horizontal":
        return width, (height - GAP * (number - 1)) / number
    square = max(min(width / n, height / ceil(number / n)) for n in range(1, number + 1))
    across = min(number, int(width / square))
    down = ceil(number / across)
    return (width - GAP * (across - 1)) / across, (height - GAP * (down - 1)) / down


def test_it_is_one_screen_without_scrolling() -> None:
    rows = 1 + max(y for _, y in cells(read("wall")))
    assert rows * (ROW + GAP) - GAP <= SCREEN[1]
    assert (rows + 1) * (ROW + GAP) - GAP > SCREEN[1], "a strip at the bottom is empty"


def test_panels_neither_overlap_nor_leave_holes() -> None:
    found = cells(read("wall"))
    rows = 1 + max(y for _, y in found)
    assert found == Counter((x, y) for x in range(COLUMNS) for y in range(rows))


def test_everything_is_a_tile_in_letters_of_30_pixels() -> None:
    for panel in panels(read("wall")):
        options = panel["options"]
        assert panel["type"] == "stat", "the text of a table or a chart is smaller, whatever one sets"
        assert options["textMode"] == "value_and_name", panel["title"]
        assert options["text"]["titleSize"] >= LEAST, panel["title"]
        assert options["text"]["valueSize"] >= LEAST, panel["title"]


@pytest.mark.parametrize("title", [panel["title"] for panel in panels(read("wall"))])
def test_a_tile_has_room_for_its_name_and_its_value(title: str) -> None:
    [panel] = [panel for panel in panels(read("wall")) if panel["title"] == title]
    sizes = panel["options"]["text"]
    width, height = tile(panel)
    assert LINE * (sizes["titleSize"] + sizes["valueSize"]) <= height
    assert 4 * max(sizes.values()) <= width, "a county's or a status's name, on one line"

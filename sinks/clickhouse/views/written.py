"""The views that are written as SQL, a file each; the file's name is the view's. They name no indicator.

- `steps`: from cells to steps. Each part of each indicator is a level by region that goes up and down by day. The sum
  of all steps up to a day is the level on that day.
- `lights`: the state of every indicator, read from what the assessor wrote and never computed. Boards, metrics,
  reports and `pulse status` read these, so that no two can disagree.
- `reporting`: who reports, how much and how late.
- `feeds`: the balance of every topic and day, and devices by hour. `letters`, `filings`: dead letters, filed reports.
- `conflicts`, `orphans`: what departments must know about their data. Orphans are valid events that are in no figure,
  because what they would count together with is not known. The views that find them read all facts of a measure,
  which takes tenths of a second in a whole city. Only the assessor queries them, when something changed; others read
  what it wrote (`orphans_now`).

A line `-- reads: …` in each file names the views that it reads. `$name` stands for a literal, see `literals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from string import Template

from schemas.catalogue.model import Catalogue
from schemas.instants import LATEST
from schemas.regions import Regions
from sinks.clickhouse.light_columns import COLUMNS, selection
from sinks.clickhouse.tables import LATENESS_BIN
from sinks.clickhouse.views.dimensions import literal
from sinks.clickhouse.views.view import View

_READS = "-- reads:"


@cache
def written() -> tuple[View, ...]:
    """All views from files, by folder and name, with placeholders."""
    chapters = sorted(
        (entry for entry in files("sinks.clickhouse.views").iterdir() if entry.is_dir()),
        key=lambda chapter: chapter.name,
    )
    found = [
        (file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for chapter in chapters
        for file in sorted(chapter.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]
    return tuple(parsed(name, text) for name, text in found)


def parsed(name: str, text: str) -> View:
    """A view from its file's text. Raises ValueError where no line says what it reads."""
    lines = text.strip().split("\n")
    declared = [line for line in lines if line.startswith(_READS)]
    if len(declared) != 1:
        raise ValueError(f"view {name}: expected one line '{_READS} …', found {len(declared)}")
    reads = declared[0].removeprefix(_READS).replace(",", " ").split()
    return View(name, "\n".join(line for line in lines if line != declared[0]), tuple(reads))


def literals(catalogue: Catalogue, regions: Regions) -> dict[str, str]:
    """Placeholder → literal, which costs a query nothing.

    `width`: the ratio of the bounds of a bin of `lateness`. `light`: the columns of a light that boards may
    show. `forever`: an instant after all others.
    """
    plan = catalogue.plan
    shown = [name for name in COLUMNS if name not in ("generation", "indicator", "digest")]
    return {
        "city": literal(regions.code),
        "zone": literal(regions.zone),
        "start": f"toDate32({literal(plan.start)})",
        "due": f"toDate32({literal(plan.due)})",
        "width": str(LATENESS_BIN),
        "light": selection(shown, "l"),
        "forever": f"toInt64({LATEST})",
    }


def filled(views: Iterable[View], values: Mapping[str, str]) -> list[View]:
    """The views with values for their placeholders. Raises KeyError for a placeholder without one."""
    return [replace(view, body=Template(view.body).substitute(values)) for view in views]

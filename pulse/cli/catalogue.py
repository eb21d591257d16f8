"""`pulse catalogue`: checks and shows the catalogue: measures, indicators and their targets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulse.terminal.lines import print_json, print_line

if TYPE_CHECKING:
    from schemas.catalogue.model import Catalogue, Feed

Row = dict[str, Any]
"""Column → value: a table row or a JSON object."""


def _files(command: Callable[..., None]) -> Callable[..., None]:
    """Decorator: the options --catalogue and --regions."""
    for option, variable, text in (
        ("--regions", "PULSE_REGIONS", "The city: its counties and time zone. Default: Jining."),
        (
            "--catalogue",
            "PULSE_CATALOGUE",
            "The plan: measures and indicators. Default: Jining's plan of 2023.",
        ),
    ):
        file = click.Path(dir_okay=False, path_type=Path)
        command = click.option(option, envvar=variable, show_envvar=True, type=file, help=text)(command)
    return command


@click.group("catalogue")
def command() -> None:
    """What is counted and what is aimed at.

    A catalogue is one YAML file. Its measures say what the departments' events are counted into, its indicators
    what the plan wants of those counts. A new plan, or another city, is another file and no code.

    After each edit run `pulse catalogue check`: it lists every fault with file and line, what was found there,
    what was expected, and what to do.
    """


@command.command("check")
@_files
def check(catalogue: Path | None, regions: Path | None) -> None:
    """List every fault of a catalogue, with file and line.

    Checked are the form of each entry, and all that entries say of each other: measures that formulas read, event
    types and their fields, one topic for each measure, groups that follow from the subject alone, event types that
    count for nothing, and targets, dates and paces that contradict each other.

    Exit status: 0 where it is fine, 1 where it is not.
    """
    plan, city = _load(catalogue, regions)
    types = plan.event_types
    print_line(
        f"{plan.plan.name.zh} · {city}: {len(plan.indicators)} indicators, "
        f"{len(plan.measures)} measures, {len(types)} event types"
    )


@command.command("list")
@_files
@click.option(
    "--measures", "view", flag_value="measures", help="The measures: what is counted, from which events."
)
@click.option("--events", "view", flag_value="events", help="The event types and the fields of their data.")
@click.option("--json", "as_json", is_flag=True, help="JSON, one object a row, for other programs.")
def show(catalogue: Path | None, regions: Path | None, view: str | None, as_json: bool) -> None:
    """Show the indicators, with their targets as the plan words them.

    \b
    Operators: ≥ 不少于   > 超过   = 全部、全覆盖   ≈ 左右
    """
    plan, _ = _load(catalogue, regions)
    rows = {"measures": _measures, "events": _events}.get(view or "", _indicators)(plan)
    if as_json:
        print_json(rows)
    else:
        _table(f"{plan.plan.name.zh}: {len(rows)} {view or 'indicators'}", rows)


def _load(catalogue: Path | None, regions: Path | None) -> tuple[Catalogue, str]:
    """The catalogue and the city's name. If there are faults, prints them on stderr and exits with status 1."""
    from schemas.catalogue.loader import (
        DEFAULT_CATALOGUE,
        DEFAULT_REGIONS,
        CatalogueError,
        load,
        load_regions,
    )
    from schemas.registry import event_types

    try:
        city = load_regions(regions or DEFAULT_REGIONS)
        return load(catalogue or DEFAULT_CATALOGUE, city, event_types), city.zh
    except CatalogueError as error:
        count = len(error.faults)
        print_line(f"{error}\n{count} fault{'s' if count > 1 else ''}", err=True, lines=True)
        sys.exit(1)


def _indicators(plan: Catalogue) -> list[Row]:
    return [
        {
            "id": indicator.id,
            "name": indicator.name.zh,
            "name_en": indicator.name.en,
            "action": indicator.action,
            "department": indicator.department,
            "target": indicator.target.words(indicator.unit) if indicator.target else None,
            "due": indicator.due.isoformat() if indicator.due else indicator.cadence,
            "formula": indicator.formula.kind,
        }
        for indicator in plan.indicators
    ]


def _measures(plan: Catalogue) -> list[Row]:
    return [
        {
            "measure": key,
            "name": measure.name.zh,
            "name_en": measure.name.en,
            "topic": measure.topic,
            "reducer": " ".join(filter(None, (measure.reducer, "cohort" * measure.cohort, measure.period))),
            "unit": measure.unit,
            "feeds": [_feed(feed) for feed in measure.feeds],
        }
        for key, measure in plan.measures.items()
    ]


def _feed(feed: Feed) -> str:
    """A feed in words, such as "civil-affairs.community: listed, if kind is urban"."""
    wanted = [f"{name} is {_either(value)}" for name, value in feed.where.items()]
    wanted += [f"{name} is given" for name in feed.given]
    words = [feed.value, f"if {' and '.join(wanted)}" if wanted else None]
    words += ["home" if feed.home else None, f"until the {feed.lapses}'s end" if feed.lapses else None]
    conditions = ", ".join(filter(None, words))
    return f"{feed.type}: {conditions}" if conditions else feed.type


def _either(value: str | bool | list[str]) -> str:
    return " or ".join(value) if isinstance(value, list) else str(value).lower()


def _events(plan: Catalogue) -> list[Row]:
    from schemas.registry import event_types

    return [
        {
            "type": kind.type,
            "name": kind.zh.name,
            "about": (kind.model.__doc__ or "").split("\n")[0].strip(),
            "fields": [
                name if field.is_required() else f"{name}?" for name, field in kind.model.model_fields.items()
            ],
            "measures": [
                key
                for key, measure in plan.measures.items()
                if any(feed.type == kind.type for feed in measure.feeds)
            ],
        }
        for kind in event_types.values()
        if kind.type in plan.event_types
    ]


def _table(title: str, rows: list[Row]) -> None:
    """Print the rows as a table: as wide as the terminal, or 200 columns for a pipe."""
    from rich.table import Table

    from pulse.terminal.screen import Screen

    table = Table(title=title, title_justify="left")
    shown = [name for name in (rows[0] if rows else {}) if name != "name_en"]
    for number, name in enumerate(shown):
        table.add_column(name, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(
            *("\n".join(cell) if isinstance(cell, list) else _cell(cell) for cell in map(row.get, shown))
        )
    console = Screen(width=None if sys.stdout.isatty() else 200)
    console.print(table)


def _cell(value: object) -> str:
    return "–" if value is None else str(value)

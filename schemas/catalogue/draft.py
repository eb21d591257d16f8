"""A catalogue while it is checked: every entry that can be read, so that all faults are found at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.catalogue import form
from schemas.catalogue.faults import Path, Problem
from schemas.catalogue.model import Action, Catalogue, Department, Feed, Indicator, Measure, Part, Plan, Unit
from schemas.event_type import EventType
from schemas.regions import Regions

PartT = TypeVar("PartT", bound=Part)


@dataclass(frozen=True)
class Draft:
    """The readable entries of a file, and what they are checked against.

    Lists are kept as {index: entry}, so that an entry keeps its index even if entries before it cannot be
    read.
    """

    regions: Regions
    types: Mapping[str, EventType]
    plan: Plan | None
    departments: Mapping[str, Department]
    actions: Mapping[int, Action]
    measures: Mapping[str, Measure]
    indicators: Mapping[int, Indicator]
    units: Mapping[str, Unit]
    passes_over: Mapping[int, str]
    unread: frozenset[tuple[str | int, ...]]
    """(section, key) of the entries that cannot be read. A reference to one of them is not reported as
    unknown."""

    def unknown(self, section: str, key: str) -> bool:
        """Whether nothing in the file has this name."""
        return key not in getattr(self, section) and (section, key) not in self.unread

    def complete(self, section: str) -> bool:
        """Whether every entry of a section could be read."""
        return all(path[0] != section for path in self.unread)

    def feeds(self) -> Iterator[tuple[Path, Measure, Feed]]:
        """Each feed with its path and its measure."""
        for key, measure in self.measures.items():
            for index, feed in enumerate(measure.feeds):
                yield ("measures", key, "feeds", index), measure, feed


def draft(
    data: Any, regions: Regions, types: Mapping[str, EventType]
) -> tuple[Draft | None, Catalogue | None, list[Problem]]:
    """(draft, catalogue, problems). The draft is None if the sections themselves are wrong, the catalogue
    if its form is."""
    catalogue, problems = None, []
    try:
        catalogue = Catalogue.model_validate(data)
    except ValidationError as error:
        problems = form.problems(error, Catalogue)
    unread = frozenset(problem.path[:2] for problem in problems)
    if any(len(path) < 2 for path in unread):
        return None, None, problems
    plan = None if any(path[0] == "plan" for path in unread) else Plan.model_validate(data["plan"])

    def entries(section: str, model: type[PartT]) -> dict[Any, PartT]:
        raw = data.get(section, {})
        named = raw.items() if isinstance(raw, dict) else enumerate(raw)
        return {key: model.model_validate(item) for key, item in named if (section, key) not in unread}

    parts = Draft(
        regions,
        types,
        plan,
        entries("departments", Department),
        entries("actions", Action),
        entries("measures", Measure),
        entries("indicators", Indicator),
        entries("units", Unit),
        {
            index: named
            for index, named in enumerate(data.get("passes_over", []))
            if ("passes_over", index) not in unread
        },
        unread,
    )
    return parts, catalogue, problems

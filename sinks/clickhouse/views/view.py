"""A view: its name, its query, and which views it reads; written as a statement that makes it, or inline in a query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter


@dataclass(frozen=True, slots=True)
class View:
    """`body`: a SELECT. `reads`: the views that it reads directly; tables are not listed."""

    name: str
    body: str
    reads: tuple[str, ...] = ()

    def create(self) -> str:
        """The statement that makes the view, or replaces it in one step."""
        return f"CREATE OR REPLACE VIEW {self.name} AS\n{self.body}"

    def inline(self) -> str:
        """The view as a part of a WITH clause."""
        return f"{self.name} AS (\n{self.body}\n)"


def in_order(views: Iterable[View]) -> list[View]:
    """The views, each after all that it reads. Raises graphlib.CycleError where they read each other."""
    named = {view.name: view for view in views}
    order = TopologicalSorter({name: view.reads for name, view in named.items()}).static_order()
    return [named[name] for name in order if name in named]


def select_as_if(name: str, views: Iterable[View], instead: Iterable[View]) -> str:
    """A query for all rows of a view, with the views `instead` in place of those of the same names.

    The view, and all views between it and the replaced ones, are written inline: a filter from outside does
    not reach through joins. Views that read none of the replaced ones are read from the database. Raises
    graphlib.CycleError.
    """
    stand_ins = {view.name: view for view in instead}
    ordered = in_order(({view.name: view for view in views} | stand_ins).values())
    changed = set(stand_ins)
    for view in ordered:
        if changed.intersection(view.reads):
            changed.add(view.name)
    needed = {name}
    for view in reversed(ordered):
        if view.name in needed:
            needed.update(view.reads)
    inline = [view.inline() for view in ordered if view.name in changed & needed]
    return "WITH\n" + ",\n".join(inline) + f"\nSELECT * FROM {name}"

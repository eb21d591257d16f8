"""Formulas: arithmetic over measures, done in SQL views. Every leaf is a measure's key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.catalogue.part import Part

COUNTIES = "counties"
"""The places of a coverage that needs no roster: the catalogue's counties."""


class Count(Part):
    """The measure itself; with `of`, shown beside a fixed number (2 of 3 documents)."""

    kind: Literal["count"]
    measure: str
    of: Annotated[int, Field(ge=1)] | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures it reads."""
        return (self.measure,)


class Ratio(Part):
    """Two measures read at the same instant; null where the denominator is 0. Shown in percent."""

    kind: Literal["ratio"]
    numerator: str
    denominator: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures it reads."""
        return (self.numerator, self.denominator)


class Average(Part):
    """`total` / `count`, in the total's unit: the average of answers, not of counties."""

    kind: Literal["average"]
    total: str
    count: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures it reads."""
        return (self.total, self.count)


class Reference(Part):
    """(`total` / `count`) as percent of `reference`, a level taken at exactly that region, never rolled up."""

    kind: Literal["reference"]
    total: str
    count: str
    reference: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures it reads."""
        return (self.total, self.count, self.reference)


class Coverage(Part):
    """Places where each named measure is at least its number, over all places. Shown in percent.

    Places are those of a `roster` (a timeline measure whose subject is a 12-digit place: only those on the
    roster on that day count), or the catalogue's counties (`counties`).
    """

    kind: Literal["coverage"]
    places: str
    """A roster measure's key, or "counties"."""
    needs: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(min_length=1)]

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures it reads."""
        return (*(() if self.places == COUNTIES else (self.places,)), *self.needs)


class PerPlace(Part):
    """The measure summed over the roster's places, over the number of those places (13 organizations each)."""

    kind: Literal["per_place"]
    places: str
    measure: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures it reads."""
        return (self.places, self.measure)


class Online(Part):
    """Registered devices seen in the hour / devices registered; seen but not registered are shown apart."""

    kind: Literal["online"]
    seen: str
    registered: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The measures it reads."""
        return (self.seen, self.registered)


PERCENT = ("ratio", "reference", "coverage", "online")
"""The formulas that are shown in percent."""

Formula = Annotated[
    Count | Ratio | Average | Reference | Coverage | PerPlace | Online, Field(discriminator="kind")
]

"""The few shapes that all event types stand on: what departments learn once serves for all."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Yuan = Annotated[Decimal, Field(ge=0, le=Decimal(1_000_000_000_000), decimal_places=2)]


class Shape(BaseModel):
    """Base of all data: strict, frozen, unknown fields refused.

    `region` is the statistical code of where it happened or where the subject belongs: 12 digits (community
    or village) wherever it is known, else 9 (town) or 6 (county, or the city itself).
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    region: str


class RosterEntry(Shape):
    """The subject is put on a roster or taken off it (on: `listed` true), as of the event's time."""

    listed: bool
    name: Text | None = None


class Place(Shape):
    """The place that is the subject is open and in service, or is not any more, as of the event's time."""

    open: bool
    name: Text | None = None


class InForce(Shape):
    """A rule or system is in force in the subject, or is not any more, as of the event's time."""

    in_force: bool


class Happening(Shape):
    """Something happened once: held, named, founded, selected. The subject is what it happened to."""

    name: Text | None = None


class Attendance(Shape):
    """A session with its number of attendances (人次: every attendance counts)."""

    attendances: Annotated[int, Field(ge=0, le=100_000)]
    name: Text | None = None


class Service(Shape):
    """A person or household (the subject, pseudonymised) was served or reached an outcome."""


class Heartbeat(Shape):
    """The device that is the subject was heard."""

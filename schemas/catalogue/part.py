"""The base of all entries of a catalogue: strictness, names, keys, periods."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PeriodName = Literal["month", "quarter", "year"]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A measure's key: it becomes a name in SQL."""
Topic = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class Part(BaseModel):
    """Base of all entries: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Part):
    """What people read: Chinese first."""

    zh: str
    en: str

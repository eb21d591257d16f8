"""Event types: what a department may publish, each with its model. A source system is a topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from pydantic import Field

from schemas.shapes import Shape

ShapeT = TypeVar("ShapeT", bound=Shape)
Model = type[Shape]


class Fault(NamedTuple):
    """What is wrong with valid fields taken together."""

    field: str
    value: object
    expected: str


Check = Callable[[Any, str, date], Fault | None]
"""(data, subject, the event's local day) → a fault, or None. Data is the model or its struct."""


def no_rule(data: Any, subject: str, day: date) -> None:
    """Each field's own constraints say all."""


class Description(NamedTuple):
    """An event type in Chinese, for the departments' engineers: the document for them is made from this."""

    name: str
    says: str
    """What one event says."""
    subject: str
    """Who or what its subject is, and how that is numbered."""
    again: str
    """When to publish the next one."""


class Office(NamedTuple):
    """A source system in Chinese: the department's short name, and what it publishes."""

    name: str
    about: str


_UNSAID = Description("", "", "", "")
_NOBODY = Office("", "")


def label(zh: str, **values: str) -> Any:
    """A field's Chinese label, with what each of its values means: for `Annotated`, beside its constraints."""
    return Field(description=zh, json_schema_extra={**values})


@dataclass(frozen=True)
class EventType:
    """One event type. `version` is the (major, minor) of the data's schema that this release knows."""

    type: str
    topic: str
    model: Model
    rule: Check = no_rule
    version: tuple[int, int] = (1, 0)
    heartbeat: bool = False
    """A sign of life: no record, so neither revision nor void."""
    zh: Description = _UNSAID
    office: Office = _NOBODY


@dataclass
class System:
    """A source system: the department's topic and the event types it publishes there."""

    topic: str
    office: Office = _NOBODY
    types: list[EventType] = field(default_factory=list)

    def event(
        self,
        name: str,
        rule: Check = no_rule,
        *,
        zh: Description = _UNSAID,
        heartbeat: bool = False,
    ) -> Callable[[type[ShapeT]], type[ShapeT]]:
        """Register the decorated model as `<topic>.<name>`."""

        def register(model: type[ShapeT]) -> type[ShapeT]:
            self.types.append(
                EventType(
                    f"{self.topic}.{name}",
                    self.topic,
                    model,
                    rule,
                    heartbeat=heartbeat,
                    zh=zh,
                    office=self.office,
                )
            )
            return model

        return register

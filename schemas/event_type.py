"""Event types: what a department may publish, each with its model. A source system is a topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from schemas.shapes import Shape

ShapeT = TypeVar("ShapeT", bound=Shape)
Model = type[Shape]


class Fault(NamedTuple):
    """What is wrong with valid fields taken together."""

    field: str
    value: object
    expected: str


Rule = Callable[[Any, str, date], Fault | None]
"""(data, subject, the event's local day) → a fault, or None. Data is the model or its struct."""


def no_rule(data: Any, subject: str, day: date) -> None:
    """Each field's own constraints say all."""


@dataclass(frozen=True)
class EventType:
    """One event type. `version` is the (major, minor) of the data's schema that this release knows."""

    type: str
    topic: str
    model: Model
    rule: Rule = no_rule
    version: tuple[int, int] = (1, 0)
    heartbeat: bool = False
    """A sign of life: no record, so neither revision nor void."""


@dataclass
class System:
    """A source system: the department's topic and the event types it publishes there."""

    topic: str
    types: list[EventType] = field(default_factory=list)

    def event(
        self, name: str, rule: Rule = no_rule, *, heartbeat: bool = False
    ) -> Callable[[type[ShapeT]], type[ShapeT]]:
        """Register the decorated model as `<topic>.<name>`."""

        def register(model: type[ShapeT]) -> type[ShapeT]:
            self.types.append(EventType(f"{self.topic}.{name}", self.topic, model, rule, heartbeat=heartbeat))
            return model

        return register

"""What an event says for the measures that its type feeds, read from the ledger's JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from pulse.verify.topic import MeasureValue, MeasureValues
from schemas.catalogue.model import Catalogue, Feed
from schemas.event_type import EventType

ReadValue = Callable[[Mapping[str, Any]], MeasureValue | None]
"""From an event's data to what is counted; None where the event gives no value."""


class Fed(NamedTuple):
    """A measure that an event type feeds."""

    measure: str
    member: str
    read_value: ReadValue


class Reader:
    """Reads events of one type."""

    def __init__(self, kind: EventType, feeds: list[tuple[str, Feed, bool]]) -> None:
        """`feeds`: measure, feed, and whether an event that does not meet the filter gives 0 instead of no value."""
        self.fed = tuple(
            Fed(measure, feed.member, _value_reader(feed, level)) for measure, feed, level in feeds
        )
        self.nothing: MeasureValues = (None,) * len(feeds)
        """The values of a void event."""
        self._once: MeasureValues = (_value(1, True),) * len(feeds)
        self._plain = not any(feed.value or feed.where or feed.given for _, feed, _ in feeds)
        fields = kind.model.model_fields.items()
        self._defaults = {name: field.default for name, field in fields if not field.is_required()}

    def read(self, data: str) -> MeasureValues:
        """The values of an event for each of `fed`. Raises ValueError for data that no such event can have."""
        if self._plain:
            return self._once
        parsed = json.loads(data, parse_float=Decimal)
        try:
            values = self._defaults | parsed
            return tuple([fed.read_value(values) for fed in self.fed])
        except (KeyError, TypeError, ArithmeticError) as error:
            raise ValueError(f"data without {error}") from None


def readers(catalogue: Catalogue, types: Mapping[str, EventType]) -> dict[str, Reader]:
    """A reader for each event type that feeds a measure, except for heartbeats, which give no values."""
    found: dict[str, list[tuple[str, Feed, bool]]] = {}
    for key, measure in catalogue.counted.items():
        if measure.reducer == "seen":
            continue
        for feed in measure.feeds:
            level = measure.reducer == "timeline" or (measure.reducer == "condition" and bool(feed.value))
            found.setdefault(feed.type, []).append((key, feed, level))
    return {event_type: Reader(types[event_type], feeds) for event_type, feeds in found.items()}


def _value_reader(feed: Feed, level: bool) -> ReadValue:
    where = {key: set(wanted if isinstance(wanted, list) else [wanted]) for key, wanted in feed.where.items()}
    given, value, scale = feed.given, feed.value, feed.scale

    def read_value(data: Mapping[str, Any]) -> MeasureValue | None:
        amount = 1 if value is None else int(Decimal(data[value]) * scale)
        if all(data[field] in allowed for field, allowed in where.items()) and all(
            data.get(field) is not None for field in given
        ):
            return _value(amount, amount > 0)
        # It does not meet the filter (any more): a level of 0. It still counts as on where its own value is above 0.
        return _value(0, value is not None and amount > 0) if level else None

    return read_value


@lru_cache(1000)
def _value(value: int, on: bool) -> MeasureValue:
    """A value that is kept only once: most events give one of two."""
    return MeasureValue(value, on)

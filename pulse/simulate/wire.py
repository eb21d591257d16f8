"""Renders rows of a sheet as CloudEvents for Kafka: nine in ten in structured mode, one in ten in binary mode."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, lru_cache

import orjson

from pulse.simulate.city import Rows
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.seasons import DAY, OFFSET, SECOND, Micros
from pulse.simulate.sheet import Sheet

BINARY = 7
"""Records whose number ends in this digit are sent in binary mode."""

_STRUCTURED = ("content-type", b"application/cloudevents+json; charset=utf-8")
_JSON = ("content-type", b"application/json")
_dumps, _new = orjson.dumps, tuple.__new__  # tuple.__new__ takes half the time of a named tuple's constructor


def render(sheet: Sheet, rows: Rows, published: Micros) -> Iterator[Dispatch]:
    """The messages of these rows, published at `published`. The same row always gives the same bytes, so that a
    repeated row is a true duplicate."""
    events = sheet.events.take(rows)
    topic, noun = events.system, events.type.partition(".")[2]
    source, event_type, dataschema = events.source, events.type, events.dataschema
    machine = events.delay == "machine"
    names = ("region", *events.data)
    values = zip(events.region.tolist(), *(column.tolist() for column in events.data.values()), strict=True)
    head = f'{{"specversion":"1.0","id":"{noun}-'
    middle = f'","source":"{source}","type":"{event_type}","subject":"'
    schema = f',"dataschema":"{dataschema}"' if dataschema else ""
    for at, record, subject, time, recorded, revision, void, given in zip(
        published.tolist(),
        sheet.record[rows].tolist(),
        events.subject.tolist(),
        _texts(events.time, machine),
        _texts(sheet.recorded[rows], machine),
        sheet.revision[rows].tolist(),
        sheet.void[rows].tolist(),
        values,
        strict=True,
    ):
        # Half of the withdrawals (by record number) do not repeat the record's data.
        data = b"" if void and record % 2 else _dumps(dict(zip(names, given, strict=True)))
        if record % 10 == BINARY:
            attributes: dict[str, object] = {
                "specversion": "1.0",
                "id": f"{noun}-{record:07d}",
                "source": source,
                "type": event_type,
                "subject": subject,
                "time": time,
            }
            if not machine:
                attributes["recordedtime"] = recorded
            if dataschema:
                attributes["dataschema"] = dataschema
            if revision:
                attributes["revision"] = revision
            if void:
                attributes["void"] = "true"
            headers = [_JSON, *((f"ce_{name}", str(value).encode()) for name, value in attributes.items())]
            yield _new(Dispatch, (at, topic, subject.encode(), data, headers, None))
            continue
        # Formatted by hand, which takes half the time: ids, sources, subjects and times are ASCII without quotes.
        more = "" if machine else f',"recordedtime":"{recorded}"'
        if revision:
            more += f',"revision":{revision}'
        if void:
            more += ',"void":true'
        text = (
            f'{head}{record:07d}{middle}{subject}","time":"{time}"{more}{schema}'
            f',"datacontenttype":"application/json","data":'
        )
        value = b"%b%b}" % (text.encode(), data or b"null")
        yield _new(Dispatch, (at, topic, subject.encode(), value, [_STRUCTURED], None))


def _texts(instants: Micros, utc: bool) -> list[str]:
    """RFC 3339 texts with whole seconds, in local time, or in UTC if `utc`."""
    local = instants if utc else instants + OFFSET
    days, clock = local // DAY, _clock("Z" if utc else "+08:00")
    seconds = (local - days * DAY) // SECOND
    return [_day(day) + clock[second] for day, second in zip(days.tolist(), seconds.tolist(), strict=True)]


@cache
def _clock(zone: str) -> list[str]:
    """The time part of the text, for each second of a day."""
    return [f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}{zone}" for s in range(86_400)]


@lru_cache(maxsize=1 << 14)
def _day(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(number)).isoformat()

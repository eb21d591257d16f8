"""From rows of a sheet to CloudEvents on Kafka: nine in ten structured, one in ten binary."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import orjson
from numpy.typing import NDArray

from simulate.dispatch import Dispatch
from simulate.seasons import OFFSET
from simulate.sheet import Sheet

_STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]


def render(sheet: Sheet, rows: NDArray[np.int64]) -> Iterator[Dispatch]:
    """The messages of these rows. The same row always gives the same bytes: a true duplicate."""
    account = sheet.account.take(rows)
    topic, noun = account.system, account.type.partition(".")[2]
    utc = account.delay == "machine"
    zone = "Z" if utc else "+08:00"
    names = tuple(account.data)
    data = {name: column.tolist() for name, column in account.data.items()}
    values = zip(*data.values(), strict=True) if data else (() for _ in rows)
    for published, record, subject, region, time, recorded, revision, void, given in zip(
        sheet.published[rows].tolist(),
        sheet.record[rows].tolist(),
        account.subject.tolist(),
        account.region.tolist(),
        _texts(account.time, utc),
        _texts(sheet.recorded[rows], utc),
        sheet.revision[rows].tolist(),
        sheet.void[rows].tolist(),
        values,
        strict=True,
    ):
        body = None if void and record % 2 else {"region": region, **dict(zip(names, given, strict=True))}
        event = {
            "specversion": "1.0",
            "id": f"{noun}-{record:07d}",
            "source": account.source,
            "type": account.type,
            "subject": subject,
            "time": time + zone,
        }
        if not utc:
            event["recordedtime"] = recorded + zone
        if account.dataschema:
            event["dataschema"] = account.dataschema
        if revision:
            event["revision"] = revision
        if void:
            event["void"] = True
        key = subject.encode()
        if record % 10 == 7:
            value = None if body is None else orjson.dumps(body)
            yield Dispatch(published, topic, key, b"" if value is None else value, _headers(event), None)
        else:
            event["datacontenttype"] = "application/json"
            event["data"] = body
            yield Dispatch(published, topic, key, orjson.dumps(event), list(_STRUCTURED), None)


def _texts(instants: NDArray[np.int64], utc: bool) -> list[str]:
    """Local date and time (or UTC's), to the second, without the zone."""
    local = instants if utc else instants + OFFSET
    texts: list[str] = np.datetime_as_string(local.astype("datetime64[us]"), unit="s").tolist()
    return texts


def _headers(event: dict[str, object]) -> list[tuple[str, bytes]]:
    """Binary mode: attributes as ce_ headers, each the text of its value."""
    headers = [("content-type", b"application/json")]
    for name, value in event.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        headers.append((f"ce_{name}", text.encode()))
    return headers

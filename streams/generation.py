"""A generation stands for everything that decides how a log is counted. Figures of two generations never
mix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from xxhash import xxh3_64_hexdigest

from schemas.catalogue.model import Catalogue
from schemas.contract import CONTRACT
from schemas.regions import Regions
from streams.counting.fold import CORE


class Generation(NamedTuple):
    """`detail` lists everything that changes how the same log is counted; `id` is its hash."""

    id: str
    detail: str
    """Canonical JSON."""


def generation(
    catalogue: Catalogue,
    regions: Regions,
    partitions: Mapping[str, int],
    logs: Mapping[str, int] | None = None,
) -> Generation:
    """The generation of these measures, regions, partition counts and logs, and of this counting core.

    `partitions` and `logs` are keyed by bare topic. `logs` gives the number of each topic's log of today.
    Topics with only one log may be missing from it, and `detail` does not mention them.

    The version of the contract is part of a generation: messages that an older release refused may be in the
    log, uncounted, and the other way round. Names, targets and formulas are not part of it: they change what
    is read, not what is counted.
    """
    detail: dict[str, Any] = {
        "core": CORE,
        "contract": CONTRACT,
        "zone": regions.zone,
        "regions": sorted([regions.code, *(county.code for county in regions.counties)]),
        "partitions": dict(partitions),
        "measures": {
            key: measure.model_dump(exclude={"name", "unit", "scale"}, exclude_defaults=True)
            for key, measure in catalogue.counted.items()
        },
    }
    if later := {
        topic: number for topic, number in (logs or {}).items() if topic in partitions and number > 1
    }:
        detail["logs"] = later
    text = orjson.dumps(detail, option=orjson.OPT_SORT_KEYS)
    return Generation(xxh3_64_hexdigest(text), text.decode())


def changed(old: str, new: str) -> list[str]:
    """How the details of two generations differ, for the operator: a line for each part that differs."""
    before, after = orjson.loads(old), orjson.loads(new)
    lines = []
    for part in sorted(before.keys() | after.keys()):
        was, now = before.get(part), after.get(part)
        if was == now:
            continue
        if part == "logs":
            was, now = was or {}, now or {}
            topics = sorted(topic for topic in was.keys() | now.keys() if was.get(topic) != now.get(topic))
            lines.append(f"logs: {', '.join(f'{t} {was.get(t, 1)} → {now.get(t, 1)}' for t in topics)}")
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            keys = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
            lines.append(f"{part}: {', '.join(_how(key, was, now) for key in keys)}")
        else:
            lines.append(f"{part}: {was} → {now}")
    return lines


def _how(key: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    if key not in was:
        return f"{key} is new"
    if key not in now:
        return f"{key} is gone"
    if isinstance(was[key], int):
        return f"{key} {was[key]} → {now[key]}"
    return f"{key} is counted otherwise"

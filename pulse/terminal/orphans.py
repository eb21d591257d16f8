"""What `pulse status --why` prints about orphans: events that are not counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.orphans import Orphaned

_SAMPLES = 3


def of_indicator(found: Iterable[Orphaned], indicator: str, region: str, city: str) -> list[Orphaned]:
    """The orphans that would have changed an indicator in a region: the whole city, or a county."""
    return [
        each for each in found if indicator in each.indicators and region[:6] in (city, each.county) and len(region) == 6
    ]  # fmt: skip


def line(found: Sequence[Orphaned]) -> str:
    """One line for people; empty if there are no orphans."""
    if not found:
        return ""
    kinds: dict[str, int] = {}
    for each in found:
        kinds[each.kind_zh] = kinds.get(each.kind_zh, 0) + each.events
    events = sum(kinds.values())
    parts = "、".join(f"{zh} {number} 条" for zh, number in kinds.items())
    types = (
        "、".join(dict.fromkeys(event_type for each in found for event_type in each.types))
        or "县（市、区）的区划代码"
    )
    samples = sorted((sample for each in found for sample in each.samples), reverse=True)[:_SAMPLES]
    shown = "；".join(
        " ".join(filter(None, (sample.subject, f"{sample.time:%Y-%m-%d}", sample.place)))
        for sample in samples
    )
    return f"另有 {events} 条事件没有计入：{parts}（缺少 {types}）。例：{shown}。详见看板“数据”页。"


def as_list(found: Sequence[Orphaned]) -> list[dict[str, Any]]:
    """The orphans as data for a program, in both languages."""
    return [
        {
            "department": each.department, "measure": each.measure, "kind": each.kind, "kind_zh": each.kind_zh,
            "kind_en": each.kind_en, "county": each.county, "events": each.events, "needs": list(each.types),
            "samples": [sample._asdict() for sample in each.samples],
        }
        for each in found
    ]  # fmt: skip

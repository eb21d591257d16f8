"""Rules that take a model's fields together with the envelope."""

from __future__ import annotations

from datetime import date
from typing import Any

from schemas.event_type import Fault
from schemas.regions import level


def subject_is_region(data: Any, subject: str, day: date) -> Fault | None:
    """The subject is a region, so it must be the one that the data names."""
    if subject != data.region:
        return Fault("subject", subject, f"与 data.region 相同的区划代码 {data.region}")
    return None


def subject_is_place(data: Any, subject: str, day: date) -> Fault | None:
    """The subject is a community or village: its 12-digit code, which is the region too."""
    if len(data.region) != 12:
        return Fault("data.region", data.region, "社区（村）的 12 位统计用区划代码")
    return subject_is_region(data, subject, day)


def subject_is_county(data: Any, subject: str, day: date) -> Fault | None:
    """The subject is a county: its 6-digit code, which is the region too."""
    return _no_county(data) or subject_is_region(data, subject, day)


def subject_names_list(data: Any, subject: str, day: date) -> Fault | None:
    """A county's list: the subject is both, so that each list is a subject of its own."""
    if fault := _no_county(data):
        return fault
    expected = f"{data.region}:{data.list}"
    return None if subject == expected else Fault("subject", subject, expected)


def average_at_most_100(data: Any, subject: str, day: date) -> Fault | None:
    """Scores run from 0 to 100."""
    if data.score_total > 100 * data.answers:
        return Fault("data.score_total", data.score_total, f"不超过 100 × answers = {100 * data.answers}")
    return None


def registered_before(data: Any, subject: str, day: date) -> Fault | None:
    """Whoever is re-employed was registered as unemployed before (失业人员再就业)."""
    since = data.registered_unemployed_on
    if since is not None and since > day:
        return Fault("data.registered_unemployed_on", since.isoformat(), f"不晚于就业日期 {day.isoformat()}")
    return None


def _no_county(data: Any) -> Fault | None:
    if level(data.region) == "county":
        return None
    return Fault("data.region", data.region, "县（市、区）的 6 位区划代码")

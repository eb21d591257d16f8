"""A small report by hand: a city of two counties, an indicator of each kind. `python -m tests.dashboards.report.small`
writes the snapshot anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboards.report.model import (
    Action,
    Arrival,
    Department,
    Figure,
    Filing,
    Indicator,
    Refusals,
    Region,
    Report,
    Status,
    Verdict,
)
from dashboards.report.page import render
from pulse.lights.statuses import STATUSES

CITY, ONE, TWO = "990100", "990102", "990171"
SNAPSHOT = Path(__file__).with_name("snapshot.html")
FILING = Filing("JN-2023Q3-001", datetime(2023, 10, 12, 1, 30, tzinfo=UTC), "0123456789ab")


def _indicator(key: str, zh: str, **changes: Any) -> Indicator:
    whole: dict[str, Any] = {
        "sentence": f"{zh}的方案原文", "kind": "target", "unit": "人", "pieces": "人", "formula": "count", "decimals": 0,
        "department": "homes", "department_zh": "某市民政局", "target_op": ">=", "tolerance": None,
        "due": date(2023, 12, 31), "cadence": "once", "finest": "place",
    }  # fmt: skip
    return Indicator(id=key, action=int(key[1:3]), zh=zh, **(whole | changes))


INDICATORS = (
    _indicator("a01.jobs", "再就业"),
    _indicator("a01.documents", "制度文件", unit="份", pieces="份", finest="city"),
    _indicator(
        "a02.visit_rate",
        "月探访率",
        unit="%",
        formula="ratio",
        decimals=1,
        cadence="month",
        target_op="=",
        due=None,
    ),
    _indicator(
        "a02.served",
        "关爱服务",
        kind="monitor",
        target_op="",
        due=None,
        department="works",
        department_zh="某市<妇联>",
    ),
)


def _course(last: float) -> tuple[tuple[date, float | None, float | None], ...]:
    days = [date(2023, 1, 7) + timedelta(7 * n) for n in range(39)]
    return tuple((day, last * n / 38, 1.1 * last * n / 38) for n, day in enumerate(days))


def _months(value: float) -> tuple[tuple[date, float | None, float | None], ...]:
    return tuple((date(2023, month + 1, 1) - timedelta(1), value - month, None) for month in range(1, 10))


def _figures(region: str, share: float) -> list[Figure]:
    city = region == CITY
    return [
        Figure(
            "a01.jobs", region, 12_345 * share, None, 12_345 * share, 26_000.0 if city else None,
            expected=19_445.0 if city else None, gap=-7100.0 if city else None, gap_days=-99.7 if city else None,
            behind=7100.0 if city else None, shortfall=13_655.0 if city else None, days_left=92 if city else None,
            chance=0.004 if city else None,
            status="lagging" if city else "none", since=date(2023, 8, 1), why="落后超过允许范围。",
            course=_course(12_345 * share),
        ),
        Figure(
            "a01.documents", region, 2.0 if city else None, 3.0 if city else None, 2.0 if city else None,
            3.0 if city else None,
            days_left=92,
            status="on_track" if city else "none",
        ),
        Figure(
            "a02.visit_rate", region, 780 * share, 1000 * share, 78.0, 100.0, 100.0, -22.0, None, 220 * share,
            220 * share, 0, None, no_forecast="shifted", status="overdue", since=date(2023, 2, 1), course=_months(78.0),
        ),
        Figure("a02.served", region, 40 * share, None, 40 * share, status="monitor" if share == 1 else "silent"),
    ]  # fmt: skip


REPORT = Report(
    plan="toy-2023", plan_zh="某市2023年“新生活”行动方案", start=date(2023, 1, 1), due=date(2023, 12, 31),
    zone="Asia/Shanghai", quarter_name="2023Q3", day=date(2023, 9, 30),
    as_of=datetime(2023, 10, 11, 16, tzinfo=UTC), generation="0011223344556677", catalogue="cafecafe",
    verdict=Verdict(datetime(2023, 10, 12, 1, tzinfo=UTC), 4_009_212, 0),
    statuses=tuple(Status(s.key, s.rank, s.zh, s.symbol, s.color) for s in STATUSES),
    regions=(Region(CITY, "某市", "city"), Region(ONE, "甲县", "statutory"), Region(TWO, "丙区", "zone")),
    departments=(Department("homes", "某市民政局"), Department("works", "某市<妇联>")),
    actions=(Action(1, "就业行动"), Action(2, "养老行动")),
    indicators=INDICATORS,
    figures=tuple(f for region, share in ((CITY, 1.0), (ONE, 0.8), (TWO, 0.2)) for f in _figures(region, share)),
    arrivals=(
        Arrival("homes", CITY, 12_000, 36, 3.25, 71.5, date(2023, 10, 9)),
        Arrival("works", CITY, 40, 0, 1.0, 2.0, None),
        Arrival("homes", ONE, 9_000, 0, 3.0, 12.0, date(2023, 9, 30)),
    ),
    refusals=(Refusals("homes", 12_100, 17, 2),),
)  # fmt: skip

if __name__ == "__main__":
    SNAPSHOT.write_text(render(REPORT, CITY, filing=FILING), "utf-8")

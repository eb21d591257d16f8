"""A town for tests: few regions and indicators, every figure of which a test can set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from msgspec import structs

from dashboards.web.model.course import Course, Day, ForecastDay
from dashboards.web.model.findings import Refusal
from dashboards.web.model.frame import Action, CountedUnits, DepartmentInfo, Frame, PlanInfo, Region, Status
from dashboards.web.model.light import (
    Figure,
    Forecast,
    Goal,
    IndicatorInfo,
    Light,
    Pace,
    RegionName,
    Standing,
    Trend,
)
from dashboards.web.model.snapshot import ActionLight, DepartmentFeed, Snapshot, StatusChange, StreamState
from pulse.lights.statuses import STATUSES
from schemas.catalogue.model import Unit
from schemas.conflicts import Conflict, Differs
from schemas.orphans import Orphaned, Sample

CITY = "990000"
COUNTIES = ("990001", "990002", "990003", "990004")
TODAY = date(2023, 6, 30)

STATUS_ROWS = tuple(Status(s.key, s.rank, s.zh, s.en, s.symbol, s.color, s.color_dark) for s in STATUSES)

FRAME = Frame(
    PlanInfo(
        "云川市行动方案", "Yunchuan's plan", date(2023, 1, 1), date(2023, 12, 31), "Asia/Shanghai", CITY
    ),
    STATUS_ROWS,
    (
        Region(CITY, "云川市", "Yunchuan", "city"),
        *(
            Region(code, f"{'甲乙丙丁'[n]}县", f"County {'ABCD'[n]}", "statutory")
            for n, code in enumerate(COUNTIES)
        ),
    ),
    (Action(1, "社区养老服务行动", "Care for elders"), Action(2, "社区体育服务行动", "Sports")),
    (
        DepartmentInfo("civil-affairs", "云川市民政局", "Civil Affairs Bureau"),
        DepartmentInfo("sports", "云川市体育局", "Sports Bureau"),
    ),
    (CountedUnits("a01.visits", "人", "人"), CountedUnits("a02.games", "场", "")),
    {
        "人": Unit(one="person", many="persons"),
        "场": Unit(one="event", many="events"),
        "个": Unit(one="", many=""),
    },
)

_LIGHT = Light(
    indicator="a01.visits",
    region=CITY,
    day=TODAY,
    about=IndicatorInfo(
        position=0,
        action=1,
        zh="月探访率",
        en="Elders visited",
        sentence="月探访率达到100%",
        kind="target",
        department="civil-affairs",
        unit="%",
        decimals=1,
        formula="ratio",
        cadence="month",
        target_op="=",
    ),
    region_name=RegionName(zh="云川市", en="Yunchuan"),
    figure=Figure(value=78.0, numerator=1092.0, denominator=1400.0, last_report=TODAY),
    goal=Goal(target=100.0, period="2023-06", due=TODAY, days_left=9, shortfall=308.0),
    pace=Pace(
        expected=90.0, tolerance=5.0, gap=-12.0, gap_days=-3.6, behind=168.0, rate28=36.4, required_rate=34.2
    ),
    forecast=Forecast(chance=0.12, p10=80.0, p50=84.0, p85=88.0, p90=90.0),
    trend=Trend(),
    standing=Standing(status="lagging", rank=8, since=date(2023, 6, 12)),
)

PARTS = ("about", "figure", "goal", "pace", "forecast", "trend", "standing")


def light(region: str = CITY, **changes: Any) -> Light:
    """The lagging month of visits, changed: a field is named without the part that it is in. A status brings its rank."""
    if "status" in changes:
        changes["rank"] = FRAME.status[changes["status"]].rank
    where = FRAME.region[region]
    parts: dict[str, Any] = {"region": region, "region_name": RegionName(zh=where.zh, en=where.en)}
    for name in ("indicator", "day"):
        if name in changes:
            parts[name] = changes.pop(name)
    for name in PARTS:
        part = getattr(_LIGHT, name)
        own = {field: changes.pop(field) for field in part.__struct_fields__ if field in changes}
        parts[name] = structs.replace(part, **own)
    assert not changes, f"a light has no {', '.join(changes)}"
    return structs.replace(_LIGHT, **parts)


def games(region: str = CITY, **changes: Any) -> Light:
    """A count that is done."""
    usual: dict[str, Any] = {
        "indicator": "a02.games", "zh": "社区运动会", "en": "Community games", "value": 12.0, "numerator": 12.0,
        "denominator": None, "target": 10.0, "target_op": ">", "unit": "场", "decimals": 0, "formula": "count", "action": 2,
        "position": 1, "department": "sports", "period": "2023", "due": date(2023, 12, 31),
        "days_left": 184, "expected": 5.0, "gap": 7.0, "gap_days": 128.0, "behind": 0.0, "shortfall": 0.0, "chance": 0.995,
        "status": "achieved", "sentence": "举办社区运动会10场以上", "cadence": "once",
    }  # fmt: skip
    return light(region, **(usual | changes))


def snapshot(*lights: Light, **changes: Any) -> Snapshot:
    """All at one moment; without lights: the city's two and each county's visits."""
    shown = list(lights) or [light(), games(), *(light(code) for code in COUNTIES)]
    worst: dict[tuple[int, str], Light] = {}
    for each in shown:
        key = each.about.action, each.region
        if key not in worst or worst[key].standing.rank < each.standing.rank:
            worst[key] = each
    usual: dict[str, Any] = {
        "frame": FRAME,
        "stream": StreamState(datetime(2023, 6, 30, 16), TODAY, datetime(2023, 6, 30, 15, 59), 1000, 1),  # noqa: DTZ001 as ClickHouse says it
        "lights": shown,
        "actions": [ActionLight(a, r, each.status, each.standing.rank, 1) for (a, r), each in worst.items()],
        "changes": [StatusChange(TODAY, "a01.visits", CITY, "on_track", "lagging")],
        "feeds": [
            DepartmentFeed(
                department="civil-affairs", last_event=datetime(2023, 6, 30, 12), last_day=TODAY, silent=False,  # noqa: DTZ001
                silent_days=0, received_7d=1200, usual_7d=1100.0, refused_28d=3, duplicate_28d=7, conflict_28d=0,
                received_28d=4700, lateness_p50_hours=1.5, lateness_p90_hours=60.0,
            ),
            DepartmentFeed(
                department="sports", last_event=None, last_day=None, silent=True, silent_days=47, received_7d=0,
                usual_7d=12.0, refused_28d=0, duplicate_28d=0, conflict_28d=0, received_28d=0,
                lateness_p50_hours=None, lateness_p90_hours=None,
            ),
        ],
    }  # fmt: skip
    return Snapshot(**(usual | changes))


REFUSALS = [
    Refusal(
        topic="civil-affairs", reason="bad-time", field="time", messages=3, latest=datetime(2023, 6, 30, 3),  # noqa: DTZ001
        place="civil-affairs/0/17", expected="RFC 3339", hint="2023-06-01T08:30:00+08:00", payload='{"name": "***"}',
    )
]  # fmt: skip


ORPHANS = [
    Orphaned(
        "civil-affairs", "visits", "探访", "Visits", ("a01.visits",), ("civil-affairs.elder",), "subject-unknown",
        "对象没有登记", "subject on no roster", COUNTIES[n], 3,
        (Sample(datetime(2023, 6, 30, n, tzinfo=UTC), "//a", f"v{n}", "civil-affairs.elder-visit", f"elder-{n}", COUNTIES[n],
                f"civil-affairs/0/{n}"),),
    )
    for n in range(2)
]  # fmt: skip
TIMES = Differs("time", ("2023-06-10T08:00:00+08:00", "2023-07-10T08:00:00+08:00"))
CONFLICTS = [
    Conflict(
        "civil-affairs", "//a", "000001", "civil-affairs.elder-visit", "elder-4", 0,
        ("civil-affairs/0/5", "civil-affairs/0/9"), (TIMES,), 1, True, 1_688_000_000_000,
    )
]  # fmt: skip


def course(indicator: str = "a01.visits", region: str = CITY) -> Course:
    """Two months and a forecast."""
    days = [
        Day(
            day=date(2023, month, day), period=f"2023-{month:02}", value=3.0 * day, numerator=42.0 * day, denominator=1400.0,
            target=100.0, expected=3.3 * day, status="on_track", why_zh="按进度", why_en="on pace",
        )
        for month in (5, 6) for day in range(1, 31)
    ]  # fmt: skip
    return Course(indicator, region, days, [ForecastDay(date(2023, 7, 7), 20.0, 22.0, 24.0, 25.0)])

"""A town for tests: few regions and indicators, every figure of which a test can set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dashboards.web.model import (
    Action,
    ActionLight,
    Ahead,
    Beat,
    Change,
    Counted,
    Course,
    Day,
    Department,
    Frame,
    Light,
    Office,
    Plan,
    Refusal,
    Region,
    Snapshot,
)
from dashboards.web.model import Status as Row
from pulse.lights.statuses import STATUSES
from schemas.catalogue.model import Unit
from schemas.conflicts import Conflict, Differs
from schemas.orphans import Orphaned, Sample

CITY = "990000"
COUNTIES = ("990001", "990002", "990003", "990004")
TODAY = date(2023, 6, 30)

ROWS = tuple(Row(s.key, s.rank, s.zh, s.en, s.symbol, s.color, s.color_dark) for s in STATUSES)

FRAME = Frame(
    Plan("云川市行动方案", "Yunchuan's plan", date(2023, 1, 1), date(2023, 12, 31), "Asia/Shanghai", CITY),
    ROWS,
    (
        Region(CITY, "云川市", "Yunchuan", "city"),
        *(
            Region(code, f"{'甲乙丙丁'[n]}县", f"County {'ABCD'[n]}", "statutory")
            for n, code in enumerate(COUNTIES)
        ),
    ),
    (Action(1, "社区养老服务行动", "Care for elders"), Action(2, "社区体育服务行动", "Sports")),
    (
        Office("civil-affairs", "云川市民政局", "Civil Affairs Bureau"),
        Office("sports", "云川市体育局", "Sports Bureau"),
    ),
    (Counted("a01.visits", "人", "人"), Counted("a02.games", "场", "")),
    {
        "人": Unit(one="person", many="persons"),
        "场": Unit(one="event", many="events"),
        "个": Unit(one="", many=""),
    },
)

_LIGHT = Light(
    indicator="a01.visits", region=CITY, day=TODAY, value=78.0, numerator=1092.0, denominator=1400.0, target=100.0,
    period="2023-06", due=TODAY, days_left=9, expected=90.0, tolerance=5.0, gap=-12.0, gap_days=-3.6, behind=168.0,
    shortfall=308.0, rate28=36.4, required_rate=34.2, chance=0.12, p10=80.0, p50=84.0, p85=88.0, p90=90.0,
    no_forecast="", direction="", signal="", assurance="", last_report=TODAY, status="lagging", since=date(2023, 6, 12),
    position=0,
    action=1, zh="月探访率", en="Elders visited", sentence="月探访率达到100%", kind="target", department="civil-affairs",
    department_zh="云川市民政局", unit="%", decimals=1, formula="ratio", cadence="month", target_op="=",
    region_zh="云川市", region_en="Yunchuan", region_kind="city", status_rank=8, status_zh="滞后", status_en="lagging",
    status_symbol="▼",
)  # fmt: skip


def light(region: str = CITY, **changes: Any) -> Light:
    """The lagging month of visits, changed; a status brings its rank and words."""
    if "status" in changes:
        found = FRAME.status[changes["status"]]
        changes |= {
            "status_rank": found.rank, "status_zh": found.zh, "status_en": found.en, "status_symbol": found.symbol,
        }  # fmt: skip
    where = FRAME.region[region]
    return _LIGHT._replace(
        region=region, region_zh=where.zh, region_en=where.en, region_kind=where.kind, **changes
    )


def games(region: str = CITY, **changes: Any) -> Light:
    """A count that is done."""
    words: dict[str, Any] = {
        "indicator": "a02.games", "zh": "社区运动会", "en": "Community games", "value": 12.0, "numerator": 12.0,
        "denominator": None, "target": 10.0, "target_op": ">", "unit": "场", "decimals": 0, "formula": "count", "action": 2,
        "position": 1, "department": "sports", "department_zh": "云川市体育局", "period": "2023", "due": date(2023, 12, 31),
        "days_left": 184, "expected": 5.0, "gap": 7.0, "gap_days": 128.0, "behind": 0.0, "shortfall": 0.0, "chance": 0.995,
        "status": "achieved", "sentence": "举办社区运动会10场以上", "cadence": "once",
    }  # fmt: skip
    return light(region, **(words | changes))


def snapshot(*lights: Light, **changes: Any) -> Snapshot:
    """All at one moment; without lights: the city's two and each county's visits."""
    shown = list(lights) or [light(), games(), *(light(code) for code in COUNTIES)]
    worst: dict[tuple[int, str], Light] = {}
    for each in shown:
        key = each.action, each.region
        if key not in worst or worst[key].status_rank < each.status_rank:
            worst[key] = each
    words: dict[str, Any] = {
        "frame": FRAME,
        "beat": Beat(datetime(2023, 6, 30, 16), TODAY, datetime(2023, 6, 30, 15, 59), 1000, 1),  # noqa: DTZ001 as ClickHouse says it
        "lights": shown,
        "actions": [ActionLight(a, r, each.status, each.status_rank, 1) for (a, r), each in worst.items()],
        "changes": [Change(TODAY, "a01.visits", CITY, "on_track", "lagging")],
        "departments": [
            Department("civil-affairs", "云川市民政局", datetime(2023, 6, 30, 12), TODAY, False, 0, 1200, 1100.0, 3, 7, 0, 4700, 1.5, 60.0),  # noqa: DTZ001, E501
            Department("sports", "云川市体育局", None, None, True, 47, 0, 12.0, 0, 0, 0, 0, None, None),
        ],
    }  # fmt: skip
    return Snapshot(**(words | changes))


REFUSALS = [
    Refusal(
        "civil-affairs", "bad-time", "time", 3, datetime(2023, 6, 30, 3), "civil-affairs/0/17", "RFC 3339",  # noqa: DTZ001
        "2023-06-01T08:30:00+08:00", '{"name": "***"}',
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
            date(2023, month, day), f"2023-{month:02}", 3.0 * day, 42.0 * day, 1400.0, 100.0, 3.3 * day, "on_track",
            "按进度", "on pace",
        )
        for month in (5, 6) for day in range(1, 31)
    ]  # fmt: skip
    return Course(indicator, region, days, [Ahead(date(2023, 7, 7), 20.0, 22.0, 24.0, 25.0)])

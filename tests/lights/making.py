"""Small plans for tests of lights: one indicator, two counties."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from pulse.lights import history
from pulse.lights.aim import Aim, aim
from pulse.lights.assess import Lights, assess
from pulse.lights.history import Figures
from pulse.lights.silence import Bools, Reports
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions

CITY, EAST, WEST = "370800", "370811", "370812"
START, DUE = date(2023, 1, 1), date(2023, 4, 10)

REGIONS = Regions.model_validate(
    {
        "code": CITY, "zh": "济宁市", "en": "Jining", "zone": "Asia/Shanghai", "short": "JN",
        "counties": [
            {"code": EAST, "zh": "东县", "en": "East", "kind": "statutory"},
            {"code": WEST, "zh": "西县", "en": "West", "kind": "statutory"},
        ],
    }
)  # fmt: skip


def name(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def catalogue(plan: dict[str, Any] | None = None, **words: Any) -> Catalogue:
    """A plan of one indicator: a count of 100 by the plan's last day, unless the words say otherwise."""
    indicator = {
        "id": "a01.homes", "name": name("适老化改造"), "sentence": "句", "kind": "target", "department": "small",
        "unit": "户", "formula": {"kind": "count", "measure": "homes"}, "window": "year",
        "target": {"op": ">=", "value": 100}, "due": DUE, "cadence": "once", "pace": {"kind": "linear"},
    } | words  # fmt: skip
    measure = {
        "name": name("户"),
        "topic": "small",
        "reducer": "sum",
        "feeds": [{"type": "small.e"}],
        "unit": "户",
    }
    level = measure | {"reducer": "timeline", "unit": "人"}
    return Catalogue.model_validate(
        {
            "plan": {"id": "small", "name": name("小"), "start": START, "due": DUE} | (plan or {}),
            "departments": {"small": {"name": name("民政局")}},
            "actions": [{"no": 1, "name": name("一")}],
            "measures": {"homes": measure, "elders": level, "visited": level},
            "indicators": [{key: value for key, value in indicator.items() if value is not None}],
        }
    )


RATE: dict[str, Any] = {
    "unit": "%", "formula": {"kind": "ratio", "numerator": "visited", "denominator": "elders"}, "window": None,
    "target": {"op": "=", "value": 100}, "decimals": 1,
}  # fmt: skip
MONTHLY: dict[str, Any] = RATE | {"due": None, "cadence": "month", "pace": {"kind": "period"}}


def aimed(plan: Catalogue, days: int) -> Aim:
    return aim(plan, REGIONS, plan.indicators[0], days)


def judged(
    plan: Catalogue,
    numerator: Any,
    denominator: Any = None,
    *,
    reports: Reports | None = None,
    remembered: Bools | None = None,
    chance: Any = None,
    complete: bool = False,
) -> Lights:
    """Lights of some figures, [region, day] or [day]: the city's and as many counties' as there are rows."""
    top = np.atleast_2d(np.asarray(numerator, dtype=np.float64))
    count, days = top.shape
    whole = aimed(plan, days)
    few = whole.of(range(count))
    bottom = (
        np.full_like(top, np.nan)
        if denominator is None
        else np.atleast_2d(np.asarray(denominator, np.float64))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        value = top if few.factor is None else np.where(bottom > 0, few.factor * top / bottom, np.nan)
    every = np.arange(days)
    heard = reports or Reports({"small": every}, {("small", EAST): every, ("small", WEST): every})
    outlooks = history.Outlooks.none(count, days)
    if chance is not None:
        outlooks = outlooks._replace(chance=np.atleast_2d(np.asarray(chance, np.float64)))
    closes = np.zeros((count, len(few.periods.names)), np.bool_) if remembered is None else remembered
    signals = history.Signals.none(count, days)
    return assess(few, Figures(top, bottom, value), heard, closes, outlooks, signals, complete=complete)


def words_of(ranks: Any) -> list[str]:
    """Ranks as status keys."""
    from pulse.lights.statuses import BY_RANK

    return [BY_RANK[int(rank)].key for rank in np.ravel(ranks)]

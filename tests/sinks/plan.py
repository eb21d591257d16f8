"""A small plan with every formula, and its database: cells are written by hand, figures are read back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from sinks.clickhouse.tables import arrow

CITY, RENCHENG, QUFU, ZONE = "370800", "370811", "370881", "370871"
A, B, C, Z = "370811001001", "370811001002", "370881002001", "370871001001"
"""Places: two in one town of 任城, one in 曲阜, one in the zone."""

REGIONS = Regions.model_validate(
    {
        "code": CITY, "zh": "济宁市", "en": "Jining", "zone": "Asia/Shanghai",
        "counties": [
            {"code": RENCHENG, "zh": "任城区", "en": "Rencheng", "kind": "statutory"},
            {"code": QUFU, "zh": "曲阜市", "en": "Qufu", "kind": "statutory"},
            {"code": ZONE, "zh": "高新区", "en": "Zone", "kind": "zone"},
        ],
    }
)  # fmt: skip


def _name(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def measure(reducer: str, **words: Any) -> dict[str, Any]:
    """Only what views read of it: cells are written by hand here."""
    feed = {"type": "small.event"}
    feeds = (
        [feed | {"member": "case", "home": True}, feed | {"member": "end"}]
        if reducer == "condition"
        else [feed]
    )
    return {"name": _name("数"), "topic": "small", "reducer": reducer, "feeds": feeds} | words


MEASURES = {
    "attendances": measure("sum"),
    "hours": measure("sum", scale=10),
    "documents": measure("distinct", period="year"),
    "elders": measure("timeline"),
    "visited": measure("condition"),
    "accepted": measure("distinct"),
    "settled": measure("condition", cohort=True),
    "score": measure("sum", scale=10),
    "answers": measure("sum"),
    "pay": measure("timeline", scale=100),
    "heads": measure("timeline"),
    "wage": measure("timeline", scale=100),
    "urban": measure("timeline"),
    "officers": measure("timeline"),
    "auxiliaries": measure("timeline"),
    "served": measure("distinct", period="quarter"),
    "devices": measure("timeline"),
    "beats": measure("seen"),
}

FORMULAS: dict[str, dict[str, Any]] = {
    "total": {"formula": {"kind": "count", "measure": "attendances"}},
    "in_month": {"formula": {"kind": "count", "measure": "attendances"}, "window": "month"},
    "in_quarter": {"formula": {"kind": "count", "measure": "attendances"}, "window": "quarter"},
    "in_year": {"formula": {"kind": "count", "measure": "attendances"}, "window": "year"},
    "hours": {"formula": {"kind": "count", "measure": "hours"}},
    "documents": {"formula": {"kind": "count", "measure": "documents", "of": 3}, "level": "city"},
    "elders": {"formula": {"kind": "count", "measure": "elders"}, "window": "month"},
    "visit_rate": {"formula": {"kind": "ratio", "numerator": "visited", "denominator": "elders"}},
    "settled_rate": {
        "formula": {"kind": "ratio", "numerator": "settled", "denominator": "accepted"}, "window": "month",
    },
    "score": {"formula": {"kind": "average", "total": "score", "count": "answers"}, "window": "quarter"},
    "pay": {
        "formula": {"kind": "reference", "total": "pay", "count": "heads", "reference": "wage"}, "level": "county",
    },
    "police": {"formula": {"kind": "coverage", "places": "urban", "needs": {"officers": 1, "auxiliaries": 2}}},
    "served": {"formula": {"kind": "coverage", "places": "urban", "needs": {"served": 1}}, "window": "quarter"},
    "counties": {
        "formula": {"kind": "coverage", "places": "counties", "needs": {"officers": 1, "auxiliaries": 2}},
        "level": "county",
    },
    "per_place": {"formula": {"kind": "per_place", "places": "urban", "measure": "elders"}},
    "online": {"formula": {"kind": "online", "seen": "beats", "registered": "devices"}, "cadence": "hour"},
}  # fmt: skip


def catalogue(measures: dict[str, Any], formulas: dict[str, Any]) -> Catalogue:
    return Catalogue.model_validate(
        {
            "plan": {"id": "small", "name": _name("小"), "start": date(2023, 1, 1), "due": date(2023, 12, 31)},
            "departments": {"small": {"name": _name("局")}},
            "actions": [{"no": 1, "name": _name("一")}],
            "measures": measures,
            "indicators": [
                {
                    "id": f"a01.{id}", "name": _name(id), "sentence": "句", "kind": "monitor", "department": "small",
                    "unit": "个", "cadence": "always", "pace": {"kind": "none"},
                } | words
                for id, words in formulas.items()
            ],
        }
    )  # fmt: skip


CATALOGUE = catalogue(MEASURES, FORMULAS)


class Row(NamedTuple):
    """A figure."""

    numerator: float | None
    denominator: float | None
    value: float | None
    cohort: float | None = None


Figures = dict[tuple[str, str], Row]
"""(indicator, region) → figure; indicators without their action."""


class City:
    """The small plan's database."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._offset = count()

    def cells(self, *cells: tuple[str, str, str, int], partition: int = 0) -> None:
        """(measure, region, day, value), each at a higher offset than all before."""
        columns = [list(column) for column in zip(*cells, strict=True)]
        self._write(
            "cells", len(cells), measure=columns[0], region=columns[1], value=columns[3],
            day=[date.fromisoformat(day) for day in columns[2]], partition=[partition] * len(cells),
        )  # fmt: skip

    def now_is(self, instant: datetime) -> None:
        """The stream has come this far."""
        millis = int(instant.timestamp() * 1000)
        self._write("positions", 1, append_time=[millis], topic_id=[""], partitions=[1], partition=[0])

    def listed(
        self, device: str, region: str, instant: datetime, value: int = 1, live: bool = True, rank: int = 0
    ) -> None:
        """A fact of the devices' roster, and nothing of its cells."""
        micros = int(instant.timestamp()) * 1_000_000
        id = f"{device} {instant} {rank}"
        words = {name: ["x"] for name in ("source", "type", "member")}
        self._write(
            "facts", 1, measure=["devices"], subject=[device], id=[id], region=[region], time=[micros], value=[value],
            live=[live], rank=[rank], revision=[0], void=[False], fingerprint=[0], partition=[0], **words,
        )  # fmt: skip

    def heard(self, device: str, county: str, instant: datetime) -> None:
        """A device was heard in the hour that begins at `instant`."""
        rows: dict[str, list[Any]] = {
            "measure": ["beats"],
            "hour": [int(instant.timestamp())],
            "county": [county],
            "device": [device],
        }
        self.client.insert_arrow("device_hours", arrow("device_hours", rows))

    def at(self, day: str) -> Figures:
        """All figures at the end of a day."""
        return self._figures("indicator_at(day = {day:String})", day=day)

    def now(self) -> Figures:
        """All figures as of the clock."""
        return self._figures("indicator_now")

    def on(self, day: str) -> Figures:
        """City's and counties' figures of a day, from the view by day."""
        return self._figures("indicator_days", "WHERE day = {day:Date32}", day=day)

    def of(self, region: str, day: str) -> Figures:
        """One region's figures of a day, from the view of one region by day."""
        view = "indicator_days_of(region = {region:String})"
        return self._figures(view, "WHERE day = {day:Date32}", region=region, day=day)

    def _figures(self, view: str, where: str = "", **parameters: str) -> Figures:
        query = f"SELECT indicator, region, numerator, denominator, value, cohort FROM {view} {where}"
        found: Iterable[Any] = self.client.query(query, parameters=parameters).result_rows
        figures = {}
        for indicator, region, *figure in found:
            key = (indicator.partition(".")[2], region)
            assert key not in figures, f"{key} has two rows"
            figures[key] = Row(*figure)
        return figures

    def _write(self, table: str, rows: int, **columns: list[Any]) -> None:
        offsets = [next(self._offset) for _ in range(rows)]
        own: dict[str, list[Any]] = {"generation": ["g"] * rows, "topic": ["small"] * rows, "offset": offsets}
        self.client.insert_arrow(table, arrow(table, own | columns))


def utc(*parts: int) -> datetime:
    """An instant from its UTC wall time."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]

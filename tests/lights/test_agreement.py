"""One figure, wherever it is read: views, metrics, `pulse status`, for every indicator, county and several dates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from math import isclose
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

import cli.status
from cli.city import City, load_city
from cli.settings import load_settings
from lights.statuses import BY_KEY
from sinks.clickhouse.connection import connect
from sinks.light_metrics import GAUGES, LightMetrics, read
from tests.dashboards.grafana.october import october

DAYS = (date(2023, 1, 1), date(2023, 3, 31), date(2023, 7, 9), date(2023, 10, 1))

Row = dict[str, Any]
Lights = dict[tuple[str, str], Row]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A simulated city in the middle of October, judged."""
    folder = tmp_path_factory.mktemp("october")
    october(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULSE_CLICKHOUSE", f"chdb://{folder}")
        patch.setenv("PULSE_CLOCK", "stream")
        yield folder


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(load_settings())


def rows(folder: Path, query: str) -> list[Row]:
    with closing(connect(f"chdb://{folder}")) as client:
        return list(client.query(query).named_results())


def status_json(region: str, day: date | None) -> Lights:
    words = ["--json", "--region", region, *(["--day", day.isoformat()] if day else [])]
    result = CliRunner().invoke(cli.status.command, words)
    assert result.exit_code == 0, result.output
    return {(each["indicator"], region): each for each in json.loads(result.stdout)}


def same(a: Any, b: Any) -> bool:
    return a is b or a == b or (a is not None and b is not None and isclose(a, b, rel_tol=1e-12))


def test_lights_hold_the_figures_of_the_views(folder: Path) -> None:
    for day in DAYS:
        figures = rows(folder, f"SELECT * FROM indicator_at(day = '{day}') WHERE length(region) = 6")
        lights = {
            (row["indicator"], row["region"]): row
            for row in rows(folder, f"SELECT * FROM light_days WHERE day = '{day}'")
        }
        met = 0
        for figure in figures:
            light = lights.get((figure["indicator"], figure["region"]))
            if light is not None:
                met += 1
                for name in ("numerator", "denominator", "value"):
                    assert same(figure[name], light[name]), (day, name, figure, light)
        assert met == len(lights) > 700


def test_status_says_what_the_views_say(folder: Path, city: City) -> None:
    regions = [city.regions.code, *(county.code for county in city.regions.counties)]
    names = {"status": "status", "value": "value", "target": "target", "expected": "expected", "chance": "chance",
             "gap_days": "gap_days", "behind": "behind", "shortfall": "shortfall", "days_left": "days_left",
             "why_zh": "why_zh", "rule": "rule", "allowed": "tolerance", "period": "period"}  # fmt: skip
    for day in (*DAYS, None):
        where = f"light_days WHERE day = '{day}'" if day else "lights_now"
        lights = {(row["indicator"], row["region"]): row for row in rows(folder, f"SELECT * FROM {where}")}
        told: Lights = {}
        for region in regions:
            told |= status_json(region, day)
        assert told.keys() == lights.keys()
        for key, light in lights.items():
            for name, column in names.items():
                assert same(told[key][name], light[column]), (day, key, name)
            assert told[key]["since"] == light["since"].isoformat()
            assert told[key]["as_of"] == light["day"].isoformat()


def test_metrics_say_what_the_views_say(folder: Path, city: City) -> None:
    registry = CollectorRegistry()
    metrics = LightMetrics(registry, city.catalogue, city.regions)
    with closing(connect(f"chdb://{folder}")) as client:
        metrics.show(read(client))
    shown: dict[str, dict[tuple[str, str], float]] = {name: {} for name in GAUGES}
    for family in registry.collect():
        name = family.name.removeprefix("pulse_indicator_")
        if name in shown:
            for sample in family.samples:
                shown[name][sample.labels["indicator"], sample.labels["county"]] = sample.value
    zone = ZoneInfo(city.regions.zone)
    lights = rows(folder, "SELECT * FROM lights_now")
    assert len(lights) > 700
    for light in lights:
        key = (light["indicator"], light["region"])
        expected = dict(light) | {
            "status": BY_KEY[light["status"]].rank,
            "status_since_timestamp_seconds": datetime.combine(light["since"], time(), zone).timestamp(),
        }
        for name, values in shown.items():
            assert same(values.get(key), expected[name]), (name, key)


def test_the_worst_light_of_an_action_is_the_actions(folder: Path) -> None:
    lights = rows(folder, "SELECT action, region, status_rank FROM lights_now")
    actions = rows(folder, "SELECT action, region, status_rank, indicators, overdue FROM actions_now")
    for action in actions:
        where = (action["action"], action["region"])
        own = [light["status_rank"] for light in lights if (light["action"], light["region"]) == where]
        assert action["status_rank"] == max(own)
        assert action["overdue"] == own.count(9)
        assert action["indicators"] == sum(rank > 0 for rank in own)


def test_changes_are_the_days_on_which_the_shown_status_began(folder: Path) -> None:
    changes = {
        (row["indicator"], row["region"], row["day"]) for row in rows(folder, "SELECT * FROM light_changes")
    }
    begun = {
        (row["indicator"], row["region"], row["since"])
        for row in rows(
            folder, "SELECT DISTINCT indicator, region, since FROM light_days WHERE since > '2023-01-01'"
        )
    }
    assert changes == begun


def test_the_fan_ends_where_the_forecast_does(folder: Path) -> None:
    fans = rows(
        folder,
        "SELECT f.p50 AS fan, l.p50 AS light FROM fan AS f INNER JOIN lights_now AS l "
        "ON f.indicator = l.indicator AND f.region = l.region AND f.day = l.due WHERE l.due > l.day",
    )
    assert len(fans) > 20
    assert all(same(row["fan"], row["light"]) for row in fans)

"""One figure, wherever it is read, for every indicator, county and several dates: views, metrics, `pulse status`, the web
board's pages and CSV files, the quarterly report's pages and workbook, Grafana's queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, time
from math import isclose
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

import pulse.cli.status
from dashboards.web.data import ClickHouseSource
from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from pulse.lights.statuses import BY_KEY
from sinks.clickhouse.connection import connect
from sinks.light_metrics import GAUGES, LightMetrics, read
from tests.dashboards.grafana.boards import copied
from tests.dashboards.grafana.october import october
from tests.lights.faces import grafana, report, web
from tests.lights.faces.shown import Shown, differs
from tests.lights.faces.views import Views

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


def status_json(day: date | None) -> Lights:
    words = ["--json", "--region", "all", *(["--day", day.isoformat()] if day else [])]
    result = CliRunner().invoke(pulse.cli.status.command, words)
    assert result.exit_code == 0, result.output
    return {(each["indicator"], each["region"]): each for each in json.loads(result.stdout)}


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


def test_status_says_what_the_views_say(folder: Path) -> None:
    names = {"status": "status", "value": "value", "target": "target", "expected": "expected", "chance": "chance",
             "gap_days": "gap_days", "behind": "behind", "shortfall": "shortfall", "days_left": "days_left",
             "why_zh": "why_zh", "rule": "rule", "allowed": "tolerance", "period": "period"}  # fmt: skip
    for day in (*DAYS, None):
        where = f"light_days WHERE day = '{day}'" if day else "lights_now"
        lights = {(row["indicator"], row["region"]): row for row in rows(folder, f"SELECT * FROM {where}")}
        told = status_json(day)
        assert told.keys() == lights.keys()
        assert len(told) > 700
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


# --- What people are shown ---

JUDGED = ("value", "target", "status")
"""What every face shows of a light; the tables of Grafana and the pages of indicators also the rest."""
WHOLE = (*JUDGED, "expected", "gap_days", "chance", "shortfall")


def judged(folder: Path, where: str) -> Lights:
    """Rows of `light_days` with the words of their statuses."""
    found = rows(
        folder,
        "SELECT l.*, s.symbol AS status_symbol, s.zh AS status_zh FROM light_days AS l "
        f"INNER JOIN statuses AS s ON s.status = l.status WHERE {where}",
    )
    return {(row["indicator"], row["region"]): row for row in found}


def today(folder: Path) -> Lights:
    return judged(folder, "l.day = (SELECT max(day) FROM light_days)")


def compare(shown: Iterable[Shown], lights: Lights, fields: Iterable[str] = JUDGED) -> None:
    """Each is the view's; and of each light each of `fields` is shown somewhere."""
    wrong, met = [], set()
    for one in shown:
        light = lights.get((one.indicator, one.region))
        if light is None:
            # Where there is no light there is no figure: nothing, or nought of nought.
            if one.said not in (None, "", "–", 0) and one.field not in ("status", "standing"):
                wrong.append(f"{one.face} shows {one.said!r} of no light: {one}")
            continue
        met.add((one.indicator, one.region, one.field))
        if (difference := differs(one, light)) is not None:
            wrong.append(difference)
    assert not wrong, "\n".join([f"{len(wrong)} figures differ", *wrong[:20]])
    missing = {(*key, field) for key in lights for field in fields} - met
    assert not missing, f"nobody shows {sorted(missing)[:10]}"


def test_the_web_board_shows_what_the_views_say(folder: Path, city: City) -> None:
    lights = today(folder)
    with closing(connect(f"chdb://{folder}")) as client:
        shown = web.Board(city).shown(client)
    compare(shown, lights, (*WHOLE, "gap"))
    for face in {one.face for one in shown}:
        assert any(one.said is not None for one in shown if one.face == face), face


def test_a_course_is_the_same_read_alone_or_with_all_others(folder: Path) -> None:
    """What `faces.web` reads in one query is what the board reads for a page."""
    with closing(connect(f"chdb://{folder}")) as client:
        alone, together = ClickHouseSource(client), web.AtOnce(client)
        key = ("a02.visit_rate", "370811")
        assert alone.course(*key).days == together.course(*key).days


def test_grafana_s_queries_say_what_the_views_say(folder: Path, city: City) -> None:
    with closing(connect(f"chdb://{folder}")) as client:
        said = list(grafana.shown(city, client))
    compare((one for one in said if isinstance(one, Shown)), today(folder), WHOLE)
    wrong = [one for one in said if isinstance(one, grafana.Made) and one.said != one.right]
    assert not wrong, "\n".join([f"{len(wrong)} differ", *(f"{one}"[:2000] for one in wrong[:20])])


def test_every_disagreement_of_a_board_is_found(folder: Path, city: City) -> None:
    """One light on track, in a county of which no light is overdue: the boards read that it is, with another value and gap
    than the views have; and another value on one day of its course."""
    with closing(connect(f"chdb://{folder}")) as client:
        views = Views(client)
        overdue = {light["region"] for light in views.of(status="overdue")}
        light = next(
            light
            for light in views.of(status="on_track", kind="target")
            if light["region_kind"] != "city" and light["region"] not in overdue
        )
        indicator, region, zh = light["indicator"], light["region"], light["region_zh"]
        with copied(client) as boards:
            for table, moved in {
                "lights_now": "value = -1e6, gap_days = -400, behind = 7, status = 'overdue', status_rank = 9",
                "light_days": "value = if(day = '2023-07-09', value + 1, value)",
            }.items():
                client.command(
                    f"ALTER TABLE copied.{table} UPDATE {moved} WHERE indicator = '{indicator}' "
                    f"AND region = '{region}' SETTINGS mutations_sync = 1"
                )
            said = list(grafana.Face(city, views, boards).wall())
            views.lights = views.of(indicator=indicator)
            one = grafana.Face(city, views, boards)
            said += [*one.rankings(), *one.curves()]
    wrong = {each.where for each in said if isinstance(each, grafana.Made) and each.said != each.right}
    assert wrong >= {
        f"wall: 17项行动 of {zh}", f"要管的指标 of {zh}", *(f"各县区, {days} days" for days in grafana.PERIODS),
        f"县区排名 of {indicator}", f"curves of {indicator} in {zh}", f"curves of {indicator} by county",
    }  # fmt: skip
    others = {city.regions.zh, *(county.zh for county in city.regions.counties)} - {zh}
    assert not [where for where in wrong if any(f" {other}" in where for other in others)]
    with pytest.raises(AssertionError, match=f"{indicator} in {region}: value is shown as"):
        compare((each for each in said if isinstance(each, Shown)), today(folder), ())


@pytest.fixture(scope="module")
def quarter(folder: Path, city: City) -> report.Report:
    with closing(connect(f"chdb://{folder}")) as client:
        return report.Report(city, client, "2023Q3")


def test_the_report_s_workbook_says_what_the_views_say(folder: Path, quarter: report.Report) -> None:
    lights = judged(folder, f"l.day = '{quarter.day}'")
    compare(quarter.workbook(), lights, report.COLUMNS.values())


def test_the_report_s_pages_say_what_the_views_say(folder: Path, city: City, quarter: report.Report) -> None:
    lights = judged(folder, f"l.day = '{quarter.day}'")
    for region in (city.regions.code, "370811", "370831"):
        own = {key: light for key, light in lights.items() if key[1] == region}
        shown = list(quarter.page(region))
        compare(
            [one for one in shown if one.region == region], own, (*JUDGED, "chance", "shortfall", "standing")
        )
        compare([one for one in shown if one.region != region], lights, ())


def test_every_disagreement_is_found(folder: Path, quarter: report.Report) -> None:
    """One figure of one light is another one than the report, which was read before, shows: page and workbook are told."""
    lights = judged(folder, f"l.day = '{quarter.day}'")
    key, light = next(
        (key, light)
        for key, light in lights.items()
        if key[1] == "370800" and light["chance"] not in (None, 0.0, 1.0) and light["gap"] < 0
    )
    for moved in (
        {"value": light["value"] + 1},
        {"target": light["target"] + 1},
        {"chance": light["chance"] + (0.011 if light["chance"] < 0.5 else -0.011)},
        {"shortfall": light["shortfall"] + 1},
        {"status": "x", "status_zh": "别的", "status_symbol": "x"},
    ):
        planted = lights | {key: light | moved}
        for shown in (quarter.page(key[1]), quarter.workbook()):
            with pytest.raises(
                AssertionError, match=f"{key[0]} in {key[1]}: {next(iter(moved))} is shown as"
            ):
                compare(shown, planted, ())

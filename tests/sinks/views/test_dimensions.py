"""The catalogue written down as SQL: the exact text for a tiny one, and the packaged one on the real engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from clickhouse_connect.driver.client import Client

from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from schemas.registry import event_types
from sinks.clickhouse.reads.figures import figures, region_names
from sinks.clickhouse.views.create import create_views, script
from sinks.clickhouse.views.dimensions import Dimension, clock, dimensions, literal, terms
from tests.sinks import plan

NASTY = "it's a \\ 'quoted'\nline {x:String} %s -- ; /* é 济宁"

TINY = Catalogue.model_validate(
    {
        "plan": {"id": "tiny", "name": {"zh": "小", "en": "it's"}, "start": date(2023, 1, 1), "due": date(2023, 12, 31)},
        "departments": {"works": {"name": {"zh": "局\\", "en": "Works"}}},
        "actions": [{"no": 1, "name": {"zh": "一", "en": "one"}}],
        "measures": {
            "games": {
                "name": {"zh": "数", "en": "number"}, "topic": "works", "reducer": "distinct", "unit": "场",
                "feeds": [{"type": "works.game"}],
            },
            "towns": {
                "name": {"zh": "社区", "en": "towns"}, "topic": "works", "reducer": "timeline", "scale": 100,
                "feeds": [{"type": "works.town"}],
            },
        },
        "indicators": [
            {
                "id": "a01.games", "name": {"zh": "多行\n名", "en": "games"}, "sentence": "句", "kind": "target",
                "department": "works", "unit": "场", "formula": {"kind": "count", "measure": "games", "of": 3},
                "window": "year", "target": {"op": ">", "value": "200.5"}, "due": date(2023, 12, 31), "cadence": "once",
                "pace": {"kind": "linear"}, "level": "county", "decimals": 1, "note": "",
            },
            {
                "id": "a01.cover", "name": {"zh": "覆盖", "en": "cover"}, "sentence": "句", "kind": "monitor",
                "department": "works", "unit": "%", "cadence": "always", "pace": {"kind": "none"},
                "formula": {"kind": "coverage", "places": "counties", "needs": {"towns": 2, "games": 1}},
            },
        ],
    }
)  # fmt: skip
CITY = Regions.model_validate(
    {
        "code": "990100", "zh": "云川市", "en": "Yunchuan", "zone": "Asia/Urumqi",
        "counties": [
            {"code": "990101", "zh": "上川县", "en": "Upper", "kind": "statutory"},
            {"code": "990171", "zh": "新区", "en": "New", "kind": "zone"},
        ],
    }
)  # fmt: skip

SQL = """\
CREATE OR REPLACE VIEW plan AS
SELECT id, zh, en, zone, start, due, city FROM values(
    'id String, zh String, en String, zone String, start Date32, due Date32, city String',
    ('tiny', '小', 'it\\'s', 'Asia/Urumqi', '2023-01-01', '2023-12-31', '990100')
)
CREATE OR REPLACE VIEW regions AS
SELECT code, level, zh, en, kind, in_every_county FROM values(
    'code String, level String, zh String, en String, kind String, in_every_county Bool',
    ('990100', 'city', '云川市', 'Yunchuan', 'city', false),
    ('990101', 'county', '上川县', 'Upper', 'statutory', true),
    ('990171', 'county', '新区', 'New', 'zone', false)
)
CREATE OR REPLACE VIEW terms AS
SELECT indicator, role, measure, window, at_least, counties FROM values(
    'indicator String, role String, measure String, window String, at_least Int64, counties Bool',
    ('a01.games', 'numerator', 'games', 'year', 1, false),
    ('a01.cover', 'need', 'towns', '', 2, true),
    ('a01.cover', 'need', 'games', '', 1, true)
)
CREATE OR REPLACE VIEW meant AS
SELECT indicator, regions FROM values(
    'indicator String, regions String',
    ('a01.games', '990100,990101,990171'),
    ('a01.cover', '990100,990101')
)
CREATE OR REPLACE VIEW measures AS
SELECT measure, topic, reducer, zh, en, unit, scale FROM values(
    'measure String, topic String, reducer String, zh String, en String, unit String, scale Int64',
    ('games', 'works', 'distinct', '数', 'number', '场', 1),
    ('towns', 'works', 'timeline', '社区', 'towns', '', 100)
)
CREATE OR REPLACE VIEW departments AS
SELECT department, position, zh, en, silent_after FROM values(
    'department String, position UInt16, zh String, en String, silent_after UInt16',
    ('works', 0, '局\\\\', 'Works', 30)
)
CREATE OR REPLACE VIEW rosters AS
SELECT measure, kind FROM null('measure String, kind String')
CREATE OR REPLACE VIEW roster_types AS
SELECT type FROM null('type String')
CREATE OR REPLACE VIEW actions AS
SELECT action, zh, en FROM values(
    'action UInt8, zh String, en String',
    (1, '一', 'one')
)"""


def test_the_exact_text_of_a_tiny_catalogue() -> None:
    made = {dimension.name: dimension.view().create() for dimension in dimensions(TINY, CITY)}
    indicators, statuses = made.pop("indicators"), made.pop("statuses")
    assert "('place-unknown', '地点不在名册', 'place on no roster')" in made.pop("orphan_kinds")
    links = made.pop("links")
    assert "('games', 'place', '', false, '', true, ['a01.cover'], [])" in links
    assert "('towns', 'place', '', true, '', true, ['a01.cover'], [])" in links
    assert "('overdue', 9, '逾期', 'overdue', '■', '#B3261E', '#F2877F')" in statuses
    assert "\n".join(made.values()) == SQL
    rows = indicators.splitlines()[3:5]
    assert rows[0].startswith(
        "    ('a01.games', 0, 1, '多行\\n名', 'games', '句', 'target', 'works', '局\\\\', '场', 'count', 1, 1, 3,"
    )
    assert "'>', 200.5, " in rows[0]
    assert "'2023-12-31'" in rows[0]
    assert rows[1].startswith(
        "    ('a01.cover', 1, 1, '覆盖', 'cover', '句', 'monitor', 'works', '局\\\\', '%', 'coverage', 1, 1, NULL,"
    )
    assert "'', NULL, " in rows[1]


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"), (True, "true"), (False, "false"), (7, "7"), (-1, "-1"), (Decimal("0.10"), "0.10"),
        (date(2023, 1, 2), "'2023-01-02'"), ("", "''"), ("a'b", r"'a\'b'"), ("a\\", r"'a\\'"), ("a\nb", r"'a\nb'"),
        ("\\'", r"'\\\''"), ("\\n", r"'\\n'"),
    ],
)  # fmt: skip
def test_literals(value: str | int | Decimal | date | None, sql: str) -> None:
    assert literal(value) == sql


@pytest.mark.parametrize(
    "text", [NASTY, "'", "\\", "\\'", "\\\\n", "\n\r\t", "');\nDROP TABLE cells;\n--", "{day:Date32}"]
)
def test_text_comes_back_as_it_was_written(client: Client, text: str) -> None:
    client.command(
        Dimension("nasty", "a String, n Nullable(Int64)", [(text, None), (text + text, 1)]).view().create()
    )
    assert list(client.query("SELECT a, n FROM nasty").result_rows) == [(text, None), (text + text, 1)]


def test_the_script_is_a_function_of_the_catalogue() -> None:
    assert script(TINY, CITY, "wall") == script(TINY.model_copy(), CITY, "wall")
    walls, streams = script(TINY, CITY, "wall"), script(TINY, CITY, "stream")
    assert len(set(walls) ^ set(streams)) == 2, "only the clock is another one"
    assert "now64(6, 'UTC')" in clock(TINY, CITY, "wall").body
    assert "now64" not in clock(TINY, CITY, "stream").body


def test_a_flow_has_a_window_and_a_level_none() -> None:
    """The indicator's window is of what happens; who stands on a roster stands there."""
    by_id = {indicator.id: indicator for indicator in plan.CATALOGUE.indicators}
    served = {term.measure: term.window for term in terms(plan.CATALOGUE, by_id["a01.served"])}
    assert served == {"urban": "", "served": "quarter"}
    cohort = {term.measure: term.window for term in terms(plan.CATALOGUE, by_id["a01.settled_rate"])}
    assert cohort == {"settled@month": "", "settled": "month", "accepted": "month"}
    assert [term.window for term in terms(plan.CATALOGUE, by_id["a01.elders"])] == [""]
    assert [term.window for term in terms(plan.CATALOGUE, by_id["a01.total"])] == [""]


def test_every_measure_of_a_formula_has_a_role() -> None:
    for indicator in plan.CATALOGUE.indicators:
        read = {term.measure for term in terms(plan.CATALOGUE, indicator)}
        cohorts = {plan.CATALOGUE.read(indicator, key) for key in indicator.formula.reads}
        assert read == {*indicator.formula.reads, *cohorts}, indicator.id


def test_zones_are_in_every_county_where_the_plan_says_so() -> None:
    everyone = TINY.model_copy(update={"plan": TINY.plan.model_copy(update={"counties": "all"})})
    (regions,) = (d for d in dimensions(everyone, CITY) if d.name == "regions")
    assert [row[-1] for row in regions.rows] == [False, True, True]


def test_the_packaged_plan(client: Client) -> None:
    """All views of Jining's plan can be made, made again, and give a row for each indicator and county."""
    regions = load_regions(DEFAULT_REGIONS)
    catalogue = load(DEFAULT_CATALOGUE, regions, event_types)
    create_views(client, catalogue, regions, "wall")
    create_views(client, catalogue, regions, "wall")
    found = figures(client, "370800")
    assert [figure.indicator for figure in found] == [indicator.id for indicator in catalogue.indicators]
    assert [figure.target for figure in found] == [
        float(indicator.target.value) if indicator.target else None for indicator in catalogue.indicators
    ]
    assert [figure.due for figure in found] == [indicator.due for indicator in catalogue.indicators]
    assert region_names(client)["370831"] == "泗水县"
    rows = client.query("SELECT count(), uniqExact(indicator, region) FROM indicator_now").result_rows
    wanted = len(catalogue.indicators) * (1 + len(regions.counties))
    assert list(rows) == [(wanted, wanted)]


def test_figures_of_a_day_and_of_now(city: plan.City) -> None:
    city.cells(("hours", plan.A, "2023-01-01", 15), ("documents", plan.CITY, "2023-02-01", 2))
    city.now_is(plan.utc(2023, 1, 31))
    now = {figure.indicator: figure for figure in figures(city.client, plan.CITY)}
    then = {figure.indicator: figure for figure in figures(city.client, plan.CITY, date(2023, 2, 1))}
    assert list(now) == [indicator.id for indicator in plan.CATALOGUE.indicators]
    assert (now["a01.hours"].value, now["a01.documents"].value) == (1.5, 0)
    assert (then["a01.documents"].value, then["a01.documents"].denominator) == (2, 3)
    assert now["a01.hours"].percent is None
    assert now["a01.hours"]._replace(target=3.0).percent == 50
    assert now["a01.hours"]._replace(target=0.0).percent is None
    assert not figures(city.client, "370811999999")

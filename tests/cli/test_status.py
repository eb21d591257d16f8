"""`pulse status`: the table, its JSON, and what it says where it cannot answer. On a real embedded database."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from clickhouse_connect.driver.client import Client
from rich.cells import cell_len
from rich.console import Console

from pulse.app.city import load_city
from pulse.app.settings import load_settings
from pulse.assessor.assessor import Assessor
from pulse.cli import migrate, status
from pulse.errors import Stopped
from pulse.terminal.figures import chance, days, parts, table, target, value
from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.registry import event_types
from sinks.clickhouse.connection import connect
from sinks.clickhouse.migrate import migrations
from sinks.clickhouse.reads.figures import Figure, Light
from sinks.clickhouse.tables import arrow
from sinks.clickhouse.views.create import create_views
from tests.cli.second_city import second_city

DAY = (date(2025, 3, 5) - date(1970, 1, 1)).days
CELLS = [
    ("first_aid", "990101001001", 120),
    ("first_aid", "990102", 30),
    ("brands", "990103", 6),
    ("carriers", "990101", 2),
]

Pulse = Callable[..., Result]


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """The command, for the second city, on an empty folder."""
    second_city(tmp_path, monkeypatch)

    def run(*words: str) -> Result:
        command = migrate.command if words == ("migrate",) else status.command
        return CliRunner().invoke(command, [] if words == ("migrate",) else list(words))

    return run


@pytest.fixture
def filled(pulse: Pulse, tmp_path: Path) -> Pulse:
    """A database with some figures."""
    assert pulse("migrate").exit_code == 0
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        client.command("INSERT INTO generations SELECT 'g', 'yunchuan', now64(3), '{}'")
        n = len(CELLS)
        measures, regions, values = map(list, zip(*CELLS, strict=True))
        rows: dict[str, list[Any]] = {
            "generation": ["g"] * n, "topic": ["t"] * n, "partition": [0] * n, "offset": [1] * n, "measure": measures,
            "region": regions, "day": [DAY] * n, "value": values,
        }  # fmt: skip
        client.insert_arrow("cells", arrow("cells", rows))
    return pulse


def test_a_database_without_views_says_what_to_do(pulse: Pulse) -> None:
    result = pulse()
    assert result.exit_code == 2
    assert (
        result.stderr
        == "Error: this database has no views yet: run `pulse migrate` (or `pulse demo`) first\n"
    )


def test_migrate_says_what_it_did_and_can_be_repeated(pulse: Pulse) -> None:
    first, second = pulse("migrate"), pulse("migrate")
    applied = "".join(f"applied {each.version:04d} {each.name}\n" for each in migrations())
    assert first.output == applied + "up to date · views of 云川市2025年社区服务计划: 5 indicators\n"
    assert second.output == "up to date · views of 云川市2025年社区服务计划: 5 indicators\n"


def test_the_table(filled: Pulse) -> None:
    result = filled()
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("云川市2025年社区服务计划 · 云川市 · 2025-")
    rows = {line.split()[0]: line for line in lines if line.startswith(" a")}
    assert list(rows) == ["a01.carriers", "a01.brands", "a01.games", "a02.first_aid", "a02.shelters"]
    assert "33 %" in rows["a01.carriers"]
    assert "1 / 3" in rows["a01.carriers"]
    assert "150 人次" in rows["a02.first_aid"]
    assert "> 3 000 人次" in rows["a02.first_aid"]
    assert "5.0 %" in rows["a02.first_aid"]
    assert "≈ 8 个" in rows["a01.brands"]
    assert "–" in rows["a02.shelters"], "nothing to divide by"
    assert "云川市应急局" in rows["a02.shelters"]


def test_json(filled: Pulse) -> None:
    result = filled("--json", "--day", "2025-03-31")
    figures = {figure["indicator"]: figure for figure in json.loads(result.stdout)}
    assert list(figures) == ["a01.carriers", "a01.brands", "a01.games", "a02.first_aid", "a02.shelters"]
    first_aid = figures["a02.first_aid"]
    assert (first_aid["value"], first_aid["target"], first_aid["due"], first_aid["zh"]) == (
        150,
        3000,
        "2025-11-30",
        "急救培训",
    )
    assert figures["a02.shelters"]["value"] is None
    assert "急救培训" in result.stdout


def test_a_region(filled: Pulse) -> None:
    result = filled("--region", "990101", "--day", "2025-03-31")
    assert "上川县 · 2025-03-31" in result.stdout
    assert "120 人次" in result.stdout
    place = filled("--region", "990101001001", "--day", "2025-03-31")
    assert "上川县 990101001001" in place.stdout
    assert "120 人次" in place.stdout


def test_all_regions(filled: Pulse) -> None:
    """The city, then county by county, each as it is told alone; of their lights' absence one word."""
    together = json.loads(filled("--json", "--region", "all", "--day", "2025-03-31").stdout)
    codes = ["990100", "990101", "990102", "990103"]
    alone = [json.loads(filled("--json", "--region", code, "--day", "2025-03-31").stdout) for code in codes]
    assert together == [figure for figures in alone for figure in figures]
    shown = filled("--region", "all", "--day", "2025-03-31", "--action", "2").stdout
    heads = [line.split(" · ")[1] for line in shown.splitlines() if " · " in line]
    assert heads == ["云川市", "上川县", "中川县", "下川县"]
    assert shown.count("急救培训") == len(codes)
    assert shown.count("尚未评估") == 1


def test_a_day_before_anything_happened(filled: Pulse) -> None:
    result = filled("--day", "2025-03-04", "--json")
    assert {figure["value"] for figure in json.loads(result.stdout) if figure["formula"] == "count"} == {0}


def test_an_action(filled: Pulse) -> None:
    result = filled("--action", "2", "--json")
    assert [figure["action"] for figure in json.loads(result.stdout)] == [2, 2]
    unknown = filled("--action", "3")
    assert unknown.exit_code == 2
    assert "Invalid value for --action: expected 1 to 2" in unknown.stderr


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("11", "6、9 或 12 位"),
        ("370831", "990101、990102、990103"),
        ("990101000", "不补 0"),
        ("上川县", "6、9 或 12 位"),
    ],
)
def test_a_wrong_region_is_told_what_was_expected(pulse: Pulse, code: str, expected: str) -> None:
    result = pulse("--region", code)
    assert result.exit_code == 2
    assert f"Invalid value for --region: {code}: expected" in result.stderr
    assert expected in result.stderr


def test_a_place_that_no_event_named(filled: Pulse) -> None:
    result = filled("--region", "990103009009")
    assert result.exit_code == 2
    assert "nothing is known of 990103009009: no event named it" in result.stderr


@pytest.mark.parametrize("day", ["2025-02-28", "2025-12-01", "1999-03-05"])
def test_a_day_outside_the_plan_is_told_the_plans(pulse: Pulse, day: str) -> None:
    result = pulse("--day", day)
    assert result.exit_code == 2
    assert f"Invalid value for --day: {day}: the plan runs from 2025-03-01 to 2025-11-30" in result.stderr


def test_a_day_that_is_still_to_come(filled: Pulse, tmp_path: Path) -> None:
    city = load_city(load_settings())
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        _now(client, datetime(2025, 3, 20, tzinfo=UTC), 9)
        create_views(client, city.catalogue, city.regions, "stream")
    assert filled("--day", "2025-03-20").exit_code == 0
    result = filled("--day", "2025-03-21")
    assert result.exit_code == 2
    assert "2025-03-21 is still to come: figures go up to 2025-03-20" in result.stderr


@pytest.mark.parametrize("day", ["yesterday", "2025-13-01", "1.3.2025"])
def test_a_wrong_day(pulse: Pulse, day: str) -> None:
    assert pulse("--day", day).exit_code == 2


# --- The table by itself ---

SOME = Figure(
    indicator="a01.name", action=1, zh="名称", en="name", kind="target", unit="个", formula="count", decimals=0,
    department_zh="局", target_op=">=", target=200.0, tolerance=None, due=None, cadence="once", finest="place",
    numerator=50.0, denominator=None, value=50.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def jining() -> list[Figure]:
    """The packaged plan's 51 rows, as wide as they get."""
    catalogue = load(DEFAULT_CATALOGUE, load_regions(DEFAULT_REGIONS), event_types)
    return [
        SOME._replace(
            indicator=indicator.id, action=indicator.action, zh=indicator.name.zh, unit=indicator.unit,
            decimals=indicator.decimals, department_zh=catalogue.departments[indicator.department].name.zh,
            target_op=indicator.target.op if indicator.target else "",
            target=float(indicator.target.value) if indicator.target else None, numerator=26_123.0,
            denominator=30_000.0, value=26_123.4,
        )
        for indicator in catalogue.indicators
    ]  # fmt: skip


def drawn(figures: list[Figure], width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(table(figures, "某计划 · 济宁市 · 2023-06-30", width))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (80, ["名称", "数值", "目标", "完成"]),
        (110, ["指标", "名称", "数值", "目标", "完成"]),
        (160, ["指标", "名称", "数值", "分子", "/", "分母", "目标", "完成", "责任单位"]),
    ],
)
def test_the_table_fits_its_terminal(jining: list[Figure], width: int, headings: list[str]) -> None:
    lines = drawn(jining, width)
    assert lines[2].split() == headings
    assert max(map(cell_len, lines)) <= width
    text = "\n".join(lines)
    for figure in jining:
        assert figure.zh[:6] in text, "no name shrinks to nothing"
    values = [line for line in lines if "26 123" in line]
    assert len(values) == len(jining), "one line for each indicator, its value whole"


def test_actions_are_set_apart(jining: list[Figure]) -> None:
    """An empty line between two actions, none after the last."""
    lines = drawn(jining, 110)
    gaps = [n for n, line in enumerate(lines[4:]) if not line.strip()]
    assert len([n for n in gaps if n + 5 < len(lines)]) == len({figure.action for figure in jining}) - 1


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"value": None}, "–"), ({"value": 26000.0}, "26 000 个"), ({"value": 37.54, "decimals": 1, "unit": "%"}, "37.5 %"),
        ({"value": 0.0}, "0 个"),
    ],
)  # fmt: skip
def test_values(changes: dict[str, Any], shown: str) -> None:
    assert value(SOME._replace(**changes)) == shown


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "≥ 200 个"), ({"target": 26000.0}, "≥ 26 000 个"), ({"target_op": ">"}, "> 200 个"),
        ({"target_op": "~"}, "≈ 200 个"), ({"target_op": "="}, "= 200 个"), ({"target": 2.5}, "≥ 2.5 个"),
        ({"target": None, "kind": "monitor"}, "监测"), ({"target": None, "kind": "milestone"}, ""),
    ],
)  # fmt: skip
def test_targets(changes: dict[str, Any], shown: str) -> None:
    assert target(SOME._replace(**changes)) == shown


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [
        (3.0, 8.0, "3 / 8"),
        (None, 8.0, ""),
        (3.0, None, ""),
        (3000.5, 4000.0, "3 000.5 / 4 000.0"),
        (0.0, 0.0, "0 / 0"),
    ],
)
def test_parts(numerator: float | None, denominator: float | None, shown: str) -> None:
    assert parts(SOME._replace(numerator=numerator, denominator=denominator)) == shown


LIT = SOME._replace(
    light=Light(
        status="lagging", rank=8, status_zh="滞后", status_en="lagging", symbol="▼", color="#D55E00",
        since=date(2023, 6, 12), raw="lagging", rule="behind_pace", period="2023", period_due=date(2023, 12, 31),
        days_left=184, expected=99.2, allowed=10.0, gap=-49.2, gap_days=-89.8, behind=50.0, shortfall=150.0, rate28=0.4,
        required_rate=0.8, chance=0.41, p10=80.0, p50=120.0, p85=190.0, p90=210.0, no_forecast="", direction="steady",
        signal="", assurance="", last_report=date(2023, 6, 30), why_zh="落后超过允许范围。", why_en="Behind.",
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (80, ["状态", "名称", "数值", "目标"]),
        (90, ["状态", "名称", "数值", "目标", "天"]),
        (110, ["状态", "名称", "数值", "目标", "概率", "天", "自"]),
        (140, ["指标", "状态", "名称", "数值", "目标", "完成", "概率", "天", "自"]),
    ],
)
def test_lights_fit_their_terminal(jining: list[Figure], width: int, headings: list[str]) -> None:
    lines = drawn([figure._replace(light=LIT.light) for figure in jining], width)
    assert lines[2].split() == headings
    assert max(map(cell_len, lines)) <= width
    assert len([line for line in lines if "▼ 滞后" in line and "26 123" in line]) == len(jining)


def test_a_row_with_its_light() -> None:
    line = next(line for line in drawn([LIT], 140) if "▼" in line)
    assert line.split() == "a01.name ▼ 滞后 名称 50 个 ≥ 200 个 25.0 % 41 % -90 06-12".split()  # noqa: SIM905 — as it reads


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "41 %"), ({"chance": 0.001}, "<1 %"), ({"chance": 0.999}, ">99 %"),
        ({"chance": None, "no_forecast": "too_little"}, "–"), ({"chance": None, "no_forecast": "over"}, ""),
    ],
)  # fmt: skip
def test_chances(changes: dict[str, Any], shown: str) -> None:
    assert LIT.light is not None
    assert chance(LIT._replace(light=LIT.light._replace(**changes))) == shown


def test_without_an_assessment_it_says_so(filled: Pulse) -> None:
    result = filled("--day", "2025-03-31")
    assert "2025-03-31 尚未评估" in result.stdout
    assert "pulse assess --once" in result.stdout


def test_lights_and_reasons_and_their_age(filled: Pulse, tmp_path: Path) -> None:
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        at = [int(datetime(2025, 3, 20, tzinfo=UTC).timestamp() * 1000)]
        position: dict[str, list[Any]] = {
            "generation": ["g"], "topic": ["red-cross"], "partition": [0], "offset": [9], "append_time": at,
            "topic_id": [""], "partitions": [1],
        }  # fmt: skip
        client.insert_arrow("positions", arrow("positions", position))
        Assessor(load_city(load_settings()).catalogue, load_city(load_settings()).regions).refresh(client)
        client.insert_arrow("positions", arrow("positions", position | {"offset": [12]}))
    result = filled("--why")
    rows = [line for line in result.stdout.splitlines() if line.startswith(" a")]
    assert len(rows) == 5
    assert all("○ 无数据" in row or "◇ 未报送" in row or "◆ 监测" in row for row in rows)
    assert result.stdout.count("截至") == 5
    assert "此后又有 3 条事件未评估" in result.stdout
    told = json.loads(filled("--json", "--region", "990101").stdout)
    assert {each["region"] for each in told} == {"990101"}
    assert all(each["why_zh"].startswith("截至") and each["as_of"] for each in told)


def test_an_assessment_that_was_interrupted_shows_no_part_of_it(filled: Pulse, tmp_path: Path) -> None:
    """Nor does one of another day, nor a light that is missing for another reason: it is named."""
    city = load_city(load_settings())
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        _now(client, datetime(2025, 3, 20, tzinfo=UTC), 9)
        with pytest.raises(Stopped):
            Assessor(city.catalogue, city.regions).refresh(client, stop=_after(3))
        assert client.command("SELECT count() FROM lights") != 0
        for view in ("light_days", "lights_now", "actions_now", "light_changes", "fan", "unlit"):
            assert client.command(f"SELECT count() FROM {view}") == 0, view
    result = filled()
    assert [line.split()[0] for line in result.stdout.splitlines() if line.startswith(" a")] == EVERY
    said = result.stdout.replace("\n", "")
    assert "2025-11-30 的评估没有做完：5 项指标只评了 2 项，正在进行或被中断" in said, "of the wall's clock"
    assert "pulse assess --once" in said
    told = filled("--json")
    assert [each["indicator"] for each in json.loads(told.stdout)] == EVERY
    assert {each["status"] for each in json.loads(told.stdout)} == {None}
    assert "的评估没有做完" in told.stderr


def test_a_light_that_is_missing_is_named(filled: Pulse, tmp_path: Path) -> None:
    city = load_city(load_settings())
    with closing(connect(f"chdb://{tmp_path}/data")) as client:
        _now(client, datetime(2025, 3, 20, tzinfo=UTC), 9)
        Assessor(city.catalogue, city.regions).refresh(client)
        assert client.query("SELECT * FROM unlit").result_rows == []
        client.command("DELETE FROM lights WHERE indicator = 'a02.first_aid'")
        missing = client.query("SELECT DISTINCT indicator FROM unlit").result_rows
        assert missing == [("a02.first_aid",)]
    result = filled("--why")
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line.startswith(" a")}
    assert list(rows) == EVERY
    assert "150 人次" in rows["a02.first_aid"]
    assert "5 项指标中有 1 项没有 2025-11-30 的灯，只有数：a02.first_aid。" in result.stdout


EVERY = ["a01.carriers", "a01.brands", "a01.games", "a02.first_aid", "a02.shelters"]


def _after(questions: int) -> Callable[[], bool]:
    """Stops an assessment when it asks once more."""
    left = iter(range(questions))
    return lambda: next(left, None) is None


def _now(client: Client, at: datetime, offset: int) -> None:
    position: dict[str, list[Any]] = {
        "generation": ["g"], "topic": ["red-cross"], "partition": [0], "offset": [offset],
        "append_time": [int(at.timestamp() * 1000)], "topic_id": [""], "partitions": [1],
    }  # fmt: skip
    client.insert_arrow("positions", arrow("positions", position))


@pytest.mark.parametrize(
    ("gap", "shown"), [(None, ""), (-89.8, "-90"), (-0.3, "0"), (0.0, "0"), (0.4, "0"), (10.1, "+10")]
)
def test_days(gap: float | None, shown: str) -> None:
    assert LIT.light is not None
    assert days(LIT._replace(light=LIT.light._replace(gap_days=gap))) == shown

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.web import numerals, quantities, sentences, texts
from dashboards.web.address import Language
from dashboards.web.numerals import amount, month, share, signed
from tests.dashboards.web.town import COUNTIES, FRAME, games, light

NBSP = "\u00a0"
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def test_a_lagging_light_in_plain_words() -> None:
    said = sentences.lagging(light(COUNTIES[0], shortfall=312.0), FRAME, "zh")
    assert said.replace(NBSP, " ") == "甲县 月探访率 78.0 %，差 312 人，还剩 9 天，责任单位 民政局"
    english = sentences.lagging(light(COUNTIES[0], shortfall=312.0), FRAME, "en")
    assert (
        english.replace(NBSP, " ")
        == "County A: Elders visited 78.0 %, 312 persons short, 9 days left, Civil Affairs Bureau"
    )


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        ({"days_left": 9}, "还剩 9 天", "9 days left"),
        ({"days_left": 1}, "还剩 1 天", "1 day left"),
        ({"days_left": 0}, "今天到期", "due today"),
        ({"days_left": 0, "status": "overdue", "cadence": "once"}, "已到期", "past due"),
        ({"days_left": -4, "status": "overdue", "cadence": "once"}, "超期 4 天", "4 days past due"),
        # A month that is over was missed; the present one is still under way.
        ({"days_left": 4, "status": "overdue", "cadence": "month"}, "本期还剩 4 天", "4 days left in this period"),
        ({"days_left": 0, "status": "overdue", "cadence": "month"}, "本期今天结束", "this period ends today"),
        ({"days_left": None}, "", ""),
    ],
)  # fmt: skip
def test_how_long_there_is(changes: dict[str, Any], zh: str, en: str) -> None:
    assert sentences.time_left(light(**changes), "zh").replace(NBSP, " ") == zh
    assert sentences.time_left(light(**changes), "en").replace(NBSP, " ") == en


def test_no_line_breaks_within_a_figure() -> None:
    assert (
        numerals.unbroken("预计1 455（1 308至1 234 567），2 天")
        == "预计1\u00a0455（1\u00a0308至1\u00a0234\u00a0567），2 天"
    )
    for lang in LANGUAGES:
        said = (
            quantities.value(games(value=1234.0), FRAME, lang),
            quantities.goal(games(target=30000.0), FRAME, lang),
        )
        assert " " not in "".join(said)


def test_a_count_is_short_of_its_pace_and_nothing_is_said_where_nothing_is_short() -> None:
    assert sentences.short_of(games(behind=3.0, shortfall=5.0), FRAME, "zh") == f"差 3{NBSP}场"
    assert sentences.short_of(games(), FRAME, "zh") == ""


@pytest.mark.parametrize(
    ("gap_days", "zh", "en"),
    [
        (-3.6, "落后 3.6\u00a0天", "3.6\u00a0days behind"),
        (128.4, "超前 128\u00a0天", "128\u00a0days ahead"),
        (0.01, "与进度持平", "on pace"),
        (None, "", ""),
    ],
)
def test_tempo(gap_days: float | None, zh: str, en: str) -> None:
    assert sentences.tempo(light(gap_days=gap_days), "zh") == zh
    assert sentences.tempo(light(gap_days=gap_days), "en") == en


def test_no_forecast_gives_its_reason() -> None:
    assert sentences.outlook(light(chance=None, no_forecast="shifted"), "zh") == "无法预测（过程已明显改变）"
    assert sentences.outlook(light(chance=None, no_forecast="unheard of"), "zh") == "无法预测（unheard of）"
    assert sentences.outlook(light(chance=0.12), "zh") == f"12{NBSP}%"


def test_targets_as_the_plan_words_them() -> None:
    assert quantities.goal(games(), FRAME, "zh").replace(NBSP, " ") == "> 10 场"
    assert (
        quantities.goal(games(target_op="~", target=30000.0), FRAME, "zh").replace(NBSP, " ") == "≈ 30 000 场"
    )
    assert quantities.goal(games(), FRAME, "en").replace(NBSP, " ") == "> 10 events"
    assert quantities.goal(games(), FRAME, "zh", beside=True) == quantities.goal(games(), FRAME, "zh")
    assert quantities.goal(games(), FRAME, "en", beside=True).replace(NBSP, " ") == "> 10"
    assert quantities.goal(light(), FRAME, "en", beside=True).replace(NBSP, " ") == "= 100 %"
    assert quantities.goal(light(target=None), FRAME, "zh") == ""


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        ({"value": 12.0}, "12 场", "12 events"),
        ({"value": 1.0}, "1 场", "1 event"),
        ({"value": 1.0, "decimals": 1}, "1.0 场", "1.0 events"),
        ({"value": 1.0, "unit": "个"}, "1 个", "1"),
        ({"value": 3.0, "unit": "里"}, "3 里", "3 里"),
        ({"value": None}, "–", "–"),
    ],
)
def test_units_are_said_as_the_catalogue_says_them(changes: dict[str, Any], zh: str, en: str) -> None:
    assert quantities.value(games(**changes), FRAME, "zh").replace(NBSP, " ") == zh
    assert quantities.value(games(**changes), FRAME, "en").replace(NBSP, " ") == en


def test_what_is_short_of_a_ratio_is_said_in_what_it_counts() -> None:
    assert sentences.short_of(light(shortfall=1.0), FRAME, "en").replace(NBSP, " ") == "1 person short"
    places = light(shortfall=2.0, indicator="a01.counties")
    assert sentences.short_of(places, FRAME, "zh").replace(NBSP, " ") == "差 2 个"
    assert sentences.short_of(places, FRAME, "en") == "2 short"


def test_every_text_stands_in_both_languages_with_the_same_blanks() -> None:
    import re

    for key, (zh, en) in texts.TEXTS.items():
        assert zh, key
        assert en, key
        if key != "and_more":
            assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


def test_numbers() -> None:
    assert amount(1234567.0) == f"1{NBSP}234{NBSP}567"
    assert amount(-0.04, 1) == "0.0"
    assert amount(-3.25, 1) == "−3.2"
    assert amount(None) == numerals.NONE
    assert signed(12.0) == "+12"
    assert signed(-12.0) == "−12"
    assert signed(0.0) == "0"
    assert numerals.measured(78.0, "%", 1) == f"78.0{NBSP}%"
    assert numerals.whole(2.5) == "2.5"
    assert numerals.whole(2.0) == "2"
    assert month("2023-05", "zh") == "5月"
    assert month("2023Q2", "zh") == "二季度"
    assert month("2023", "en") == "2023"
    assert numerals.day(date(2023, 9, 18), "en") == "18 Sep"
    evening = datetime(2022, 12, 25, 16, 30, tzinfo=UTC)
    assert numerals.moment(evening, ZoneInfo("Asia/Shanghai"), "zh", 2023) == "2022年12月26日 00:30"
    assert numerals.moment(evening, ZoneInfo("Asia/Shanghai"), "en", 2022) == "26 Dec 00:30"


@given(st.floats(0, 1))
def test_only_what_is_certain_is_0_or_100_percent(chance: float) -> None:
    said = share(chance).replace(NBSP, " ")
    assert (said == "100 %") == (chance == 1)
    assert (said == "0 %") == (chance == 0)


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_a_figure_reads_back_as_itself(value: float, decimals: int) -> None:
    text = amount(value, decimals).replace(NBSP, "").replace("−", "-")
    assert float(text) == pytest.approx(value, abs=0.5 * 10**-decimals + 1e-3)

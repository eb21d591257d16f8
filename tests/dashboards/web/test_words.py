from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.web import numerals, words
from dashboards.web.numerals import amount, month, share, signed
from tests.dashboards.web.town import COUNTIES, FRAME, games, light

THIN = "\u2009"


def test_a_lagging_light_in_plain_words() -> None:
    said = words.lagging(light(COUNTIES[0], shortfall=312.0), FRAME, "zh")
    assert said.replace(THIN, " ") == "甲县 月探访率 78.0 %，差 312 人，还剩 9 天，责任单位 民政局"
    english = words.lagging(light(COUNTIES[0], shortfall=312.0), FRAME, "en")
    assert (
        english.replace(THIN, " ")
        == "County A Elders visited 78.0 %, 312 人 short, 9 days left, Civil Affairs Bureau"
    )


def test_what_is_past_its_date_says_since_when() -> None:
    assert "已过期 4 天" in words.lagging(light(days_left=-4), FRAME, "zh")


def test_a_count_is_short_of_its_pace_and_nothing_is_said_where_nothing_is_short() -> None:
    assert words.short_of(games(behind=3.0, shortfall=5.0), FRAME, "zh") == f"差 3{THIN}场"
    assert words.short_of(games(), FRAME, "zh") == ""


@pytest.mark.parametrize(
    ("gap_days", "zh", "en"),
    [
        (-3.6, "落后 3.6 天", "3.6 days behind"),
        (128.4, "超前 128 天", "128 days ahead"),
        (0.01, "与进度持平", "on pace"),
        (None, "", ""),
    ],
)
def test_tempo(gap_days: float | None, zh: str, en: str) -> None:
    assert words.tempo(light(gap_days=gap_days), "zh") == zh
    assert words.tempo(light(gap_days=gap_days), "en") == en


def test_no_forecast_gives_its_reason() -> None:
    assert words.outlook(light(chance=None, no_forecast="shifted"), "zh") == "无法预测(过程已明显改变)"
    assert words.outlook(light(chance=None, no_forecast="unheard of"), "zh") == "无法预测(unheard of)"
    assert words.outlook(light(chance=0.12), "zh") == f"12{THIN}%"


def test_targets_as_the_plan_words_them() -> None:
    assert words.goal(games()).replace(THIN, " ") == "> 10 场"
    assert words.goal(games(target_op="~", target=30000.0)).replace(THIN, " ") == "≈ 30 000 场"
    assert words.goal(light(target=None)) == ""


def test_every_text_stands_in_both_languages_with_the_same_blanks() -> None:
    import re

    for key, (zh, en) in words._WORDS.items():
        assert zh, key
        assert en, key
        if key != "and_more":
            assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


def test_numbers() -> None:
    assert amount(1234567.0) == f"1{THIN}234{THIN}567"
    assert amount(-0.04, 1) == "0.0"
    assert amount(-3.25, 1) == "−3.2"
    assert amount(None) == numerals.NONE
    assert signed(12.0) == "+12"
    assert signed(-12.0) == "−12"
    assert signed(0.0) == "0"
    assert numerals.measured(78.0, "%", 1) == f"78.0{THIN}%"
    assert numerals.whole(2.5) == "2.5"
    assert numerals.whole(2.0) == "2"
    assert month("2023-05", "zh") == "5月"
    assert month("2023Q2", "zh") == "二季度"
    assert month("2023", "en") == "2023"
    assert numerals.day(date(2023, 9, 18), "en") == "18 Sep"


@given(st.floats(0, 1))
def test_only_what_is_certain_is_0_or_100_percent(chance: float) -> None:
    said = share(chance).replace(THIN, " ")
    assert (said == "100 %") == (chance == 1)
    assert (said == "0 %") == (chance == 0)


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_a_figure_reads_back_as_itself(value: float, decimals: int) -> None:
    text = amount(value, decimals).replace(THIN, "").replace("−", "-")
    assert float(text) == pytest.approx(value, abs=0.5 * 10**-decimals + 1e-3)

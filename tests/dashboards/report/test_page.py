"""The page: pure, and the same to the last byte."""

from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree

import msgspec
import pytest

from dashboards.report.attribution import Part
from dashboards.report.model import decode, digest, encode
from dashboards.report.page import Changed, Since, render
from tests.dashboards.report.small import CITY, FILING, INDICATORS, ONE, REPORT, SNAPSHOT, TWO


def _text(page: str) -> str:
    return re.sub(
        r"[ \n]+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<(style|svg).*?</\1>", "", page, flags=re.S))
    )


def test_the_page_is_the_snapshot() -> None:
    """Changed on purpose? `python -m tests.dashboards.report.small` writes it anew: look at the difference."""
    assert render(REPORT, CITY, filing=FILING) == SNAPSHOT.read_text("utf-8")


def test_a_report_survives_its_filing() -> None:
    content = encode(REPORT)
    assert decode(content) == REPORT
    assert encode(decode(content)) == content
    assert digest(content) != digest(content.replace(b"12345", b"12346"))


def test_it_carries_as_of_catalogue_verdict_and_number() -> None:
    text = _text(render(REPORT, CITY, filing=FILING))
    assert "2023年10月11日 24:00" in text
    assert "toy-2023 · cafecafe" in text
    assert "核验通过：4\u00a0009\u00a0212\u00a0项数字另法重算，0\u00a0处不符" in text
    assert "JN-2023Q3-001（2023年10月12日 09:30备案，校验码 0123456789ab）" in text


def test_figures_that_were_not_verified_or_differ_are_marked() -> None:
    assert REPORT.verdict is not None
    for verdict, words in (
        (None, "尚未核验"),
        (msgspec.structs.replace(REPORT.verdict, differences=3), "核验发现 3\u00a0处不符，数字不可直接使用"),
    ):
        page = render(msgspec.structs.replace(REPORT, verdict=verdict), CITY)
        assert re.search(rf'class="full alarm">{words}', page)
    assert 'class="full alarm"' not in render(REPORT, CITY)


def test_what_lags_comes_worst_first_with_how_much() -> None:
    page = render(REPORT, CITY)
    section = _text(page.partition("二、需要推进的事项")[2].partition("三、报送及时性")[0])
    assert section.index("逾期") < section.index("滞后")
    assert "落后 7\u00a0100\u00a0人 · 100\u00a0天" in section
    assert "距目标差 13\u00a0655\u00a0人" in section


def test_a_county_has_its_own_figures_and_nothing_that_only_the_city_has() -> None:
    text = _text(render(REPORT, ONE))
    assert "甲县2023年第三季度工作进展情况报告" in text
    assert "9\u00a0876\u00a0人" in text
    assert "12\u00a0345" not in text
    assert "制度文件" not in text
    assert "比较" not in text


def test_words_of_data_cannot_become_markup() -> None:
    page = render(REPORT, CITY).replace('<span class="nobr">', "").replace("</span>", "")
    assert "某市&lt;妇联&gt;" in page
    assert "某市<妇联>" not in page


def test_nothing_is_fetched_from_anywhere() -> None:
    page = render(REPORT, CITY)
    assert not re.search(r"https?://|src=|href=|@import|url\(|<script", page)


def test_every_chart_is_well_formed_and_says_what_it_shows() -> None:
    charts = re.findall(r"<svg.*?</svg>", render(REPORT, CITY), flags=re.S)
    assert len(charts) == 1 + len(INDICATORS) + 3
    for chart in charts:
        assert ElementTree.fromstring(chart).attrib["aria-label"]


def test_differences_stand_beside_the_filed_figures() -> None:
    by = {"late": Part(Fraction(30), Fraction(0)), "void": Part(Fraction(-2), Fraction(-1))}
    filed, today = Part(Fraction(780), Fraction(1000)), Part(Fraction(808), Fraction(999))
    changed = Changed(INDICATORS[2], REPORT.region(TWO), filed, today, by)
    since = Since("2023年11月1日 24:00", {"late": 31, "void": 2}, [changed])
    text = _text(render(REPORT, CITY, filing=FILING, since=since))
    assert "迟报 31&nbsp;条，作废 2&nbsp;条" in text
    assert "丙区 月探访率 780 / 1\u00a0000 迟报 +30 / 0 作废 −2 / −1 808 / 999" in text
    assert "报告期数字没有变化" in render(REPORT, ONE, filing=FILING, since=since)


def test_a_region_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        render(REPORT, "990199")

"""A filed quarter, and then a thousand late and corrected records through the real counting path."""

from __future__ import annotations

from fractions import Fraction

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.report.attribution import CODES, NOTHING, Part, part
from dashboards.report.filing import file, filed, since
from dashboards.report.ledger import positions
from dashboards.report.model import Filing, Report
from dashboards.report.page import Since, render
from dashboards.report.quarter import Quarter
from dashboards.report.reading import CannotReport, read
from dashboards.report.workbook import workbook
from pulse.assessor.assessor import Assessor
from schemas.catalogue.model import Catalogue
from sinks.clickhouse import filings
from tests.dashboards.report.world import World, afterwards
from tests.rebuild.world import NEW
from tests.verify import toy

Q2 = Quarter(2023, 2)
MARK = "<!-- since the filing -->"


def _file(world: World) -> tuple[Report, Filing]:
    return file(world.client, toy.CATALOGUE, toy.REGIONS, toy.TYPES, Q2)


def _since(world: World, number: str, catalogue: Catalogue = toy.CATALOGUE) -> tuple[Report, Since]:
    report, _, row = filed(world.client, number)
    return report, since(world.client, catalogue, toy.REGIONS, toy.TYPES, report, row)


def _parts(client: Client) -> dict[tuple[str, str], Part]:
    """What the views say of the quarter's last day, by (indicator, region)."""
    report = read(client, Q2)
    return {(f.indicator, f.region): part(f.numerator, f.denominator) for f in report.figures}


def _sum(parts: object) -> Part:
    total = NOTHING
    for one in parts:  # type: ignore[attr-defined]
        total = total.sum(one)
    return total


def test_filed_figures_are_those_of_the_views(world: World) -> None:
    report, _ = _file(world)
    there = {
        (f.indicator, f.region): (f.numerator, f.denominator, f.value) for f in read(world.client, Q2).figures
    }
    assert {(f.indicator, f.region): (f.numerator, f.denominator, f.value) for f in report.figures} == there
    assert len(there) == len(toy.FORMULAS) * 4
    assert sum(1 for n, _, _ in there.values() if n) > len(there) / 2


def test_a_thousand_records_later_the_filed_figures_are_the_same_and_the_differences_add_up(
    world: World,
) -> None:
    report, filing = _file(world)
    content = filings.find(world.client, filing.number).content  # type: ignore[union-attr]
    pages = {region.code: render(report, region.code, filing=filing) for region in report.regions}
    was = {(f.indicator, f.region): part(f.numerator, f.denominator) for f in report.figures}
    assert was == _parts(world.client)

    came = list(afterwards(list(toy.log(seed=7, length=1200)), late=600, corrected=200, void=150, settled=25))
    assert len(came) == 1000
    world.publish(came)
    again, found = _since(world, filing.number)
    now = _parts(world.client)

    assert filings.find(world.client, filing.number).content == content  # type: ignore[union-attr]
    assert again == report
    for code, page in pages.items():
        printed = render(again, code, filing=filing, since=found)
        assert printed.partition(MARK)[0] == page.partition("</body>")[0]

    assert now != was
    changed = {(one.indicator.id, one.region.code): one for one in found.changed}
    assert {where for where in now if now[where] != was[where]} <= set(changed)
    for where, one in changed.items():
        assert one.filed == was[where]
        assert one.today == now[where]
        assert one.filed.sum(_sum(one.by.values())) == one.today
    codes = {code for one in found.changed for code in one.by}
    assert codes == {"late", "correction", "void"}
    assert sum(found.records.values()) > 800  # some were corrected and then voided


def test_nothing_came_since(world: World) -> None:
    _, filing = _file(world)
    _, found = _since(world, filing.number)
    assert found.changed == []
    assert not any(found.records.values())
    assert "报告期数字没有变化" in render(
        *filed(world.client, filing.number)[:1], "990100", filing=filing, since=found
    )


def test_what_another_method_makes_of_the_same_records(world: World) -> None:
    """Another catalogue: what it counts otherwise is the method's, what came later keeps its own code."""
    _, filing = _file(world)
    world.publish(afterwards(list(toy.log(seed=7, length=1200)), late=60, corrected=40, void=20, settled=0))
    report, found = _since(world, filing.number, NEW)
    was = {(f.indicator, f.region): part(f.numerator, f.denominator) for f in report.figures}
    by_method = {one.indicator.id for one in found.changed if "method" in one.by}
    assert {"a01.hard", "a01.dated"} <= by_method
    assert "a01.elders" not in by_method
    for one in found.changed:
        assert was[one.indicator.id, one.region.code].sum(_sum(one.by.values())) == one.today
    gone = [one for one in found.changed if one.indicator.id == "a01.dated"]
    assert gone
    assert all(one.today == NOTHING for one in gone)


def test_numbers_count_on_and_a_number_is_never_given_twice(world: World) -> None:
    assert [_file(world)[1].number for _ in range(3)] == [f"990100-2023Q2-{n:03d}" for n in (1, 2, 3)]
    assert filings.numbers(world.client, "toy") == [f"990100-2023Q2-{n:03d}" for n in (1, 2, 3)]
    first = filings.find(world.client, "990100-2023Q2-001")
    assert first is not None
    world.client.command(
        "INSERT INTO filings SELECT * REPLACE (now64(6) AS filed_at, 'x' AS content) FROM filings LIMIT 1"
    )
    assert filings.find(world.client, "990100-2023Q2-001") == first


def test_the_view_of_filed_figures_has_what_was_filed(world: World) -> None:
    report, filing = _file(world)
    rows = world.client.query(
        "SELECT indicator, region, numerator, denominator, value FROM filed_figures WHERE number = {number:String}",
        parameters={"number": filing.number},
    ).result_rows
    assert set(rows) == {(f.indicator, f.region, f.numerator, f.denominator, f.value) for f in report.figures}


def test_a_row_that_was_changed_is_not_printed(world: World) -> None:
    _, filing = _file(world)
    world.client.command(
        "ALTER TABLE filings UPDATE content = replaceOne(content, '\"numerator\":', '\"numerator\":1') WHERE 1"
    )
    with pytest.raises(CannotReport, match=r"not the one that was filed.*restore"):
        filed(world.client, filing.number)


def test_what_cannot_be_filed_or_printed_says_why(world: World) -> None:
    with pytest.raises(CannotReport, match=r"2023Q3 is not over.*2023-09-30"):
        file(world.client, toy.CATALOGUE, toy.REGIONS, toy.TYPES, Quarter(2023, 3))
    with pytest.raises(CannotReport, match=r"2023Q4 begins on 2023-10-01.*2023Q2, 2023Q3"):
        read(world.client, Quarter(2023, 4))
    with pytest.raises(CannotReport, match=r"2023Q1: the plan runs from 2023-06-01"):
        read(world.client, Quarter(2023, 1))
    with pytest.raises(CannotReport, match=r"no report JN-1.*nothing was filed yet"):
        filed(world.client, "JN-1")


def test_a_running_quarter_is_read_as_of_the_clock(world: World) -> None:
    report = read(world.client, Quarter(2023, 3))
    assert report.running
    assert report.day == world.client.query("SELECT day FROM clock").result_rows[0][0]
    assert "本季度尚未结束" in render(report, "990100")


def test_the_workbook_of_a_filed_report_is_the_same_file_each_time(world: World) -> None:
    report, filing = _file(world)
    codes = [region.code for region in report.regions]
    assert workbook(report, codes, filing=filing) == workbook(report, codes, filing=filing)


def test_positions_know_the_logs_before_the_one_that_is_read(world: World) -> None:
    """A topic that grew: what its first log was counted to when the second began."""
    client = world.client
    known = positions(client)
    client.command("INSERT INTO logs VALUES ('homes', 2, '', false, [8, 3, 0], [7, 2], now64(6))")
    client.command(
        "INSERT INTO positions SELECT * REPLACE ('homes@2' AS topic, 41 AS offset) FROM "
        "(SELECT * FROM positions FINAL WHERE topic = 'homes' AND partition = 0)"
    )
    client.command("DELETE FROM positions WHERE topic = 'homes'")
    try:
        assert positions(client) == {
            ("homes@2", 0): 41, ("homes", 0): 7, ("homes", 1): 2,
            ("works", 0): known["works", 0], ("works", 1): known["works", 1],
        }  # fmt: skip
    finally:
        client.command("TRUNCATE TABLE logs")


def test_the_codes_are_words() -> None:
    from dashboards.report import words

    assert set(words.CODES) == set(words.CODE_NOTES) == set(CODES)
    assert words.signed(Fraction(-3)) == "−3"


def test_a_part_of_the_lights_is_told_and_not_filed(world: World) -> None:
    client = world.client
    assert "尚未评定" in render(read(client, Q2), toy.REGIONS.code), "without any light the page says so"
    Assessor(toy.CATALOGUE, toy.REGIONS).refresh(client)
    whole = read(client, Q2)
    assert whole.unlit == ()
    assert "这不是全部" not in render(whole, toy.REGIONS.code)
    one = whole.indicators[0].id
    client.command("DELETE FROM lights WHERE indicator = {one:String}", parameters={"one": one})
    report = read(client, Q2)
    assert {indicator for indicator, _ in report.unlit} == {one}
    assert "这不是全部：另有 1 项没有评估" in render(report, toy.REGIONS.code).replace("\xa0", " ").replace(
        '<span class="nobr">', ""
    ).replace("</span>", "")
    with pytest.raises(
        CannotReport, match=rf"1 of \d+ indicators have no light on 2023-06-30, such as {one}"
    ):
        _file(world)

"""A filed quarter, then a thousand records, while topics grow, are made anew, and the figures are rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.report.attribution import Part, part
from dashboards.report.filing import file, filed, since
from dashboards.report.model import Filing, Report
from dashboards.report.page import Since, render
from dashboards.report.quarter import Quarter
from dashboards.report.reading import read
from sinks.clickhouse import filings
from sinks.clickhouse.logs import beginnings
from tests.dashboards.report.world import afterwards
from tests.rebuild import world
from tests.rebuild.town import Town
from tests.verify import toy

Q2 = Quarter(2023, 2)
MARK = "<!-- since the filing -->"
Parts = dict[tuple[str, str], Part]


@pytest.fixture
def town(_database: Client) -> Iterator[Town]:
    """All that there was to say until the middle of August is counted; a thousand records are still to come."""
    for table in ("filings", "logs"):
        _database.command(f"TRUNCATE TABLE {table}")
    town = Town(_database)
    town.publish()
    town.work()
    before = list(toy.log(world.SEED, world.LENGTH))
    town.say(afterwards(before, late=450, corrected=300, void=150, settled=50))
    yield town
    for table in ("filings", "logs"):
        _database.command(f"TRUNCATE TABLE {table}")


def _file(town: Town) -> tuple[Report, Filing, bytes, dict[str, str]]:
    """Filed now: the report, its number, what is stored of it, and its pages."""
    report, filing = file(town.client, town.catalogue, toy.REGIONS, toy.TYPES, Q2)
    row = filings.find(town.client, filing.number)
    assert row is not None
    pages = {region.code: render(report, region.code, filing=filing) for region in report.regions}
    return report, filing, row.content, pages


def _today(client: Client) -> Parts:
    """What the views say of the quarter's last day."""
    return {(f.indicator, f.region): part(f.numerator, f.denominator) for f in read(client, Q2).figures}


def _again(town: Town, number: str) -> tuple[Report, Since]:
    report, _, row = filed(town.client, number)
    return report, since(town.client, town.catalogue, toy.REGIONS, toy.TYPES, report, row)


def _holds(town: Town, was: tuple[Report, Filing, bytes, dict[str, str]], method: bool = False) -> Since:
    """The filed report is printed again to the byte, and its differences add up to today's figures."""
    report, filing, content, pages = was
    again, found = _again(town, filing.number)
    row = filings.find(town.client, filing.number)
    assert row is not None
    assert (row.content, again) == (content, report)
    for code, page in pages.items():
        printed = render(again, code, filing=filing, since=found)
        assert printed.partition(MARK)[0] == page.partition("</body>")[0]
    then = {(f.indicator, f.region): part(f.numerator, f.denominator) for f in report.figures}
    now = _today(town.client)
    changed = {(one.indicator.id, one.region.code): one for one in found.changed}
    assert {where for where in then if now.get(where, part(None, None)) != then[where]} <= set(changed)
    for where, one in changed.items():
        assert one.filed == then[where]
        assert one.today == now.get(where, part(None, None))
        total = one.filed
        for by in one.by.values():
            total = total.sum(by)
        assert total == one.today, where
        assert method or "method" not in one.by, where
    return found


def test_topics_grow_and_are_made_anew_after_the_filing(town: Town) -> None:
    was = _file(town)
    town.publish(250)
    town.work()
    _holds(town, was)

    town.publish(250)  # lies unread in the old log when the topics grow
    town.grow("homes", 5)
    town.grow("works", 4)
    town.rebuild()
    before = _holds(town, was)
    assert 0 < sum(before.records.values()) < 500, "what lies unread is not known yet"
    town.publish(200)
    town.work()
    _holds(town, was)

    town.make_anew("homes", 4)
    town.rebuild()
    _holds(town, was)
    town.publish()
    town.work()
    town.check()
    found = _holds(town, was)
    assert [log.name for log in beginnings(town.client)] == ["homes@2", "homes@3", "works@2"]
    assert sum(found.records.values()) > 700
    assert {code for one in found.changed for code in one.by} == {"late", "correction", "void"}


def test_filed_from_a_topic_that_had_grown_and_grows_again(town: Town) -> None:
    town.publish(300)
    town.grow("homes", 5)
    town.rebuild()
    town.work(0.9)
    was = _file(town)
    assert any(log == "homes@2" for log, _ in filings.find(town.client, was[1].number).positions)  # type: ignore[union-attr]
    town.publish(300)
    town.grow("homes", 7)
    town.rebuild()
    _holds(town, was)
    town.publish()
    town.work()
    town.check()
    assert sum(_holds(town, was).records.values()) > 500


def test_another_catalogue_after_growth_is_the_method_s(town: Town) -> None:
    was = _file(town)
    town.publish(300)
    town.grow("homes", 5)
    town.rebuild()
    town.publish()
    town.work()
    town.rebuild(catalogue=world.NEW)
    found = _holds(town, was, method=True)
    codes = {code for one in found.changed for code in one.by}
    assert codes == {"method", "late", "correction", "void"}
    assert all(isinstance(by.numerator, Fraction) for one in found.changed for by in one.by.values())

"""The web board: the markup of its pages and its CSV files, of every page that shows a figure."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlparse

from clickhouse_connect.driver.client import Client

from dashboards.web.address import View
from dashboards.web.data import ClickHouseSource
from dashboards.web.feed import Feed
from dashboards.web.model.course import Course, Day, ForecastDay
from dashboards.web.parts import Page
from dashboards.web.routes import Router
from dashboards.web.tables import to_csv
from pulse.app.city import City
from tests.lights.faces.html import Element, facts, parse
from tests.lights.faces.shown import Shown

COLUMNS = {
    "状态": "status", "数值": "value", "目标": "target", "快慢（天）": "gap_days", "距目标": "shortfall", "距进度": "behind",
    "达标概率": "chance", "自": "since", "剩余": "days_left", "按进度应有": "expected", "与进度之差": "gap",
    "分子": "numerator", "分母": "denominator",
}  # fmt: skip
"""The board's words → columns of the view."""

_TEMPO = re.compile(r"(超前|落后) ([\d\s.]*\d)\s天")


class AtOnce(ClickHouseSource):
    """Reads the courses of all indicators in one query, instead of one a page."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._days: dict[tuple[str, str], list[Day]] = {}
        keys = client.query(
            "SELECT indicator, region FROM light_days ORDER BY indicator, region, day"
        ).result_rows
        days = self._rows(Day, "light_days", order="indicator, region, day")
        for (indicator, region), day in zip(keys, days, strict=True):
            self._days.setdefault((indicator, region), []).append(day)

    def course(self, indicator: str, region: str) -> Course:
        """As `ClickHouseSource.course`, without the fan."""
        no_fan: list[ForecastDay] = []
        return Course(indicator, region, self._days[indicator, region], no_fan)


class Board:
    """Reads pages as a viewer gets them, and finds the figures in them."""

    def __init__(self, city: City) -> None:
        self._city = city.regions.code
        self._counties = [county.code for county in city.regions.counties]
        self._decimals = {one.id: one.decimals for one in city.catalogue.indicators}
        self._indicators = {one.name.zh: one.id for one in city.catalogue.indicators}
        self._regions = {county.zh: county.code for county in city.regions.counties}
        self._regions[city.regions.zh] = city.regions.code
        self._actions = [action.no for action in city.catalogue.actions]
        assert len(self._indicators) == len(city.catalogue.indicators), "CSV rows are told by their names"

    def shown(self, client: Client) -> list[Shown]:
        """All that the board shows of all lights. Blocks."""

        async def read() -> list[Shown]:
            return [one async for one in self._read(client)]

        return asyncio.run(read())

    async def _read(self, client: Client) -> AsyncIterator[Shown]:
        feed = Feed(AtOnce(client), lambda: None, 0)
        looked = asyncio.Event()
        feed.listeners.add(lambda: looked.set() if feed.snapshot else None)
        running = asyncio.create_task(feed.run())
        try:
            async with asyncio.timeout(60):
                await looked.wait()
            assert feed.snapshot is not None
            running.cancel()
            router = Router(feed)

            async def page(path: str, **query: str) -> Page:
                return await router.page(View.of(path, query))

            for one in self._overview(await page("/")):
                yield one
            for region in (self._city, *self._counties):
                for one in self._county(await page(f"/county/{region}"), region):
                    yield one
            for action in self._actions:
                for one in self._action(await page(f"/action/{action}")):
                    yield one
            for indicator, region in feed.snapshot.light:
                for one in self._indicator(
                    await page(f"/indicator/{indicator}", region=region), indicator, region
                ):
                    yield one
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            feed.close()

    # --- Pages ---

    def _overview(self, page: Page) -> Iterator[Shown]:
        for row in _csv(page, "lagging"):
            where = self._indicators[row["指标"]], self._regions[row["县区"]]
            yield from self._row("web: CSV of what lags", *where, row)
        for line in _piece(page, "lagging").one("ol").all("li"):
            indicator, region = self._linked(line)
            said = "web: what lags"
            head = line.one("span", "what").text().split()
            yield Shown(said, indicator, region, "status", line.one("span", "light").text())
            value = "".join(head[2:])
            yield Shown(said, indicator, region, "value", _figure(value), self._decimals[indicator])
            if left := re.search(r"还剩 (\d+)\s天", line.text()):
                yield Shown(said, indicator, region, "days_left", left[1], 0)

    def _county(self, page: Page, region: str) -> Iterator[Shown]:
        for row in _csv(page, "indicators"):
            yield from self._row("web: CSV of a county", self._indicators[row["指标"]], region, row)
        yield from self._table("web: page of a county", _piece(page, "table"))

    def _action(self, page: Page) -> Iterator[Shown]:
        for row in _csv(page, "counties"):
            region = self._regions[row.pop("县区")]
            for name, value in row.items():
                yield Shown("web: CSV of an action", self._indicators[name], region, "value", value or None)
        for cell in _piece(page, "map").all("td", "valued"):
            indicator, region = self._linked(cell)
            symbol, value = cell.one("span", "light"), cell.one("span", "beside").all("span")[-1].text()
            yield Shown("web: page of an action", indicator, region, "status", symbol.one("i").text())
            yield Shown(
                "web: page of an action",
                indicator,
                region,
                "value",
                _figure(value),
                self._decimals[indicator],
            )
        for card in _piece(page, "cards").all("li"):
            indicator, region = self._linked(card)
            said, (figure, *goal) = "web: card of an action", card.one("p", "figure").parts
            assert isinstance(figure, Element)
            yield Shown(said, indicator, region, "status", card.one("span", "light").text())
            yield Shown(said, indicator, region, "value", _figure(figure.text()), self._decimals[indicator])
            yield from self._goal(
                said, indicator, region, goal[0].text() if isinstance(goal[0], Element) else ""
            )
            yield from _tempo(said, indicator, region, card.one("p", "places").text())

    def _indicator(self, page: Page, indicator: str, region: str) -> Iterator[Shown]:
        said, digits = "web: page of an indicator", self._decimals[indicator]
        hero = _piece(page, "hero")
        beside = facts(hero)
        yield Shown(said, indicator, region, "status", hero.one("span", "light").text())
        yield Shown(said, indicator, region, "value", hero.one("b", "huge").text(), digits)
        yield Shown(said, indicator, region, "since", hero.one("span", "muted").text())
        yield from self._goal(said, indicator, region, beside["目标"])
        yield Shown(said, indicator, region, "chance", _percent(beside.get("达标概率")), 0)
        yield from _tempo(said, indicator, region, hero.one("span", "tempo").text())
        known = facts(_piece(page, "facts"))
        for name in ("按进度应有", "与进度之差"):
            yield Shown(said, indicator, region, COLUMNS[name], _figure(known.get(name)), max(1, digits))
        yield Shown(said, indicator, region, "shortfall", *_counted(known.get("距目标")))
        yield Shown(said, indicator, region, "days_left", _figure(known.get("剩余")), 0)
        days = _csv(page, "days")
        yield from self._row("web: CSV of an indicator's days", indicator, region, days[-1])
        if region == self._city:
            for row in _csv(page, "counties"):
                yield from self._row("web: CSV of the counties", indicator, self._regions[row["县区"]], row)
            if any(piece.key == "counties" for piece in page.pieces):
                yield from self._table("web: table of the counties", _piece(page, "counties"))

    # --- Parts of pages ---

    def _row(self, face: str, indicator: str, region: str, row: dict[str, str]) -> Iterator[Shown]:
        for title, said in row.items():
            if (field := COLUMNS.get(title)) is not None:
                yield Shown(face, indicator, region, field, said or None)

    def _table(self, face: str, piece: Element) -> Iterator[Shown]:
        table = piece.one("table")
        titles = [head.text() for head in table.one("thead").all("th")]
        for row in table.one("tbody").all("tr"):
            cells = dict(zip(titles, row.all("th") + row.all("td"), strict=True))
            if titles[0] == "排名":  # the name stands second
                cells = dict(zip(titles, [one for one in row.parts if isinstance(one, Element)], strict=True))
            indicator, region = self._linked(row)
            for title, cell in cells.items():
                text, digits = cell.text(), self._decimals[indicator]
                match COLUMNS.get(title):
                    case "status":
                        yield Shown(face, indicator, region, "status", cell.one("span", "light").text())
                    case "target":
                        yield from self._goal(face, indicator, region, text)
                    case "value":
                        yield Shown(face, indicator, region, "value", _figure(text), digits)
                    case "gap_days":
                        yield Shown(face, indicator, region, "gap_days", _figure(text), 1)
                    case "shortfall":
                        yield Shown(face, indicator, region, "shortfall", *_counted(text))
                    case "chance":
                        yield Shown(face, indicator, region, "chance", _percent(text), 0)
                    case "since":
                        yield Shown(face, indicator, region, "since", text)

    def _goal(self, face: str, indicator: str, region: str, text: str) -> Iterator[Shown]:
        yield Shown(face, indicator, region, "target", _figure(text), max(1, self._decimals[indicator]))

    def _linked(self, inside: Element) -> tuple[str, str]:
        """The indicator and the region that a link in it leads to."""
        links = (urlparse(one.attributes["href"]) for one in inside.all("a"))
        to = next(link for link in links if link.path.startswith("/indicator/"))
        return to.path.rpartition("/")[2], parse_qs(to.query).get("region", [self._city])[0]


def _piece(page: Page, key: str) -> Element:
    return parse(next(piece.html for piece in page.pieces if piece.key == key))


def _csv(page: Page, key: str) -> list[dict[str, str]]:
    table = page.table(key)
    assert table is not None
    return list(csv.DictReader(io.StringIO(to_csv(table).decode("utf-8-sig"))))


def _figure(text: str | None) -> str | None:
    """The figure that begins a text with a unit behind it, which may have digits of its own; a target's sign before it."""
    found = re.match(r"[≥≤>=<≈约]*\s*([+−]?\d[\d\s]*(?:\.\d+)?)", text or "")
    return found[1] if found else None


def _counted(text: str | None) -> tuple[str | None, int]:
    """A count and its digits: a weight that is not whole has one."""
    found = _figure(text)
    return found, 1 if found and "." in found else 0


def _percent(text: str | None) -> str | None:
    """A chance, as against the reason why there is none."""
    return text if text and text.endswith("%") else None


def _tempo(face: str, indicator: str, region: str, text: str) -> Iterator[Shown]:
    if found := _TEMPO.search(text):
        sign = "" if found[1] == "超前" else "-"
        yield Shown(face, indicator, region, "gap_days", sign + found[2], 1 if "." in found[2] else 0)
    elif "与进度持平" in text:
        yield Shown(face, indicator, region, "gap_days", "0", 1)
    else:
        yield Shown(face, indicator, region, "gap_days", None, 1)

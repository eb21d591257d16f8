from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from dashboards.web import feed as feeds
from dashboards.web.address import View
from dashboards.web.data import DoesNotAnswer
from dashboards.web.feed import Feed
from dashboards.web.model.course import Course
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.pages.chrome import foot
from dashboards.web.pages.feeds import refusals_table
from dashboards.web.routes import Router
from dashboards.web.tables import html as table_html
from schemas.visible import visible_lines
from tests.dashboards.web.town import CITY, CONFLICTS, COUNTIES, ORPHANS, REFUSALS, course, light, snapshot


class Memory:
    """A source that counts what it is asked for; `down`: it does not answer."""

    def __init__(self, shown: Snapshot) -> None:
        self.shown, self.down = shown, False
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        def answer(*_: object) -> Any:
            self.asked[name] += 1
            if self.down:
                raise DoesNotAnswer("down")
            if name == "last_assessment":
                return self.shown.stream.assessed_ms
            if name == "refusals":
                return REFUSALS
            if name in ("orphans", "conflicts"):
                return {"orphans": ORPHANS, "conflicts": CONFLICTS}[name]
            return getattr(self.shown, name)

        return answer

    def course(self, indicator: str, region: str) -> Course:
        self.asked["course"] += 1
        return course(indicator, region)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LOOK", 0.01)
    monkeypatch.setattr(feeds, "LEAST", 0.0)


@asynccontextmanager
async def fed(source: Memory, least: int = 0) -> Any:
    feed = Feed(source, lambda: 7, least)
    running = asyncio.create_task(feed.run())
    try:
        await until(lambda: feed.snapshot is not None or source.down)
        yield feed
    finally:
        running.cancel()
        feed.close()


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 what is awaited tells nobody
            await asyncio.sleep(0.005)


async def test_while_nothing_moves_nothing_is_read() -> None:
    source = Memory(snapshot())
    async with fed(source) as feed:
        looks = source.asked["stream"]
        await until(lambda: source.asked["stream"] > looks + 5)
        assert source.asked["lights"] == 1
        assert feed.version == 1


async def test_new_lights_are_read_once_for_all_and_listeners_told() -> None:
    source = Memory(snapshot())
    async with fed(source) as feed:
        called = Counter[str]()
        for viewer in range(100):
            feed.listeners.add(lambda viewer=viewer: called.update([str(viewer)]))
        source.shown = snapshot(light(value=79.0), stream=structs.replace(source.shown.stream, assessed_ms=2))
        await until(lambda: feed.version == 2 and len(called) == 100)
        assert feed.snapshot.light["a01.visits", CITY].figure.value == 79.0
        assert source.asked["lights"] == 2


async def test_a_new_value_costs_the_lights_alone_and_a_new_status_all_that_hangs_on_it() -> None:
    source = Memory(snapshot())
    async with fed(source) as feed:
        source.shown = snapshot(light(value=79.0), stream=structs.replace(source.shown.stream, assessed_ms=2))
        await until(lambda: feed.version == 2)
        actions = source.asked["actions"]
        source.shown = snapshot(light(value=80.0), stream=structs.replace(source.shown.stream, assessed_ms=3))
        await until(lambda: feed.version == 3)
        assert (source.asked["actions"], source.asked["lights"]) == (actions, 3)
        source.shown = snapshot(
            light(value=99.0, status="on_track"), stream=structs.replace(source.shown.stream, assessed_ms=4)
        )
        await until(lambda: feed.version == 4)
        assert source.asked["actions"] == actions + 1


async def test_events_that_change_no_light_cost_no_lights() -> None:
    source = Memory(snapshot())
    async with fed(source) as feed:
        source.shown = snapshot(stream=structs.replace(source.shown.stream, events=1001))
        await until(lambda: feed.snapshot.stream.events == 1001)
        assert source.asked["lights"] == 1
        assert feed.version == 1


async def test_before_anything_is_assessed_there_is_nothing_to_show_and_no_trouble() -> None:
    source = Memory(snapshot())
    source.shown = snapshot(lights=[])
    feed = Feed(source, lambda: None, 0)
    running = asyncio.create_task(feed.run())
    await until(lambda: source.asked["lights"] > 2)
    assert feed.snapshot is None
    assert not feed.health.trouble
    source.shown = snapshot()
    await until(lambda: feed.snapshot is not None)
    running.cancel()
    feed.close()


async def test_a_database_that_is_away_leaves_the_last_figures_and_says_so() -> None:
    source = Memory(snapshot())
    async with fed(source) as feed:
        source.down = True
        await until(lambda: feed.health.trouble)
        assert feed.snapshot is not None
        source.down = False
        await until(lambda: not feed.health.trouble)
        assert feed.health.lag == 7


async def test_a_course_is_read_once_until_lights_change() -> None:
    source = Memory(snapshot())
    async with fed(source) as feed:
        await feed.course("a01.visits", CITY)
        await feed.course("a01.visits", CITY)
        assert source.asked["course"] == 1
        source.shown = snapshot(stream=structs.replace(source.shown.stream, assessed_ms=2))
        await until(lambda: feed.version == 2)
        await feed.course("a01.visits", CITY)
        assert source.asked["course"] == 2


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/data",
        "/action/1",
        "/indicator/a01.visits",
        "/county/990001",
        "/indicator/a02.games",
        "/county/990000",
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_page_is_there(address: str, lang: str) -> None:
    async with fed(Memory(snapshot())) as feed:
        found = await Router(feed).page(View.of(address, {"lang": lang}))
        assert found.found
        assert len({piece.key for piece in found.pieces}) == len(found.pieces)


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/action/99", {}),
        ("/action/x", {}),
        ("/county/123456", {}),
        ("/indicator/nope", {}),
        ("/", {"region": "1' OR 1"}),
    ],
)
async def test_what_is_not_there_is_said_to_be_not_there(address: str, query: dict[str, str]) -> None:
    async with fed(Memory(snapshot())) as feed:
        assert not (await Router(feed).page(View.of(address, query))).found


async def test_an_indicator_in_a_county_is_that_county_s() -> None:
    async with fed(Memory(snapshot())) as feed:
        found = await Router(feed).page(View.of("/indicator/a01.visits", {"region": COUNTIES[1]}))
        assert "乙县" in found.title


async def test_viewers_of_one_page_share_its_drawing_until_lights_change() -> None:
    source = Memory(snapshot())
    async with fed(source) as feed:
        router = Router(feed)
        first = await router.page(View())
        assert await router.page(View()) is first
        assert await router.page(View(lang="en")) is not first
        source.shown = snapshot(light(value=79.0), stream=structs.replace(source.shown.stream, assessed_ms=2))
        await until(lambda: feed.version == 2)
        assert "79.0" in (await router.page(View())).pieces[2].html


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "这里不是全部：8 盏灯中有 2 盏没有评估（a03.new）"),
        ("en", "2 of 8 lights were not assessed (a03.new)"),
    ],
)
async def test_lights_that_are_missing_are_told_at_the_foot(lang: Any, said: str) -> None:
    view = View("/", lang)
    source = Memory(snapshot(unlit=[("a03.new", CITY), ("a03.new", COUNTIES[0])]))
    async with fed(source) as feed:
        assert said in foot(feed.snapshot, view, feed.health)
        source.shown = snapshot(
            stream=structs.replace(source.shown.stream, assessed_ms=2, events=1001), unlit=[]
        )
        await until(lambda: feed.snapshot.stream.assessed_ms == 2)
    async with fed(Memory(snapshot())) as feed:
        assert "trouble" not in foot(feed.snapshot, view, feed.health)


def test_text_from_outside_is_text_on_a_page() -> None:
    refusal = structs.replace(
        REFUSALS[0],
        field="<b>[/r]",
        expected="\u202e{{x}}",
        hint="\x1b[31m",
        payload='{"open":[true]}\u200b',
        place="a\u2066/0/1",
    )
    page = refusals_table(snapshot(), View("/data", "zh"), [refusal])
    shown = table_html(page, View("/data", "zh"))
    for text in ("&lt;b&gt;[/r]", r"\u202e{{x}}", r"\x1b[31m", r'{"open":[true]}\u200b', r"a\u2066"):
        assert text in shown
    assert shown == visible_lines(shown)

"""The board in a real Chromium: first beside a running demo (broker, worker, embedded engine in one process), then as
`pulse board` on what the demo left."""

from __future__ import annotations

import csv
import io
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboards.web import charts
from dashboards.web.address import View
from dashboards.web.numerals import amount
from dashboards.web.theme import PALETTES
from sinks.clickhouse.connection import connect
from tests.dashboards.web.browser import Visit, chromium
from tests.dashboards.web.live import GAMES, one_more_game
from tests.dashboards.web.process import Pulse, free_port
from tests.dashboards.web.town import FRAME, course, light

PAGES = [
    "/",
    "/action/2",
    "/indicator/a02.visit_rate",
    "/indicator/a02.visit_rate?region=370831",
    "/county/370831",
    "/data",
]
SIZES = [(1920, 1080), (1366, 768), (390, 844)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("board")


class Live:
    """A demo that counts on, and how fast what is published to it was seen."""

    address: str
    seconds: list[float]
    stopped: int
    waiting: Waited


class Waited(NamedTuple):
    """What was seen before there were lights."""

    steps: list[str]
    """Names of the step under way, as they came."""
    bar: int
    """How far the bar was while indicators were judged, in percent."""
    figures: str
    serious: list[tuple[str, str]]
    complaints: list[str]


@pytest.fixture(scope="module")
def live(browser: Browser, folder: Path) -> Live:
    """Plays the demo to its end; leaves the database in `folder`."""
    found = Live()
    demo = Pulse(
        folder, "demo", "--scale", "0.002", "--heartbeat-days", "0", "--data-dir", str(folder / "data"), "--fresh",
        metrics_port="0", board_port=str(free_port()),
    )  # fmt: skip
    try:
        found.address = demo.says(r"Web board at (http://\S+/)")[1]
        found.waiting = _waited(browser, found.address)
        kafka = demo.says(r"Counting on\. Kafka (\S+)")[1]
        visit = Visit(browser, found.address)
        found.seconds = [_seen(visit, kafka, number) for number in range(5)]
        found.stopped = demo.stop()
        visit.close()
    finally:
        demo.kill()
    return found


def _waited(browser: Browser, address: str) -> Waited:
    """Comes while the year is played, touches nothing, and stays until the board opens by itself."""
    visit = Visit(browser, address)
    page = visit.page
    page.goto(address)
    page.wait_for_selector(".steps [aria-current]")
    serious = _serious(page)
    steps = [page.locator(".steps [aria-current]").inner_text()]
    page.wait_for_function(
        "document.querySelector('.simulated .huge')?.innerText.includes('月')", timeout=300_000
    )
    page.wait_for_function(
        "document.querySelector('.steps [aria-current]')?.innerText.includes('评定')", timeout=300_000
    )
    steps.append(page.locator(".steps [aria-current]").inner_text())
    page.wait_for_function("document.querySelector('[role=progressbar]')?.ariaValueNow > 20", timeout=300_000)
    bar, figures = (
        page.locator("[role=progressbar]").get_attribute("aria-valuenow"),
        page.locator(".numbers").inner_text(),
    )
    page.wait_for_selector(".cards .card", timeout=300_000)
    visit.close()
    return Waited(steps, int(bar or -1), figures, serious, visit.complaints)


def _serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")
    ]


def _seen(visit: Visit, kafka: str, number: int) -> float:
    """Seconds until one more community game is on the page, without a reload."""
    page = visit.go(GAMES)
    page.evaluate("window.here = true")
    seconds = one_more_game(page, kafka, f"live-{number}")
    assert page.evaluate("window.here"), "it came by a reload"
    return seconds


def test_a_published_figure_is_on_the_page_without_a_reload(live: Live) -> None:
    """How soon depends on the machine: told, not asserted."""
    assert len(live.seconds) == 5
    print(f"on the page after {statistics.median(live.seconds):.1f} s (median of {live.seconds})")


def test_while_a_year_is_played_the_page_says_how_far_it_is_and_becomes_the_board(live: Live) -> None:
    waiting = live.waiting
    assert waiting.steps[-1].split()[-1] == "评定每项指标"
    assert 20 < waiting.bar <= 100
    assert re.search(
        r"12月31日\s+第 365 天，共 365 天\s+已统计\s+(\d \d{3}) / \1 条",
        waiting.figures.replace("\u00a0", " "),
    )
    assert waiting.serious == []
    assert waiting.complaints == []


def test_the_demo_ends_at_once_though_somebody_looks(live: Live) -> None:
    assert live.stopped == 0


# --- The same database, served by `pulse board` ---


class Serving:
    """`pulse board` on the demo's database; can be ended and started again at the same address."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder, self._settings, self.port = folder, settings, free_port()
        self.start()

    def start(self) -> None:
        self.process = Pulse(
            self._folder, "board", clickhouse=f"chdb://{self._folder / 'data' / 'clickhouse'}", clock="stream",
            board_port=str(self.port), **self._settings,
        )  # fmt: skip
        self.address = self.process.says(r"board: (http://\S+/)")[1]


@pytest.fixture(scope="module")
def board(live: Live, folder: Path) -> Iterator[Serving]:
    serving = Serving(folder)
    yield serving
    assert serving.process.stop() == 0


@pytest.fixture
def visit(board: Serving, browser: Browser) -> Iterator[Visit]:
    """On leaving: nothing was complained of, and nobody else was asked."""
    visit = Visit(browser, board.address)
    yield visit
    visit.close()
    assert visit.complaints == []
    assert visit.hosts == {f"127.0.0.1:{board.port}"}


def test_the_first_page_draws(visit: Visit) -> None:
    """How soon depends on the machine: told, not asserted."""
    seconds = []
    for _ in range(3):
        begun = time.monotonic()
        visit.page.goto(visit.address + "/")
        visit.page.wait_for_selector(".cards .card")
        seconds.append(time.monotonic() - begun)
    print(f"drawn after {min(seconds):.1f} s (best of {seconds})")


def test_from_the_city_down_to_why_a_county_s_light_is_what_it_is(visit: Visit) -> None:
    page = visit.go()
    assert page.locator(".cards .card").count() == 17
    page.locator(".cards .card", has_text="养老服务").click()
    expect(page.locator("h1")).to_contain_text("社区养老服务行动")
    page.locator(".values a", has_text="%").first.click()
    expect(page.locator("blockquote")).not_to_be_empty()
    page.locator("[data-piece=switch] a", has_text="泗水县").click()
    expect(page.locator("h1")).to_contain_text("泗水县")
    expect(page.locator(".because")).not_to_be_empty()
    assert "region=370831" in page.url


def test_what_is_shown_is_what_the_view_holds(board: Serving, folder: Path) -> None:
    """All cells of every county page's CSV against `lights_now`, and the tally against `actions_now`."""
    shown: dict[tuple[str, str], str] = {}
    for county in ("370800", "370831"):
        with urlopen(f"{board.address}csv/county/{county}?table=indicators") as answer:
            for row in csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))):
                shown[county, row["指标"]] = row["数值"] + "|" + row["状态"] + "|" + row["距目标"]
    board.process.stop()
    with closing(connect(f"chdb://{folder / 'data' / 'clickhouse'}")) as client:
        rows = client.query(
            "SELECT region, zh, value, status_zh, shortfall FROM lights_now WHERE region IN ('370800', '370831')"
        )
        held = {
            (r, zh): f"{_plain(value)}|{status}|{_plain(short)}"
            for r, zh, value, status, short in rows.result_rows
        }
    board.start()
    assert shown == held
    assert len(shown) > 80


def _plain(value: float | None) -> str:
    return "" if value is None else str(value)


def test_language_and_theme_by_a_switch_and_by_address(visit: Visit) -> None:
    page = visit.go("/county/370831")
    page.get_by_text("English", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Sishui")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "lang=en" in page.url
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_text("Dark", exact=True).click()
    page.wait_for_url(re.compile("theme=dark"))
    page.wait_for_selector("[data-piece=foot]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.get_by_text("Overview", exact=True).first.click()
    page.wait_for_url(re.compile(r"/\?(?=.*lang=en)(?=.*theme=dark)"))


def test_units_are_english_on_the_english_board(visit: Visit) -> None:
    page = visit.go("/indicator/a05.reemployment?lang=en")
    expect(page.locator(".heroic .unit")).to_have_text("persons")
    expect(page.locator("[data-piece=counties] td.strong").first).to_contain_text("person")
    expect(page.locator("[data-piece=course] .hint")).to_have_text("persons")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Visit, path: str, theme: str) -> None:
    page = visit.go(path + ("&" if "?" in path else "?") + f"theme={theme}")
    assert _serious(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_runs_out_of_the_page(board: Serving, browser: Browser, path: str) -> None:
    for size in SIZES:
        visit = Visit(browser, board.address, *size)
        page = visit.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], size
        visit.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_place_among_the_actions_stays_empty(board: Serving, browser: Browser, lang: str) -> None:
    """Each card with its gap beside it covers its part of the grid; in what is left over nothing would fit."""
    for path, sizes in (("/", [*SIZES, (800, 1000), (1100, 800)]), ("/?wall&sheet=0", SIZES[:1])):
        for size in sizes:
            visit = Visit(browser, board.address, *size)
            page = visit.go(path + ("&" if "?" in path else "?") + f"lang={lang}")
            whole, covered, names = page.evaluate(
                """() => {
                    const grid = document.querySelector('.cards.all'), {columnGap, rowGap} = getComputedStyle(grid)
                    const area = box => (box.width + parseFloat(columnGap)) * (box.height + parseFloat(rowGap))
                    const boxes = [...grid.children].map(each => each.getBoundingClientRect())
                    return [area(grid.getBoundingClientRect()), boxes.reduce((sum, box) => sum + area(box), 0),
                            [...grid.querySelectorAll('h3, b')].filter(e => e.scrollWidth > e.clientWidth + 1).length]
                }"""
            )
            assert covered == pytest.approx(whole, rel=0.005), (path, size)
            assert names == 0, (path, size)
            visit.close()


def test_by_keyboard(visit: Visit) -> None:
    page = visit.go()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('card')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/action/\d+"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_wall_reads_from_three_metres(board: Serving, browser: Browser, lang: str) -> None:
    visit = Visit(browser, board.address, 1920, 1080)
    for sheet, words in (
        (0, ".card h3, .card .word, .card .worst, .card .pair b"),
        (1, ".lines .word, .lines .what"),
        (2, ".map th a, .tile a"),
    ):
        page = visit.go(f"/?wall&sheet={sheet}&lang={lang}")
        sizes = page.eval_on_selector_all(
            f"{words}, .wall-tally b, .today",
            "all => all.filter(e => e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize))",
        )
        assert sizes
        assert min(sizes) >= 30
        assert page.evaluate("document.documentElement.scrollHeight") <= 1080
        cut = page.eval_on_selector_all(
            "h1, .wall-tally b, .today, .card h3, .card .figure *, .lines li, .map th a, .upright > span, .tile a",
            """all => all.filter(e => {
                const box = e.getBoundingClientRect(), card = e.closest('.card')?.getBoundingClientRect()
                const upright = e.closest('.upright')
                return e.offsetParent && (box.right > innerWidth || box.bottom > innerHeight || card?.bottom < box.bottom
                    || (upright ? box.top < e.closest('.sheet').getBoundingClientRect().top
                                : e.clientWidth && e.scrollWidth > e.clientWidth + 1))
            }).map(e => e.outerHTML)""",
        )
        assert cut == [], sheet
        assert page.locator("header").count() == 0
    visit.close()


def test_a_wall_turns_its_sheets(board: Serving, browser: Browser) -> None:
    visit = Visit(browser, board.address, 1920, 1080)
    page = visit.go("/?wall=1")
    expect(page.locator(".sheet-1")).to_be_visible(timeout=10_000)
    expect(page.locator(".sheet-2")).to_be_visible(timeout=10_000)
    visit.close()


def test_every_table_has_its_csv(visit: Visit) -> None:
    for path in PAGES:
        page = visit.go(path)
        hrefs = page.eval_on_selector_all("a.csv", "all => all.map(a => a.href)")
        assert hrefs, path
        for href in hrefs:
            with urlopen(href) as answer:
                rows = list(csv.reader(io.StringIO(answer.read().decode("utf-8-sig"))))
            assert len(rows) > 1, href
            assert len({len(row) for row in rows}) == 1, href


def test_the_foot_tells_the_stream_s_health(visit: Visit) -> None:
    foot = visit.go().locator("[data-piece=foot]")
    for word in ("数据截至", "最近数据", "流量", "积压"):
        expect(foot).to_contain_text(word)


def test_what_is_not_there_says_so(board: Serving, browser: Browser) -> None:
    visit = Visit(browser, board.address)
    answer = visit.page.goto(board.address + "indicator/a99.nothing")
    assert answer is not None
    assert answer.status == 404
    expect(visit.page.locator("h1")).to_have_text("没有这一页")
    visit.close()


def test_a_lost_connection_says_so_and_heals_by_itself(board: Serving, browser: Browser) -> None:
    visit = Visit(browser, board.address)
    page = visit.go("/county/370831")
    popup = page.locator("#popup")
    assert popup.get_attribute("aria-hidden") == "true"
    board.process.kill()
    expect(popup).to_have_attribute("aria-hidden", "false", timeout=20_000)
    expect(popup).to_contain_text("连接断开")
    board.start()
    expect(popup).to_have_attribute("aria-hidden", "true", timeout=60_000)
    expect(page.locator("h1")).to_have_text("泗水县")
    _live_again(page)
    visit.close()


def _live_again(page: Page) -> None:
    page.wait_for_function("window.socket && window.socket.connected && window.did_handshake", timeout=60_000)


def test_where_nothing_was_judged_it_says_what_is_missing(browser: Browser, tmp_path: Path) -> None:
    where = f"chdb://{tmp_path / 'clickhouse'}"
    assert Pulse(tmp_path, "migrate", clickhouse=where).ends() == 0
    board = Pulse(tmp_path, "board", clickhouse=where, board_port=str(free_port()))
    try:
        visit = Visit(browser, board.says(r"board: (http://\S+/)")[1])
        visit.page.goto(visit.address + "/?lang=en")
        expect(visit.page.locator("h1")).to_have_text("No lights yet")
        expect(visit.page.get_by_role("status").first).to_contain_text("pulse assess")
        assert _serious(visit.page) == []
        visit.close()
        assert visit.complaints == []
    finally:
        assert board.stop() == 0


def test_a_chart_groups_its_digits_as_the_page_does(visit: Visit) -> None:
    page = visit.go("/indicator/a05.reemployment")
    page.wait_for_selector(".chart svg text")
    axis = charts.course(course(), light(), FRAME.plan, View(), PALETTES["light"])["yAxis"]["axisLabel"]
    for figure in (0.0, 1500.0, 1_234_567.0, 0.125, -2300.0):
        shown = page.evaluate(f"({axis[':formatter']})({figure!r})").replace("-", "−")
        assert shown == amount(figure, 3 if figure == 0.125 else 0)


def test_a_shared_password_keeps_strangers_out(board: Serving, folder: Path, browser: Browser) -> None:
    board.process.stop()
    locked = Serving(folder, board_password="开门")
    try:
        visit = Visit(browser, locked.address)
        visit.page.goto(locked.address + "county/370831?lang=en")
        visit.page.get_by_label("Password").fill("开门")
        visit.page.get_by_text("Enter").click()
        expect(visit.page.locator("h1")).to_have_text("Sishui")
        _live_again(visit.page)
        visit.close()
    finally:
        locked.process.stop()
        board.start()

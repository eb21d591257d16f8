from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dashboards.web.address import View
from dashboards.web.pages import action, county, indicator, overview
from dashboards.web.parts import Page
from dashboards.web.suppression import guarded, guarded_course, hidden
from tests.dashboards.web.town import CITY, COUNTIES, course, games, light, snapshot

LEAST = 10

quantities = st.lists(st.integers(0, 40), min_size=2, max_size=2)
tables = st.dictionaries(st.sampled_from("abcdefgh"), quantities, min_size=1)


def total(rows: dict[str, list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows.values(), strict=True)]


def test_nothing_small_nothing_hidden() -> None:
    assert hidden({"a": [20], "b": [0]}, [20], LEAST) == (frozenset(), False)


def test_one_small_row_takes_the_smallest_neighbour_with_it() -> None:
    assert hidden({"a": [3], "b": [50], "c": [20], "d": [400]}, [473], LEAST) == (frozenset("ac"), False)


def test_where_even_the_sum_of_the_hidden_is_small_more_are_hidden() -> None:
    assert hidden({"a": [1], "b": [2], "c": [30], "d": [40]}, [73], LEAST) == (frozenset("abc"), False)


def test_a_single_row_that_is_small_takes_the_total_with_it() -> None:
    assert hidden({"a": [3]}, [3], LEAST) == (frozenset("a"), True)
    assert hidden({"a": [3], "b": [0]}, [3], LEAST) == (frozenset("ab"), True)


@given(tables)
def test_no_small_figure_is_shown(rows: dict[str, list[int]]) -> None:
    gone, total_gone = hidden(rows, total(rows), LEAST)
    shown = [row for key, row in rows.items() if key not in gone] + ([] if total_gone else [total(rows)])
    assert not any(0 < quantity < LEAST for row in shown for quantity in row)


@given(tables)
def test_no_small_figure_can_be_had_by_subtraction(rows: dict[str, list[int]]) -> None:
    """The attacker knows the total and every row that is shown; what is left over for the hidden rows is theirs in sum.

    Each small figure must leave at least LEAST possibilities open: it may be anything from 0 to that sum."""
    gone, total_gone = hidden(rows, total(rows), LEAST)
    if total_gone:
        assert gone == frozenset(rows)
        return
    for n, whole in enumerate(total(rows)):
        left = whole - sum(row[n] for key, row in rows.items() if key not in gone)
        assert not 0 < left < LEAST
        small = [key for key, row in rows.items() if 0 < row[n] < LEAST]
        assert all(key in gone for key in small)
        if small:
            assert len(gone) >= 2
            assert left >= LEAST


@given(tables)
def test_what_is_big_enough_everywhere_stays(rows: dict[str, list[int]]) -> None:
    if not any(0 < quantity < LEAST for row in [*rows.values(), total(rows)] for quantity in row):
        assert hidden(rows, total(rows), LEAST) == (frozenset(), False)


def people(region: str, visited: float, listed: float) -> object:
    return light(
        region,
        numerator=visited,
        denominator=listed,
        value=100 * visited / listed,
        shortfall=listed - visited,
    )


def public() -> object:
    """甲县 has 4 of 200 not visited; 乙县 is the next smallest."""
    figures = {
        COUNTIES[0]: (196.0, 200.0),
        COUNTIES[1]: (150.0, 210.0),
        COUNTIES[2]: (300.0, 400.0),
        COUNTIES[3]: (1000.0, 1200.0),
    }
    lights = [people(CITY, 1646.0, 2010.0), games(), games(COUNTIES[0], value=3.0, numerator=3.0)]
    lights += [people(code, *each) for code, each in figures.items()]
    return snapshot(*lights)  # type: ignore[arg-type]


def test_a_hidden_county_keeps_its_light_and_loses_every_figure() -> None:
    shown = guarded(public(), LEAST)  # type: ignore[arg-type]
    assert shown.hidden == {("a01.visits", COUNTIES[0]), ("a01.visits", COUNTIES[1])}
    blank = shown.light["a01.visits", COUNTIES[0]]
    assert blank.status == "lagging"
    kept = {"last_report", "period", "due", "days_left", "target", "no_forecast"}
    parts = (blank.figure, blank.goal, blank.pace, blank.forecast)
    figures = {
        name: figure for part in parts for name, figure in structs.asdict(part).items() if name not in kept
    }
    assert {"value", "shortfall", "gap_days", "p90"} <= figures.keys()
    assert set(figures.values()) == {None}
    assert blank.goal.target == 100.0
    assert shown.light["a01.visits", COUNTIES[2]].figure.numerator == 300.0


def test_what_counts_no_persons_is_never_hidden() -> None:
    assert guarded(public(), LEAST).light["a02.games", COUNTIES[0]].figure.value == 3.0  # type: ignore[arg-type]


def test_a_board_that_is_not_public_hides_nothing() -> None:
    snap = public()
    assert guarded(snap, 0) is snap  # type: ignore[arg-type]


def test_no_page_and_no_table_gives_a_hidden_figure_away() -> None:
    shown = guarded(public(), LEAST)  # type: ignore[arg-type]
    empty = guarded_course(course("a01.visits", COUNTIES[0]), shown, LEAST)
    view = View()
    of_county = view._replace(query=(("region", COUNTIES[0]),))
    pages: list[Page] = [
        overview.page(shown, view),
        action.page(shown, of_county, shown.frame.action[1]),
        county.page(shown, view, shown.frame.region[COUNTIES[0]]),
        indicator.page(shown, of_county, shown.light["a01.visits", COUNTIES[0]], empty),
    ]
    for page in pages:
        text = "".join(piece.html + str(piece.chart) for piece in page.pieces)
        text += str([[cell.raw for cell in row] for table in page.tables for row in table.rows])
        for secret in ("196", "98.0", "210", "71.4"):
            assert secret not in text, (page.title, secret)


def test_courses_on_a_public_board_are_the_citys_alone_without_small_days() -> None:
    shown = guarded(public(), LEAST)  # type: ignore[arg-type]
    assert not guarded_course(course(region=COUNTIES[3]), shown, LEAST).days
    city = course()._replace(
        days=[structs.replace(day, numerator=4.0) if n == 3 else day for n, day in enumerate(course().days)]
    )
    days = guarded_course(city, shown, LEAST).days
    assert days[3].value is None
    assert days[3].why_zh == days[3].why_en == ""
    assert days[4].value == city.days[4].value
    assert guarded_course(course("a02.games", COUNTIES[0]), shown, LEAST).days

"""The core's two properties, and by example what each reducer means."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.event import Event, Record
from streams.counting.facts import Fact, Statement
from streams.counting.fold import Fold
from streams.counting.groups import groups
from streams.counting.outcome import Outcome
from tests.streams.counting import oracle, toy


def fold() -> Fold:
    return Fold(toy.CATALOGUE, toy.CALENDAR, toy.TOPIC)


def counted(state: Fold, measure: str | None = None) -> oracle.Cells:
    return {c: value for c, value in state.cells.items() if value and measure in (None, c[0])}


def day(month: int, day: int, year: int = 2023) -> int:
    return toy.CALENDAR.day(toy.instant(month, day, year=year))


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A log: events of a small world, some repeated, in any order."""
    source = random.Random(draw(st.integers(0, 2**32)))
    events = [toy.random_event(source) for _ in range(draw(st.integers(0, 40)))]
    if events:
        events += source.choices(events, k=source.randrange(len(events)))
    source.shuffle(events)
    return events


@settings(max_examples=400, deadline=None)
@given(histories())
def test_any_order_and_repetition_ends_in_the_batch_count(events: list[Event]) -> None:
    state = fold()
    for event in events:
        state.apply(event)
    assert counted(state) == oracle.cells(toy.CATALOGUE, events)


@settings(max_examples=300, deadline=None)
@given(histories(), st.integers(0, 60))
def test_a_take_over_at_any_offset_goes_on_as_if_nothing_had_happened(events: list[Event], cut: int) -> None:
    """What is written is a function of (log prefix, offset): statements in, the same outcomes and cells out."""
    first, statements = fold(), []
    for offset, event in enumerate(events[:cut]):
        statements += [Statement(fact, event.version, offset) for fact in first.apply(event)[1]]
    winners: dict[object, Statement] = {}
    for statement in statements:
        key = (statement.fact.measure, statement.fact.record)
        if key not in winners or winners[key][1:] < statement[1:]:
            winners[key] = statement
    second = fold()
    second.load(sorted(winners.values(), key=lambda statement: hash(statement.fact.record)))
    first.changes()
    assert counted(second) == counted(first)
    for event in events[cut:]:
        assert second.apply(event) == first.apply(event)
    assert second.changes() == first.changes()


@settings(max_examples=200, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_any_two_orders_agree(events: list[Event], source: random.Random) -> None:
    one, other = fold(), fold()
    for event in events:
        one.apply(event)
    for event in source.sample(events, k=len(events)):
        other.apply(event)
    assert counted(one) == counted(other)


# --- Outcomes ---


def test_outcomes_of_a_record() -> None:
    state = fold()
    first = toy.event("session", number=3)
    assert state.apply(first)[0] is Outcome.COUNTED
    assert state.apply(first) == (Outcome.DUPLICATE, ())
    assert state.apply(toy.event("session", number=5, revision=1))[0] is Outcome.COUNTED
    assert state.apply(first) == (Outcome.SUPERSEDED, ())
    assert sum(counted(state, "attendances").values()) == 5


def test_a_conflict_ends_the_same_in_either_order() -> None:
    rivals = [toy.event("session", number=3), toy.event("session", number=2)]
    ends = []
    for order in (rivals, rivals[::-1]):
        state = fold()
        assert state.apply(order[0])[0] is Outcome.COUNTED
        assert state.apply(order[1])[0] is Outcome.CONFLICT
        ends.append(counted(state))
    assert ends[0] == ends[1]


def test_a_void_before_its_record_and_a_revival_after_it() -> None:
    state = fold()
    state.apply(toy.event("session", number=3, void=True))
    assert state.apply(toy.event("session", number=3))[0] is Outcome.SUPERSEDED
    assert counted(state) == {}
    state.apply(toy.event("session", number=4, revision=1))
    assert sum(counted(state, "attendances").values()) == 4


# --- Reducers, by example ---


def test_a_person_named_by_two_counties_counts_once_in_that_of_the_earliest_live_record() -> None:
    state = fold()
    state.apply(toy.event("person", id="1", region="370881", time=toy.instant(3, 2)))
    state.apply(toy.event("person", id="2", region="370811001001", time=toy.instant(3, 1)))
    assert counted(state, "people") == {("people", "370811001001", day(3, 1)): 1}
    state.apply(toy.event("person", id="2", time=toy.instant(3, 1), revision=1, void=True))
    assert counted(state, "people") == {("people", "370881", day(3, 2)): 1}


def test_a_correction_that_no_longer_matches_takes_its_count_away() -> None:
    state = fold()
    state.apply(toy.event("person", kind="big"))
    state.apply(toy.event("person", kind="small", revision=1))
    assert counted(state, "first_ever") == {}
    assert sum(counted(state, "people").values()) == 1


def test_a_level_moves_with_its_subject() -> None:
    state = fold()
    state.apply(toy.event("level", id="1", number=5, region="370881", time=toy.instant(1, 10)))
    state.apply(toy.event("level", id="2", number=7, region="370811001001", time=toy.instant(2, 10)))
    assert counted(state, "level") == {
        ("level", "370881", day(1, 10)): 50,
        ("level", "370881", day(2, 10)): -50,
        ("level", "370811001001", day(2, 10)): 70,
    }


def test_of_a_subject_with_many_records_only_the_neighbours_are_counted_anew() -> None:
    """A publisher that puts everything under one subject must not bring its worker to a halt."""
    measure = toy.CATALOGUE.measures["level"]
    levels = groups(measure, toy.CALENDAR)
    facts = [
        Fact("level", "", Record("//toy", str(day), "toy.level", "one"), "370811", day, day, 0, day % 5, True)
        for day in range(1_000)
    ]
    for fact in [*facts[::2], *reversed(facts[1::2])]:
        before, after = levels.put(fact)
        assert len(before) + len(after) <= 8
    for fact in facts[::3]:
        before, after = levels.take(fact)
        assert len(before) + len(after) <= 8


def test_a_place_that_changes_its_kind_leaves_the_roster_of_the_old_kind() -> None:
    state = fold()
    state.apply(toy.event("roster", id="1", kind="big", time=toy.instant(1, 10)))
    state.apply(toy.event("roster", id="2", kind="small", time=toy.instant(2, 10)))
    region = toy.REGIONS[0]
    assert counted(state, "big_roster") == {
        ("big_roster", region, day(1, 10)): 1,
        ("big_roster", region, day(2, 10)): -1,
    }


def test_a_visit_counts_in_its_month_where_the_elder_lives_at_the_time_and_lapses() -> None:
    state = fold()
    state.apply(toy.event("roster", id="1", region="370881", time=toy.instant(1, 10)))
    state.apply(toy.event("visit", id="1", region="370811001001", time=toy.instant(2, 5)))
    state.apply(toy.event("roster", id="2", region="370811001001", time=toy.instant(2, 20)))
    assert counted(state, "visited") == {
        ("visited", "370881", day(2, 5)): 1,
        ("visited", "370881", day(2, 20)): -1,
        ("visited", "370811001001", day(2, 20)): 1,
        ("visited", "370811001001", day(3, 1)): -1,
    }


def test_an_elder_put_on_the_roster_late_but_visited_before_counts_from_then() -> None:
    state = fold()
    state.apply(toy.event("visit", time=toy.instant(2, 5)))
    state.apply(toy.event("roster", time=toy.instant(2, 20)))
    region = toy.REGIONS[0]
    assert counted(state, "visited") == {
        ("visited", region, day(2, 20)): 1,
        ("visited", region, day(3, 1)): -1,
    }


def test_a_case_settled_in_march_counts_for_january() -> None:
    state = fold()
    state.apply(toy.event("settled", region="370881", time=toy.instant(3, 5)))
    state.apply(toy.event("case", region="370811001001", time=toy.instant(1, 5)))
    assert counted(state, "settled") == {("settled", "370811001001", day(1, 5)): 1}


def test_what_of_a_cohort_stood_on_each_day() -> None:
    """A case of January that is settled in March, taken up again in April and settled in May; its year goes on."""
    state = fold()
    state.apply(toy.event("case", time=toy.instant(1, 5), region="370881"))
    for id, month, listed in (("1", 3, True), ("2", 4, False), ("3", 5, True)):
        state.apply(toy.event("settled", id=id, time=toy.instant(month, 5), listed=listed))
    changes = {day(3, 5): 1, day(4, 5): -1, day(5, 5): 1}
    assert counted(state, "accepted_settled@month") == {}, "none of it in the month in which the case began"
    assert counted(state, "accepted_settled@ever") == {
        ("accepted_settled@ever", "370881", at): d for at, d in changes.items()
    }
    over = changes | {day(1, 1, 2024): -1}
    assert counted(state, "accepted_settled@year") == {
        ("accepted_settled@year", "370881", at): d for at, d in over.items()
    }


# --- Order ---


def ends(events: Iterable[Event], measure: str) -> list[dict[str, int]]:
    """What stands in each region at the end, for every order of arrival."""
    found = []
    for arrived in permutations(events):
        state = fold()
        for each in arrived:
            state.apply(each)
        levels: Counter[str] = Counter()
        for (_, region, _), value in counted(state, measure).items():
            levels[region] += value
        found.append({region: level for region, level in levels.items() if level})
    return found


NAMES = [("99", "100"), ("100", "99"), ("9", "10"), ("098", "099")]
EARLY, LATE = toy.instant(6, 20, 10), toy.instant(6, 20, 11)


@pytest.mark.parametrize(("off", "on"), NAMES)
@pytest.mark.parametrize(
    ("off_recorded", "on_recorded"),
    [(EARLY, LATE), (EARLY, EARLY), (None, None), (EARLY, None), (None, EARLY)],
)
def test_a_level_that_is_switched_off_and_on_at_one_instant_stands(
    off: str, on: str, off_recorded: int | None, on_recorded: int | None
) -> None:
    """Unless it is said that the off was recorded later. What the ids are is all the same."""
    time = toy.instant(6, 20)
    events = [
        toy.event("roster", id="first", time=toy.instant(1, 1)),
        toy.event("roster", id=off, time=time, listed=False, recorded=off_recorded),
        toy.event("roster", id=on, time=time, region="370881", recorded=on_recorded),
        toy.event("visit", time=toy.instant(6, 1)),
        toy.event("aid", time=toy.instant(2, 1)),
        toy.event("included", time=toy.instant(2, 1)),
        toy.event("person", time=toy.instant(2, 1)),
    ]
    for measure in ("roster", "included"):
        assert ends(events[:3] + events[5:], measure) == [{"370881": 1}] * 120
    for visit, measure in ((3, "visited"), (4, "aided_yearly")):
        state = fold()
        for each in [*events[:3], events[visit]]:
            state.apply(each)
        assert counted(state, measure)[measure, "370881", day(6, 20)] == 1


def test_what_is_recorded_last_stands_where_that_is_said() -> None:
    time = toy.instant(6, 20)
    on = toy.event("roster", id="9", time=time, recorded=EARLY)
    off = toy.event("roster", id="1", time=time, recorded=LATE, listed=False)
    moved = toy.event("roster", id="0", time=time, recorded=LATE, region="370881")
    assert ends([on, off], "roster") == [{}] * 2
    assert ends([on, moved], "roster") == [{"370881": 1}] * 2
    assert ends([on, off, moved], "roster") == [{"370881": 1}] * 6


def test_a_place_that_becomes_of_another_kind_is_of_one_kind_whatever_its_records_are_called() -> None:
    """To be of another kind is no switching off: else it would stand in the rosters of both."""
    time = toy.instant(6, 20)
    events = [toy.event("roster", id="9", time=time), toy.event("roster", id="10", time=time, kind="small")]
    assert ends(events, "roster") == ends(events, "big_roster")


def test_a_person_counts_where_it_was_recorded_first() -> None:
    time = toy.instant(3, 1)
    events = [
        toy.event("person", id="1", time=time, recorded=LATE),
        toy.event("person", id="2", time=time, recorded=EARLY, region="370881"),
    ]
    assert ends(events, "people") == [{"370881": 1}] * 2


def test_a_repeat_that_was_recorded_earlier_moves_its_record_in_either_order() -> None:
    """Some systems write down the moment of sending; the order of arrival must not matter for that."""
    time = toy.instant(3, 1)
    events = [
        toy.event("person", id="1", time=time, recorded=LATE),
        toy.event("person", id="2", time=time, recorded=LATE - 2, region="370881"),
        toy.event("person", id="1", time=time, recorded=EARLY),
        toy.event("person", id="1", time=time),
    ]
    assert ends(events, "people") == [{toy.REGIONS[0]: 1}] * 24
    state = fold()
    outcomes = [state.apply(each)[0] for each in events]
    assert outcomes == [Outcome.COUNTED, Outcome.COUNTED, Outcome.DUPLICATE, Outcome.DUPLICATE]


def test_midnight_is_the_citys() -> None:
    state = fold()
    state.apply(toy.event("session", number=1, time=toy.instant(1, 31, 15, 59)))
    state.apply(toy.event("session", id="2", number=2, time=toy.instant(1, 31, 16)))
    region = toy.REGIONS[0]
    assert counted(state, "attendances") == {
        ("attendances", region, day(1, 31)): 1,
        ("attendances", region, day(2, 1)): 2,
    }


def test_an_unknown_reducer_is_named() -> None:
    from streams.counting.groups import groups

    with pytest.raises(ValueError, match="seen"):
        groups(toy.CATALOGUE.measures["beats"], toy.CALENDAR)

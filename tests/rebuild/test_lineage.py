"""Which log begins, where, and what came before it: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.lineage import (
    Known,
    Lineage,
    StoredPosition,
    Stretch,
    describe_beginning,
    known,
    lineages,
    next_log,
)
from streams.logs import Beginning, log_name, log_number, topic_of

GROWN = Beginning("homes", 2, "i", False, (4, 0, 8, 0), (3, -1, 7))
ANEW = Beginning("homes", 3, "j", True, (0, 0), (5, 2, 7, 0))
HELD = [StoredPosition("g", "homes", n, last, "i", 3) for n, last in ((0, 3), (2, 7))]


def begin(
    partitions: int, id: str = "i", starts: dict[tuple[str, int], int] | None = None, *, accept: bool = False
) -> Beginning | None:
    """What begins where Kafka has homes so."""
    line = lineages(HELD, [])["homes"]
    return next_log(line, known(line, 3), partitions, id, starts or {}, accept_start=accept)


@given(st.from_regex(r"[a-z][a-z0-9._-]{0,40}", fullmatch=True), st.integers(1, 99))
def test_a_log_is_named_by_its_topic_and_number(topic: str, number: int) -> None:
    name = log_name(topic, number)
    assert (topic_of(name), log_number(name)) == (topic, number)
    assert (name == topic) == (number == 1)


def test_the_same_topic_goes_on() -> None:
    assert begin(3) is None
    assert begin(3, "") is None  # a broker that tells no ids


def test_more_partitions_begin_behind_what_was_counted() -> None:
    assert begin(4) == GROWN
    assert begin(4, "") == GROWN._replace(topic_id="")


def test_a_topic_made_anew_begins_at_its_first_event() -> None:
    assert begin(4, "j") == Beginning("homes", 2, "j", True, (0, 0, 0, 0), (3, -1, 7))
    assert begin(3, "j") == Beginning("homes", 2, "j", True, (0, 0, 0), (3, -1, 7))


def test_fewer_partitions_are_a_topic_made_anew() -> None:
    assert begin(2, "") == Beginning("homes", 2, "", True, (0, 0), (3, -1, 7))


def test_what_was_deleted_before_it_was_counted_must_be_accepted() -> None:
    assert begin(4, starts={("homes", 2): 8, ("homes", 0): 1}) == GROWN
    with pytest.raises(
        CannotRebuild, match=r"homes/2: .* go on at offset 8, .* starts at 9: offsets 8–8 were deleted"
    ):
        begin(4, starts={("homes", 2): 9})
    with pytest.raises(
        CannotRebuild, match=r"homes/3: .* go on at offset 0, .* starts at 5: offsets 0–4 were deleted"
    ):
        begin(4, starts={("homes", 3): 5})
    accepted = begin(4, starts={("homes", 3): 5}, accept=True)
    assert accepted == GROWN._replace(firsts=(4, 0, 8, 5))


def test_the_next_log_follows_the_last_that_was_counted() -> None:
    held = [
        StoredPosition("h", "homes@2", 0, 5, "i", 4),
        StoredPosition("h", "homes@2", 1, 2, "i", 4),
        StoredPosition("h", "homes@2", 2, 7, "i", 4),
    ]
    line = lineages([*HELD, *held], [GROWN])["homes"]
    assert known(line) == Known(4, "i")
    # Of partition 3 nothing was counted, of partition 2 nothing since it began.
    assert next_log(line, known(line), 2, "j", {}, accept_start=False) == ANEW._replace(lasts=(5, 2, 7, -1))


def test_a_first_log_is_what_was_counted_of_it() -> None:
    line = lineages(HELD, [])["homes"]
    assert line.stretches() == [Stretch("homes", 0, 3, "i", 3), Stretch("homes", 2, 7, "i", 3)]
    assert line.history() == []


def test_every_partition_of_a_later_log_has_a_history() -> None:
    moved = StoredPosition("g", "homes", 0, 99, "i", 3)  # a stalled worker woke up
    line = lineages([*HELD, moved, StoredPosition("h", "homes@2", 0, 5, "i", 4)], [GROWN])["homes"]
    assert line.log == "homes@2"
    assert line.stretches() == [
        Stretch("homes@2", 0, 5, "i", 4, 4), Stretch("homes@2", 1, -1, "i", 4, 0),
        Stretch("homes@2", 2, 7, "i", 4, 8), Stretch("homes@2", 3, -1, "i", 4, 0),
    ]  # fmt: skip
    assert [(part.stretch, part.sent_on) for part in line.history()] == [
        (Stretch("homes", 0, 3, "", 3), False),
        (Stretch("homes", 2, 7, "", 3), False),
    ]


def test_what_was_sent_on_in_a_topic_that_is_gone_comes_after_all_its_logs() -> None:
    """It had grown before: what was sent on in its first log may lie unread in the second."""
    parts = lineages([], [GROWN, ANEW])["homes"].history()
    first = [Stretch("homes", 0, 3, "", 3), Stretch("homes", 2, 7, "", 3)]
    second = [
        Stretch("homes@2", 0, 5, "", 4, 4),
        Stretch("homes@2", 1, 2, "", 4),
        Stretch("homes@2", 3, 0, "", 4),
    ]
    assert [part.stretch for part in parts] == [*first, *second, *first, *second]
    assert [part.sent_on for part in parts] == [False] * 5 + [True] * 5
    again = lineages([], [GROWN, ANEW, ANEW._replace(number=4, lasts=(1,) * len(ANEW.firsts))])[
        "homes"
    ].history()
    assert [part.sent_on for part in again] == [
        *[False] * 5,
        *[True] * 5,
        *[False] * len(ANEW.firsts),
        *[True] * len(ANEW.firsts),
    ]


@pytest.mark.parametrize(
    ("strange", "words"),
    [
        (StoredPosition("h", "homes", 1, 5, "i", 4), "speak of 3, 4 partitions"),
        (StoredPosition("h", "homes", 1, 5, "j", 3), "speak of the topic ids i, j"),
    ],
)
def test_positions_that_contradict_each_other_are_refused(strange: StoredPosition, words: str) -> None:
    with pytest.raises(CannotRebuild, match=words):
        lineages([*HELD, strange], [])
    assert lineages([*HELD, strange._replace(generation="h.repair")], [])
    with pytest.raises(CannotRebuild, match="the generation that answers of 5"):
        known(lineages(HELD, [])["homes"], 5)


def test_people_are_told_how_far_the_old_log_was_counted() -> None:
    (grown,) = describe_beginning(GROWN, Known(3, "i"))
    assert grown.startswith("homes has 4 partitions in Kafka, 3 were counted")
    assert grown.endswith("(partition: last offset): 0: 3, 2: 7.")
    anew, gone = describe_beginning(ANEW, Known(4, "i"))
    assert "deleted in Kafka and made anew, with 2 partitions (id j)" in anew
    assert "0: 5, 1: 2, 2: 7, 3: 0. What it held behind that is gone" in gone
    assert "counted (partition: last offset): nothing." in next(
        describe_beginning(GROWN._replace(lasts=(-1,)), Known(1, ""))
    )


counts = st.lists(st.integers(-1, 50), min_size=1, max_size=6)


@given(
    counts,
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 4), st.lists(st.integers(0, 20), max_size=12)), max_size=4
    ),
)
def test_logs_follow_one_another_without_a_gap_and_without_an_overlap(
    ends: list[int], changes: list[tuple[bool, int, list[int]]]
) -> None:
    """Whatever happens to a topic, each offset that was counted belongs to the history once, and none that was not."""
    held = [StoredPosition("g", "t", n, last, "0", len(ends)) for n, last in enumerate(ends) if last >= 0]
    logs: list[Beginning] = []
    counted = {("t", n): (0, last) for n, last in enumerate(ends) if last >= 0}
    size, id = len(ends), 0
    for anew, more, events in changes:
        line = lineages(held, logs).get("t", Lineage("t"))
        id, partitions = (id + 1, more) if anew else (id, size + more)
        began = next_log(line, known(line, size), partitions, str(id), {}, accept_start=False)
        assert began is not None
        assert began.anew == anew
        assert began.number == len(logs) + 2
        logs.append(began)
        if not anew:  # goes on behind what was counted
            assert began.firsts[:size] == tuple(last + 1 for last in began.lasts)
        size = partitions
        for n, count in zip(range(size), events, strict=False):
            first = began.firsts[n]
            held.append(StoredPosition("g", began.name, n, first + count - 1, str(id), size))
            if count:
                counted[began.name, n] = (first, first + count - 1)
    line = lineages(held, logs).get("t", Lineage("t"))
    pieces = [part.stretch for part in line.history() if not part.sent_on] + line.stretches()
    assert {(s.log, s.partition): (s.first, s.last) for s in pieces if s.last >= s.first} == counted

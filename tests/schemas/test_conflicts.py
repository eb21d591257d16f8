"""Conflicts by example, and against what they are by definition."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.conflicts import Conflict, Content, conflicts
from schemas.registry import event_types

RECORD = ("//a", "000001", "civil-affairs.elder-visit", "elder-4")


def content(
    time: str, place: int = 0, data: str = '{"region":"370831001001"}', *, revision: int = 0, void: bool = False,
    fingerprint: int | None = None,
) -> Content:  # fmt: skip
    at = round(datetime.fromisoformat(f"{time}+08:00").timestamp()) * 1_000_000
    number = place if fingerprint is None else fingerprint
    return Content(f"civil-affairs/0/{place}", place, revision, void, number, at, "370831001001", data)


def found(*told: Content, type: str = RECORD[2]) -> list[Conflict]:
    return conflicts("civil-affairs", RECORD, told, event_types[type], "Asia/Shanghai")


def test_a_serial_number_that_starts_again_each_month() -> None:
    """shared/cases/id-reuse.ndjson."""
    [conflict] = found(
        content("2023-07-10T08:00:00", 1, fingerprint=9), content("2023-06-10T08:00:00", 0, fingerprint=10)
    )
    assert conflict.restarts
    assert conflict.places == ("civil-affairs/0/0", "civil-affairs/0/1")
    assert conflict.stands == 0, "the higher fingerprint, whatever came first"
    assert [each.field for each in conflict.differs] == ["time"]
    assert Conflict.of(json.loads(json.dumps(conflict.plain()))) == conflict


def test_a_time_that_was_corrected_without_a_revision_is_no_serial_number() -> None:
    assert not found(content("2023-06-10T08:00:00"), content("2023-06-11T08:00:00", 1))[0].restarts
    same = '{"attendances":30,"region":"370831001001"}'
    assert not found(content("2023-06-30T08:00:00", 0, same), content("2023-07-01T08:00:00", 1, same))[
        0
    ].restarts


def test_texts_are_masked_words_of_a_list_are_not() -> None:
    one = '{"kind":"urban","listed":true,"name":"张三","region":"370831001001"}'
    other = '{"kind":"rural","listed":false,"name":"Li Si","region":"370831001002"}'
    [conflict] = found(content("2023-06-01T00:00:00", 0, one), content("2023-06-01T00:00:00", 1, other),
                       type="civil-affairs.community")  # fmt: skip
    assert dict(conflict.differs) == {
        "data.kind": ("urban", "rural"),
        "data.listed": ("true", "false"),
        "data.name": ("***", "***"),
        "data.region": ("370831001001", "370831001002"),
    }


def test_a_withdrawal_is_no_conflict_and_a_higher_revision_settles_one() -> None:
    assert not found(content("2023-06-01T00:00:00"), content("2023-06-01T00:00:00", 1, "", void=True))
    [settled] = found(
        content("2023-06-01T00:00:00"),
        content("2023-06-02T00:00:00", 1),
        content("2023-06-02T00:00:00", 2, revision=1),
    )
    assert settled.stands is None


CONTENTS = st.lists(
    st.builds(
        content,
        st.sampled_from(["2023-06-10T08:00:00", "2023-07-10T08:00:00", "2023-07-11T08:00:00"]),
        st.integers(0, 9),
        st.sampled_from(['{"region":"370831001001"}', '{"n":1,"region":"1"}', '{"n":2,"region":"1"}']),
        revision=st.integers(0, 1),
        void=st.booleans(),
        fingerprint=st.integers(0, 20),
    ),
    min_size=1,
    unique_by=lambda each: (each.revision, each.void, each.fingerprint),
)


@given(CONTENTS)
def test_by_definition(told: list[Content]) -> None:
    pairs = [
        {one.fingerprint, other.fingerprint}
        for one, other in combinations(told, 2)
        if (one.revision, one.void) == (other.revision, other.void)
    ]
    shown = found(*told)
    assert bool(shown) == bool(pairs)
    assert sum(len(each.places) for each in shown) == len({(c.revision, c.void, c.fingerprint) for c in told for p in pairs
                                                           if c.fingerprint in p and _shares(c, told)})  # fmt: skip
    winner = max(told, key=lambda each: (each.revision, each.void, each.fingerprint))
    standing = [each.places[each.stands] for each in shown if each.stands is not None]
    assert standing == ([winner.place] if _shares(winner, told) else [])
    for each in shown:
        assert all(len(differs.values) == len(each.places) for differs in each.differs)


def _shares(one: Content, told: list[Content]) -> bool:
    return sum((each.revision, each.void) == (one.revision, one.void) for each in told) > 1


@pytest.mark.parametrize("data", ["", "[]", '{"region":"x","odd":[1,{"a":2}]}'])
def test_any_data_can_be_shown(data: str) -> None:
    assert found(content("2023-06-01T00:00:00", 0, data), content("2023-06-01T00:00:00", 1))

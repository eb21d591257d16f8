"""The year as it is sent: reproducible, in order, dirty within bounds, and read by the contract as it is meant."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import orjson
import pytest
import yaml

import schemas
from pulse.simulate import ndjson
from pulse.simulate.city import SimulatedCity
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.faults import MALFORMED
from pulse.simulate.seasons import DAY, END, OFFSET, START
from pulse.simulate.sheet import LATEST, LOADING
from pulse.simulate.year import _SOUND, SimulatedYear, _rendered, year
from schemas.contract import Contract
from schemas.event import Event, PassedOver, Refusal
from schemas.regions import Regions
from schemas.registry import event_types
from tests.schemas.messages import Received

Read = tuple[Dispatch, Event | Refusal, int]
"""A message, what the contract makes of it, and the fault that it was given."""


@pytest.fixture(scope="module")
def plan() -> SimulatedYear:
    return SimulatedYear(SimulatedCity(seed=3, scale=0.02))


@pytest.fixture(scope="module")
def contract() -> Contract:
    path = Path(schemas.__file__).parent / "data" / "regions-jining.yaml"
    return Contract(event_types, Regions.model_validate(yaml.safe_load(path.read_text())))


@pytest.fixture(scope="module")
def messages(plan: SimulatedYear, contract: Contract) -> list[Read]:
    read: list[Read] = []
    for sheets, postings in plan._spans():
        for sent, fault in zip(_rendered(3, sheets, postings), postings.fault.tolist(), strict=True):
            received = Received(sent.value, sent.headers, timestamp=sent.published_at_us // 1000)
            decoded = contract.decode(sent.topic, received)
            assert not isinstance(decoded, PassedOver)
            read.append((sent, decoded, fault))
    return read


def digest(dispatches: Iterable[Dispatch]) -> str:
    whole = hashlib.sha256()
    for sent in dispatches:
        whole.update(ndjson.line(sent))
    return whole.hexdigest()


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert digest(year(SimulatedCity(7, 0.01, 2))) == digest(year(SimulatedCity(7, 0.01, 2)))


def test_another_seed_gives_another_year() -> None:
    first, second = ({sent.key for sent in islice(year(SimulatedCity(seed, 0.01)), 300)} for seed in (1, 2))
    assert len(first & second) < 0.3 * len(first)  # codes of places are the same


def test_heartbeats_of_more_days_change_nothing_else() -> None:
    def others(days: int) -> str:
        told = year(SimulatedCity(1, 0.01, days))
        return digest(sent for sent in told if not (sent.key or b"device").startswith(b"device"))

    assert others(0) == others(3)


def test_every_sound_message_is_an_event_and_every_malformed_one_is_refused(messages: list[Read]) -> None:
    sound = Counter(str(got) for _, got, fault in messages if fault == _SOUND and isinstance(got, Refusal))
    taken = Counter(
        MALFORMED[fault].__name__
        for _, got, fault in messages
        if 0 <= fault < len(MALFORMED) and isinstance(got, Event)
    )
    rerouted = [got for _, got, fault in messages if fault >= len(MALFORMED) and isinstance(got, Refusal)]
    assert (sound, taken, rerouted) == (Counter(), Counter(), [])


def test_each_fault_is_refused_on_every_type_of_message(contract: Contract, messages: list[Read]) -> None:
    seen: set[str] = set()
    for sent, got, fault in messages:
        structured = any(content.startswith(b"application/cloudevents") for _, content in sent.headers)
        if fault != _SOUND or not structured or not isinstance(got, Event) or got.record.type in seen:
            continue
        if got.version.void or got.version.revision:
            continue
        seen.add(got.record.type)
        for number, spoil in enumerate(MALFORMED):
            bad = spoil(sent, np.random.default_rng(number))
            received = Received(bad.value, bad.headers, timestamp=bad.published_at_us // 1000)
            assert isinstance(contract.decode(bad.topic, received), Refusal), (spoil, bad)
    assert len(seen) > 0.9 * len(event_types)


def test_every_event_type_is_told(messages: list[Read]) -> None:
    assert {got.record.type for _, got, _ in messages if isinstance(got, Event)} == set(event_types)


def test_messages_are_in_order_and_as_many_as_the_plan_says(
    plan: SimulatedYear, messages: list[Read]
) -> None:
    published = [sent.published_at_us for sent, _, _ in messages]
    assert published == sorted(published)
    assert len(published) == plan.sums.messages
    assert published[0] >= LOADING
    assert END < published[-1] < END + 120 * DAY


def test_nothing_is_published_before_it_happened_or_was_recorded(messages: list[Read]) -> None:
    for sent, got, _ in messages:
        if isinstance(got, Event):
            assert got.time <= sent.published_at_us
            assert got.recorded is None or got.recorded <= sent.published_at_us


def test_shares_of_dirt_are_those_of_real_feeds(plan: SimulatedYear, messages: list[Read]) -> None:
    sums = plan.sums
    records = {
        got.record
        for _, got, _ in messages
        if isinstance(got, Event) and got.record.type != "smart-community.heartbeat"
    }
    assert 0.007 < sums.repeats / sums.messages < 0.013
    assert 0.002 < sums.corrections / len(records) < 0.007
    assert 0.0005 < sums.voids / len(records) < 0.003
    assert 0.001 < (sums.malformed + sums.misrouted) / sums.messages < 0.003
    assert 0.03 < sums.late / sums.messages < 0.2


def test_repeats_are_exact_and_come_later(messages: list[Read]) -> None:
    first: dict[tuple[object, ...], int] = {}
    waited = []
    for sent, got, fault in messages:
        if fault == _SOUND and isinstance(got, Event):
            key = (got.record, got.version, sent.value)
            if key in first:
                waited.append(sent.published_at_us - first[key])
            first.setdefault(key, sent.published_at_us)
    assert len(waited) > 100
    assert min(waited) >= 60_000_000
    assert DAY < max(waited) <= 6 * DAY


def test_first_accounts_of_the_year_come_within_forty_days(messages: list[Read]) -> None:
    waited = np.array([
        sent.published_at_us - got.time
        for sent, got, fault in messages
        if fault == _SOUND and isinstance(got, Event) and got.version.revision == 0 and got.time >= START
    ])  # fmt: skip
    assert 20 * DAY < waited.max() <= LATEST + 7 * DAY  # the latest one may have been repeated
    assert np.mean(waited > DAY) > 0.03


def test_corrections_move_events_to_other_counties_and_months_and_never_a_place(messages: list[Read]) -> None:
    first: dict[object, Event] = {}
    counties = months = overtaken = 0
    for _, got, _ in messages:
        if not isinstance(got, Event) or got.data is None:
            continue
        if len(got.record.subject) == 12 and got.record.subject.isdigit():
            assert got.region == got.record.subject
        if got.version.revision == 0:
            first.setdefault(got.record, got)
        elif got.version.revision == 1 and got.record in first:
            was = first[got.record]
            counties += was.region[:6] != got.region[:6]
            months += abs(was.time - got.time) > 14 * DAY
        elif got.version.revision == 1:
            overtaken += 1
    assert counties > 5
    assert months > 5
    assert overtaken > 0


def test_weekends_are_weak_and_the_year_ends_strongly(messages: list[Read]) -> None:
    days: Counter[date] = Counter()
    for _, got, _ in messages:
        if (
            isinstance(got, Event)
            and START <= got.time < END
            and got.record.type != "smart-community.heartbeat"
        ):
            days[date(1970, 1, 1) + timedelta((got.time + OFFSET) // DAY)] += 1
    workdays, weekends = (
        np.mean([number for day, number in days.items() if (day.weekday() >= 5) == free])
        for free in (False, True)
    )
    assert weekends < 0.7 * workdays
    festival = sum(days[date(2023, 1, 21) + timedelta(n)] for n in range(7))
    ordinary = sum(days[date(2023, 3, 6) + timedelta(n)] for n in range(7))
    assert festival < 0.75 * ordinary


def test_both_modes_of_cloud_events_are_sent(messages: list[Read]) -> None:
    binary = sum(any(name.startswith("ce_") for name, _ in sent.headers) for sent, _, _ in messages)
    assert 0.08 < binary / len(messages) < 0.12


def test_messages_do_not_depend_on_how_they_fall_into_blocks(plan: SimulatedYear) -> None:
    sheets, postings = next(iter(plan._spans()))
    stretch = postings[:3000]
    whole = _rendered(3, sheets, stretch)
    parts = [sent for n in range(0, 3000, 7) for sent in _rendered(3, sheets, stretch[n : n + 7])]
    assert whole == parts
    assert orjson.loads(
        next(sent.value for sent in whole if sent.value and sent.value.startswith(b"{")) or b""
    )


def test_how_many_come_before_an_instant_is_known_without_a_message(
    messages: list[Read], plan: SimulatedYear
) -> None:
    for instant in (LOADING, START, START + 200 * DAY + 1, END, LATEST + DAY):
        assert plan.before(instant) == sum(sent.published_at_us < instant for sent, _, _ in messages)
    assert 0 < plan.before(START) < plan.before(END) <= plan.sums.messages

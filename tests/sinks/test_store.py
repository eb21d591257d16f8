"""The worker's store: one contract for ClickHouse and for the memory that histories are played against."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.event import Record, Version
from sinks.clickhouse.connection import connect
from sinks.clickhouse.store import ClickHouseStore
from streams.commands import Columns, Loaded, Position, Write
from streams.counting.facts import Fact, Statement
from streams.ports import Store, Unavailable
from tests.streams.counting.toy import CALENDAR, INSTANTS, REGIONS
from tests.streams.simulator import PARTITIONS, Ledger

TOPIC = "toy"
JIA = Record("//a", "1", "toy.session", "甲")


class Memory:
    """The simulator's ledger behind the port."""

    def __init__(self) -> None:
        self._ledger = Ledger()

    async def load(self, topic: str, partition: int) -> Loaded:
        return self._ledger.load(partition)

    async def write(self, table: str, columns: Columns) -> None:
        self._ledger.write(Write(table, columns, len(next(iter(columns.values())))))


@pytest.fixture
def clickhouse(client: Client) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(client, "g", CALENDAR)
    yield store
    store.close()


@pytest.fixture(params=["memory", "clickhouse"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return Memory()
    found: ClickHouseStore = request.getfixturevalue("clickhouse")
    return found


def statement(
    offset: int, revision: int = 0, *, void: bool = False, measure: str = "sessions", member: str = "",
    record: Record = JIA, fingerprint: int | None = None,
) -> Statement:  # fmt: skip
    """A statement whose content is a function of measure, record and version, as real ones are."""
    mark = fingerprint if fingerprint is not None else 2**63 + revision
    time = INSTANTS[(mark + revision) % len(INSTANTS)]
    region = "" if void else REGIONS[(mark + len(record.id)) % len(REGIONS)]
    fact = Fact(
        measure, member, record, region, time, CALENDAR.day(time), mark % 5 - 2, mark % 7 - 3, not void
    )
    return Statement(fact, Version(revision, void, mark), offset)


def facts(
    statements: Sequence[Statement], *, topic: str = TOPIC, partition: int = 0, generation: str = "g"
) -> dict[str, list[Any]]:
    n = len(statements)
    columns: dict[str, list[Any]] = {
        "generation": [generation] * n, "topic": [topic] * n, "partition": [partition] * n,
        "offset": [s.offset for s in statements],
    }  # fmt: skip
    for name in ("measure", "member", "region", "time", "rank", "value", "live"):
        columns[name] = [getattr(s.fact, name) for s in statements]
    for name in Record._fields:
        columns[name] = [getattr(s.fact.record, name) for s in statements]
    for name in Version._fields:
        columns[name] = [getattr(s.version, name) for s in statements]
    return columns


def position(
    offset: int, *, topic: str = TOPIC, partition: int = 0, generation: str = "g"
) -> dict[str, list[Any]]:
    return {
        "generation": [generation], "topic": [topic], "partition": [partition], "offset": [offset],
        "append_time": [1_700_000_000_000], "topic_id": [""], "partitions": [PARTITIONS],
    }  # fmt: skip


def loaded(offset: int, *statements: Statement) -> tuple[Position, set[Statement]]:
    return Position(offset, "", PARTITIONS, 1_700_000_000_000), set(statements)


async def load(store: Store, partition: int = 0) -> tuple[Position | None, set[Statement]]:
    found = await store.load(TOPIC, partition)
    assert len(set(found.statements)) == len(found.statements), "each record once"
    return found.position, set(found.statements)


class TestContract:
    """Whatever stands behind the port answers like this."""

    async def test_nothing_is_known_of_an_empty_shard(self, store: Store) -> None:
        assert await store.load(TOPIC, 0) == Loaded(None, [])

    async def test_facts_without_a_position_do_not_count(self, store: Store) -> None:
        await store.write("facts", facts([statement(3)]))
        assert await store.load(TOPIC, 0) == Loaded(None, [])

    async def test_a_position_alone(self, store: Store) -> None:
        await store.write("positions", position(41))
        assert await load(store) == loaded(41)

    async def test_the_highest_position_wins(self, store: Store) -> None:
        for offset in (5, 9, 7):
            await store.write("positions", position(offset))
        assert await load(store) == loaded(9)

    async def test_facts_beyond_the_position_are_not_there(self, store: Store) -> None:
        old, new = statement(2), statement(9, 1)
        await store.write("facts", facts([old, new]))
        await store.write("positions", position(8))
        assert await load(store) == loaded(8, old)
        await store.write("positions", position(9))
        assert await load(store) == loaded(9, new)

    async def test_the_highest_version_wins_whatever_the_order(self, store: Store) -> None:
        accounts = [statement(1, 2), statement(2, 0), statement(3, 1)]
        await store.write("facts", facts(accounts))
        await store.write("positions", position(3))
        assert await load(store) == loaded(3, accounts[0])

    async def test_of_one_version_the_last_stands(self, store: Store) -> None:
        """It was written again since it was found to be recorded earlier."""
        late = statement(1, 2)
        early = Statement(msgspec.structs.replace(late.fact, rank=late.fact.rank - 9), late.version, 5)
        await store.write("facts", facts([late, early]))
        await store.write("positions", position(4))
        assert await load(store) == loaded(4, late)
        await store.write("positions", position(5))
        assert await load(store) == loaded(5, early)

    async def test_a_void_and_then_the_fingerprint_decide(self, store: Store) -> None:
        valid, void = statement(1, 1, fingerprint=2**64 - 1), statement(2, 1, void=True, fingerprint=0)
        low, high = (statement(n, 3, record=JIA._replace(id="2"), fingerprint=n + 2**63) for n in (3, 4))
        await store.write("facts", facts([void, valid, high, low]))
        await store.write("positions", position(4))
        assert await load(store) == loaded(4, void, high)

    async def test_records_differ_in_each_part(self, store: Store) -> None:
        records = [JIA, JIA._replace(source="//b"), JIA._replace(id="2"), JIA._replace(type="toy.visit")]
        records.append(JIA._replace(subject="乙"))
        accounts = [statement(n, record=record) for n, record in enumerate(records)]
        accounts.append(statement(0, measure="other"))
        await store.write("facts", facts(accounts))
        await store.write("positions", position(9))
        assert await load(store) == loaded(9, *accounts)

    async def test_writing_again_changes_nothing(self, store: Store) -> None:
        accounts = [statement(1), statement(2, 1), statement(3, record=JIA._replace(id="2"))]
        for _ in range(3):
            await store.write("facts", facts(accounts))
            await store.write("positions", position(3))
        assert await load(store) == loaded(3, *accounts[1:])

    async def test_a_stalled_owner_that_wakes_takes_nothing_back(self, store: Store) -> None:
        await store.write("facts", facts([statement(1), statement(2, 1)]))
        await store.write("positions", position(2))
        await store.write("facts", facts([statement(1)]))
        await store.write("positions", position(1))
        assert await load(store) == loaded(2, statement(2, 1))

    async def test_partitions_are_apart(self, store: Store) -> None:
        await store.write("facts", facts([statement(1)], partition=1))
        await store.write("positions", position(1, partition=1))
        assert await store.load(TOPIC, 0) == Loaded(None, [])
        await store.write("positions", position(7))
        assert await load(store) == loaded(7)
        assert await load(store, 1) == loaded(1, statement(1))


async def test_topics_and_generations_are_apart(clickhouse: ClickHouseStore) -> None:
    for topic, generation in (("other", "g"), (TOPIC, "h")):
        await clickhouse.write("facts", facts([statement(4)], topic=topic, generation=generation))
        await clickhouse.write("positions", position(4, topic=topic, generation=generation))
    assert await clickhouse.load(TOPIC, 0) == Loaded(None, [])
    await clickhouse.write("positions", position(9))
    assert await load(clickhouse) == loaded(9)


async def test_the_topics_id_comes_back(clickhouse: ClickHouseStore) -> None:
    await clickhouse.write("positions", position(3) | {"topic_id": ["x3Jw"], "partitions": [65_535]})
    assert (await clickhouse.load(TOPIC, 0)).position == Position(3, "x3Jw", 65_535, 1_700_000_000_000)


async def test_the_local_day_is_made_again(clickhouse: ClickHouseStore) -> None:
    """Facts keep the instant; 16:00 UTC is the next day in Shanghai, and days before 1970 are days."""
    records = [JIA._replace(id=str(n)) for n in range(3)]
    times = [0, 57_600_000_000, -1]
    rows = facts([statement(n, record=record) for n, record in enumerate(records)]) | {"time": times}
    await clickhouse.write("facts", rows)
    await clickhouse.write("positions", position(5))
    found = await clickhouse.load(TOPIC, 0)
    assert {s.fact.record.id: (s.fact.time, s.fact.day) for s in found.statements} == {
        "0": (0, 0), "1": (57_600_000_000, 1), "2": (-1, 0),
    }  # fmt: skip


async def test_cells_keep_the_value_of_the_highest_offset(clickhouse: ClickHouseStore) -> None:
    def cell(value: int, offset: int) -> dict[str, list[Any]]:
        return {
            "generation": ["g"], "topic": [TOPIC], "partition": [0], "measure": ["m"], "region": ["370811"],
            "day": [19_000], "value": [value], "offset": [offset],
        }  # fmt: skip

    for value, offset in ((5, 10), (7, 12), (6, 11)):
        await clickhouse.write("cells", cell(value, offset))
    found = await clickhouse.run(lambda client: client.query("SELECT value FROM cells FINAL").result_rows)
    assert list(found) == [(7,)]


async def test_clickhouse_runs_on_one_thread_that_is_not_the_loops(clickhouse: ClickHouseStore) -> None:
    names = [await clickhouse.run(lambda _: threading.current_thread().name) for _ in range(3)]
    assert len(set(names)) == 1
    assert threading.current_thread().name not in names


async def test_a_wrong_row_ends_the_worker(clickhouse: ClickHouseStore) -> None:
    with pytest.raises(KeyError):
        await clickhouse.write("facts", {"colour": [1]})
    with pytest.raises(KeyError):
        await clickhouse.write("no_such_table", {"colour": [1]})


async def test_a_lost_table_is_no_passing_failure(clickhouse: ClickHouseStore) -> None:
    await clickhouse.run(lambda client: client.command("RENAME TABLE positions TO positions_away"))
    try:
        with pytest.raises(Exception, match="UNKNOWN_TABLE") as caught:
            await clickhouse.load(TOPIC, 0)
        assert not isinstance(caught.value, Unavailable)
        with pytest.raises(RuntimeError, match="UNKNOWN_TABLE"):
            await clickhouse.write("positions", position(1))
    finally:
        await clickhouse.run(lambda client: client.command("RENAME TABLE positions_away TO positions"))
    await clickhouse.write("positions", position(1))
    assert await load(clickhouse) == loaded(1)


async def test_a_passing_failure_is_unavailable(clickhouse: ClickHouseStore) -> None:
    await clickhouse.write(
        "facts", facts([statement(n, record=JIA._replace(id=str(n))) for n in range(5000)])
    )
    await clickhouse.write("positions", position(5000))
    await clickhouse.run(lambda client: client.set_client_setting("max_memory_usage", 1000))
    with pytest.raises(Unavailable, match=r"^ClickHouse: .*MEMORY_LIMIT_EXCEEDED"):
        await clickhouse.load(TOPIC, 0)
    await clickhouse.run(lambda client: client.set_client_setting("max_memory_usage", 0))
    assert len((await clickhouse.load(TOPIC, 0)).statements) == 5000


# --- Winners, against the plainest reading of the rule ---

ACCOUNTS = st.lists(
    st.builds(
        statement,
        offset=st.integers(0, 12),
        revision=st.integers(0, 2),
        void=st.booleans(),
        measure=st.sampled_from(("sessions", "visits")),
        member=st.sampled_from(("", "home")),
        record=st.builds(
            Record,
            st.sampled_from(("//a", "//b")),
            st.sampled_from("12"),
            st.just("toy.visit"),
            st.sampled_from("甲乙"),
        ),
        fingerprint=st.sampled_from((0, 1, 2**63, 2**64 - 1)),
    ),
    max_size=25,
)
_fresh = count()


def winners(accounts: Sequence[Statement], at: int) -> dict[tuple[str, str, Record], Statement]:
    known: dict[tuple[str, str, Record], Statement] = {}
    for account in accounts:
        key = (account.fact.measure, account.fact.member, account.fact.record)
        if account.offset <= at and (key not in known or known[key].version < account.version):
            known[key] = account
    return known


@pytest.mark.parametrize("afterwards", ["as written", "written twice", "merged"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(accounts=ACCOUNTS, at=st.integers(-1, 13))
def test_a_load_finds_the_winners_as_of_the_position(
    clickhouse: ClickHouseStore, afterwards: str, accounts: list[Statement], at: int
) -> None:
    # Rows with one key are one row: the facts of an offset are a function of the log.
    accounts = list({(*s.fact.record, s.fact.measure, s.fact.member, s.offset): s for s in accounts}.values())
    topic = f"topic {next(_fresh)}"

    async def play() -> Loaded:
        half = len(accounts) // 2
        for part in (accounts[:half], accounts[half:]):
            if part:
                await clickhouse.write("facts", facts(part, topic=topic))
                await clickhouse.write("facts", facts(part, topic=topic, generation="other"))
        await clickhouse.write("positions", position(at, topic=topic))
        if accounts and afterwards != "as written":
            await clickhouse.write("facts", facts(accounts[::-1], topic=topic))
        if afterwards == "merged":
            await clickhouse.run(lambda client: client.command("OPTIMIZE TABLE facts FINAL"))
        return await clickhouse.load(topic, 0)

    found = asyncio.run(play())
    wanted = winners(accounts, at)
    assert found.position == Position(at, "", PARTITIONS, 1_700_000_000_000)
    assert len(found.statements) == len(wanted)
    for fact, version, offset in found.statements:
        best = wanted[fact.measure, fact.member, fact.record]
        assert (fact, version) == best[:2]
        assert Statement(fact, version, offset) in accounts


def test_rows_outlive_the_process(tmp_path_factory: pytest.TempPathFactory, client: Client) -> None:
    """What was acknowledged is there for whoever opens the folder next."""
    store = ClickHouseStore(client, "g", CALENDAR)
    asyncio.run(store.write("facts", facts([statement(1)])))
    asyncio.run(store.write("positions", position(1)))
    store.close()
    folder = client.query("SELECT path FROM system.disks WHERE name = 'default'").result_rows[0][0]
    client.close()
    again = connect(f"chdb://{folder}")
    next_owner = ClickHouseStore(again, "g", CALENDAR)
    assert asyncio.run(load(next_owner)) == loaded(1, statement(1))
    next_owner.close()
    again.close()

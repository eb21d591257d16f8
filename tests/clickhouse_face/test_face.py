"""The worker's store over HTTP, whole and broken: what fails in passing is Unavailable, and may be said again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3 import Timeout

from pulse.verify import verify
from sinks.clickhouse.connection import CannotConnect, connect
from sinks.clickhouse.generations import enter
from sinks.clickhouse.migrate import applied, migrate
from sinks.clickhouse.reads.figures import clock, figures
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.views.create import create_views
from streams.generation import Generation
from streams.ports import Unavailable
from tests.clickhouse_face import Face, Fault, NoDisk
from tests.clickhouse_face.faults import Faults
from tests.sinks.conftest import empty
from tests.sinks.test_store import (
    JIA,
    TOPIC,
    TestContract,
    facts,
    load,
    loaded,
    position,
    statement,
    test_a_load_finds_the_winners_as_of_the_position,
    test_a_lost_table_is_no_passing_failure,
    test_a_passing_failure_is_unavailable,
    test_the_local_day_is_made_again,
    test_topics_and_generations_are_apart,
)
from tests.streams.counting.toy import CALENDAR
from tests.verify import toy, world

__all__ = [  # what holds for the embedded engine holds here
    "TestContract",
    "test_a_load_finds_the_winners_as_of_the_position",
    "test_a_lost_table_is_no_passing_failure",
    "test_a_passing_failure_is_unavailable",
    "test_the_local_day_is_made_again",
    "test_topics_and_generations_are_apart",
]


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    with Face(tmp_path_factory.mktemp("face")) as face:
        client = connect(face.url)
        migrate(client)
        client.close()
        yield face


@pytest.fixture
def client(face: Face) -> Iterator[Client]:
    """All tables, empty; no faults."""
    face.faults()
    client = connect(face.url)
    yield empty(client)
    face.faults()
    client.close()


@pytest.fixture
def clickhouse(client: Client) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(client, "g", CALENDAR)
    yield store
    store.close()


@pytest.fixture
def store(clickhouse: ClickHouseStore) -> ClickHouseStore:
    """The contract's store."""
    return clickhouse


def stored(client: Client, table: str = "facts") -> int:
    """Rows as they lie there, repeats counted."""
    return int(client.query(f"SELECT count() FROM {table}").result_rows[0][0])


ACCOUNTS = [statement(n, record=JIA._replace(id=str(n))) for n in range(3000)]
"""About half a megabyte: more than a socket takes at once."""


# --- What is there of ClickHouse ---


def test_the_whole_product_over_http(face: Face) -> None:
    """Migrations, a generation, views, what a worker writes, figures, and that all of them are right."""
    maker = connect(face.url)
    maker.command("CREATE DATABASE city")
    maker.close()
    client = connect(face.url.replace("default", "city"))
    assert applied(client) == 0
    assert migrate(client)
    assert migrate(client) == []
    create_views(client, toy.CATALOGUE, toy.REGIONS, "stream")
    generation = Generation("g", '{"plan": "乙"}')
    assert enter(client, generation, "toy")
    assert not enter(client, generation, "toy")
    rows = world.written(7, 600)
    world.fill(client, rows)
    report = verify(client, toy.CATALOGUE, toy.REGIONS, toy.TYPES)
    assert report.differences == ()
    assert report.rows == rows["events"].num_rows
    day = clock(client)[1]
    now = figures(client, toy.REGIONS.code)
    assert len(now) == len(toy.FORMULAS)
    assert any(figure.value for figure in now)
    assert figures(client, toy.REGIONS.code, date(day.year - 1, 1, 1)) != now
    client.close()


def test_settings_and_parameters_are_of_one_request(client: Client) -> None:
    setting = "SELECT getSetting('max_threads')"
    usual = client.query(setting).result_rows
    assert client.query(setting, settings={"max_threads": 1}).result_rows == [(1,)]
    assert client.query(setting).result_rows == usual
    texts = ["", "甲", "it's", "a\\b", "tab\tand\nline", "{x:String}"]
    for text in texts:
        assert client.query("SELECT {text:String}", parameters={"text": text}).result_rows == [(text,)]


def test_parameters_that_are_too_long_for_an_address(client: Client) -> None:
    """clickhouse-connect sends a form then."""
    names = [f"数{n}" for n in range(10_000)]
    query = "SELECT length({names:Array(String)}), {names:Array(String)}[-1]"
    assert client.query(query, parameters={"names": names}).result_rows == [(10_000, names[-1])]


def test_inserts_of_all_forms(client: Client) -> None:
    client.command("CREATE TABLE forms (n UInt64, text String) ENGINE = MergeTree ORDER BY n")
    client.insert("forms", [[1, "packed"], [2, "乙"]], column_names=["n", "text"])
    client.command("INSERT INTO forms VALUES (3, 'values')")
    client.command("INSERT INTO forms SELECT 4, {text:String}", parameters={"text": "selected"})
    client.command("INSERT INTO forms FORMAT CSV", data="5,csv\n6,more\n")
    found = client.query("SELECT * FROM forms ORDER BY n").result_rows
    assert found == [(1, "packed"), (2, "乙"), (3, "values"), (4, "selected"), (5, "csv"), (6, "more")]
    summary = client.insert("forms", [[7, "seven"]], column_names=["n", "text"])
    assert summary.written_rows == 1
    client.command("DROP TABLE forms")


@pytest.mark.parametrize(
    ("statement", "code"),
    [("SELECT * FROM nowhere", 60), ("SELECT nothing", 47), ("SELEC 1", 62), ("SELECT throwIf(1)", 395)],
)
def test_errors_are_clickhouses_own(client: Client, statement: str, code: int) -> None:
    with pytest.raises(ClickHouseError) as caught:
        client.query(statement)
    assert caught.value.code == code
    assert f"Code: {code}. DB::Exception" in str(caught.value)


WRITER = """
import asyncio, sys
from sinks.clickhouse.connection import connect
from sinks.clickhouse.store import ClickHouseStore
from tests.sinks.test_store import JIA, facts, position, statement
from tests.streams.counting.toy import CALENDAR

async def main(url, partition):
    store = ClickHouseStore(connect(url), "g", CALENDAR)
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(20):
        await store.write("facts", facts([statement(n, record=JIA._replace(id=str(n)))], partition=partition))
        await store.write("positions", position(n, partition=partition))
        assert (await store.load("toy", partition)).position.offset == n
    store.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_two_processes_at_once(face: Face, clickhouse: ClickHouseStore) -> None:
    words = [sys.executable, "-c", WRITER, face.url]
    workers = [
        subprocess.Popen([*words, str(partition)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for partition in (0, 1)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:  # side by side from here on
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for partition, worker in enumerate(workers):
        worker.communicate(timeout=60)
        assert worker.returncode == 0
        found = asyncio.run(clickhouse.load(TOPIC, partition))
        assert found.position is not None
        assert found.position.offset == 19
        assert len(found.statements) == 20


# --- What can be broken ---

PASSING = [
    *(
        Fault("error", when=when, code=code)
        for when in ("before", "after")
        for code in (159, 209, 243, 252, 319)
    ),
    *(Fault("error", status=status) for status in (408, 429, 500, 502, 503, 504)),
    Fault("cut", when="before"),
    Fault("cut", when="after"),
    Fault("half_read"),
    Fault("half_read", share=0.02),
    Fault("half_read", code=209),
    Fault("half_sent"),
    Fault("half_sent", share=1),
]


def _name(fault: Fault) -> str:
    parts = [fault.does, fault.when, fault.code or "", fault.status if not fault.code else "", fault.share]
    return " ".join(str(part) for part in parts)


def _always(fault: Fault, **words: Any) -> Fault:
    """The driver itself tries some faults again; these stay."""
    return Fault(**(vars(fault) | {"times": None} | words))


@pytest.mark.parametrize("fault", PASSING, ids=_name)
async def test_a_write_that_failed_is_said_again(
    face: Face, clickhouse: ClickHouseStore, client: Client, fault: Fault
) -> None:
    face.faults(_always(fault, on="insert", table="facts"))
    with pytest.raises(Unavailable, match=r"^ClickHouse: "):
        await clickhouse.write("facts", facts(ACCOUNTS))
    assert face.struck() == [1]
    took_effect = fault.does == "half_sent" or fault.when == "after"
    assert stored(client) == (len(ACCOUNTS) if took_effect else 0), "all rows or none"
    face.faults()
    await clickhouse.write("facts", facts(ACCOUNTS))
    await clickhouse.write("positions", position(len(ACCOUNTS)))
    assert await load(clickhouse) == loaded(len(ACCOUNTS), *ACCOUNTS)


@pytest.mark.parametrize("table", ["positions", "facts"])
@pytest.mark.parametrize("fault", [fault for fault in PASSING if fault.code in (0, 209, 243)], ids=_name)
async def test_a_load_that_failed_is_asked_again(
    face: Face, clickhouse: ClickHouseStore, fault: Fault, table: str
) -> None:
    await clickhouse.write("facts", facts(ACCOUNTS[:50]))
    await clickhouse.write("positions", position(50))
    face.faults(_always(fault, on="select", table=table))
    with pytest.raises(Unavailable, match=r"^ClickHouse: "):
        await clickhouse.load(TOPIC, 0)
    assert face.struck()[0] >= 1
    face.faults()
    assert await load(clickhouse) == loaded(50, *ACCOUNTS[:50])


async def test_what_does_not_pass_is_not_unavailable(face: Face, clickhouse: ClickHouseStore) -> None:
    for fault in (Fault("error", code=16), Fault("error", code=497), Fault("error", status=404)):
        face.faults(_always(fault, on="insert"))
        with pytest.raises(RuntimeError, match=r"NO_SUCH_COLUMN|ACCESS_DENIED|404"):
            await clickhouse.write("facts", facts([statement(1)]))
        face.faults(_always(fault, on="select"))
        with pytest.raises(ClickHouseError) as caught:
            await clickhouse.load(TOPIC, 0)
        assert not isinstance(caught.value, Unavailable)


async def test_a_late_answer(face: Face, clickhouse: ClickHouseStore, client: Client) -> None:
    """The client gave up, the server did not: the write takes effect after the same was written again."""
    client.timeout = Timeout(connect=1, read=0.2)
    face.faults(Fault("slow", when="before", seconds=2, on="insert", table="facts"))
    with pytest.raises(Unavailable, match="no answer in time"):
        await clickhouse.write("facts", facts(ACCOUNTS[:5]))
    client.timeout = Timeout(connect=5, read=60)
    await clickhouse.write("facts", facts(ACCOUNTS[:5]))
    await clickhouse.write("positions", position(9))
    assert await load(clickhouse) == loaded(9, *ACCOUNTS[:5])
    while stored(client) < 10:  # noqa: ASYNC110 (in another process)
        await asyncio.sleep(0.02)
    assert await load(clickhouse) == loaded(9, *ACCOUNTS[:5])


async def test_a_statement_that_is_held(face: Face, clickhouse: ClickHouseStore, client: Client) -> None:
    """It takes effect when other faults are in force, whether or not anybody waits for its answer."""
    client.timeout = Timeout(connect=1, read=0.2)
    face.faults(Fault("hold", on="insert", table="facts"))
    with pytest.raises(Unavailable, match="no answer in time"):
        await clickhouse.write("facts", facts(ACCOUNTS[:5]))
    client.timeout = Timeout(connect=5, read=60)
    assert stored(client) == 0
    face.faults()
    assert stored(client) == 5


async def test_a_server_that_hangs(face: Face, clickhouse: ClickHouseStore, client: Client) -> None:
    await clickhouse.write("positions", position(1))
    face.pause()
    try:
        client.timeout = Timeout(connect=1, read=0.2)
        with pytest.raises(Unavailable, match="no answer in time"):
            await clickhouse.load(TOPIC, 0)
    finally:
        face.resume()
    client.timeout = Timeout(connect=1, read=20)
    assert await load(clickhouse) == loaded(1)


async def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    """What was acknowledged is there; what was under way may be said again."""
    with Face(tmp_path) as face:
        client = connect(face.url)
        migrate(client)
        store = ClickHouseStore(client, "g", CALENDAR)
        await store.write("facts", facts([statement(0)]))
        killer = threading.Thread(target=face.kill)
        acknowledged = 0

        async def write_on() -> None:
            nonlocal acknowledged
            while True:
                await store.write("positions", position(acknowledged + 1))
                acknowledged += 1
                if acknowledged == 20:
                    killer.start()  # and writing goes on

        with pytest.raises(Unavailable):
            await write_on()
        killer.join()
        for _ in range(2):
            with pytest.raises(Unavailable, match="connection refused"):
                await store.load(TOPIC, 0)
        with pytest.raises(CannotConnect, match="refused") as caught:
            connect(face.url)
        assert "query_id" not in str(caught.value)
        url = face.url
        face.restart()
        assert face.url == url
        found = await store.load(TOPIC, 0)
        assert found.position is not None
        assert found.position.offset in (acknowledged, acknowledged + 1)
        await store.write("positions", position(acknowledged + 1))
        assert await load(store) == loaded(acknowledged + 1, statement(0))
        store.close()
        client.close()


async def test_a_full_disk(tmp_path: Path) -> None:
    try:
        with Face(tmp_path, disk=64 << 20) as face:
            client = connect(face.url)
            migrate(client)
            store = ClickHouseStore(client, "g", CALENDAR)
            await store.write("facts", facts(ACCOUNTS[:10]))
            await store.write("positions", position(10))
            face.fill_disk()
            for _ in range(3):
                with pytest.raises(Unavailable, match="the disk is full"):
                    await store.write("facts", facts(ACCOUNTS))
                with pytest.raises(Unavailable, match="the disk is full"):
                    await store.write("positions", position(len(ACCOUNTS)))
            assert await load(store) == loaded(10, *ACCOUNTS[:10]), "reading goes on"
            face.free_disk()
            assert stored(client) == 10
            await store.write("facts", facts(ACCOUNTS))
            await store.write("positions", position(len(ACCOUNTS)))
            assert await load(store) == loaded(len(ACCOUNTS), *ACCOUNTS)
            store.close()
            client.close()
    except NoDisk as error:
        pytest.skip(f"no disk of our own: {error}")


async def test_faults_by_chance(face: Face, clickhouse: ClickHouseStore, client: Client) -> None:
    """A worker's patience against a bad line: each write until it is acknowledged, in order."""
    face.faults(
        Fault("cut", when="after", times=None, probability=0.2, seed=1),
        Fault("cut", when="before", times=None, probability=0.2, seed=2),
        Fault("error", code=243, times=None, probability=0.2, seed=3),
        Fault("half_sent", times=None, probability=0.2, seed=4),
    )
    failures = 0
    for offset, account in enumerate(ACCOUNTS[:30]):
        for table, rows in (("facts", facts([account])), ("positions", position(offset))):
            while True:
                try:
                    await clickhouse.write(table, rows)
                    break
                except Unavailable:
                    failures += 1
    assert failures > 20
    assert min(face.struck()) > 3
    face.faults()
    assert stored(client) > 30, "some were written twice"
    assert await load(clickhouse) == loaded(29, *ACCOUNTS[:30])


# --- The tool itself ---


def test_faults_choose_their_statements() -> None:
    faults = Faults()
    faults.set([Fault("cut", on="insert", table="facts", skip=1, times=2)])

    def strikes(kind: Any, text: str) -> bool:
        return faults.strike(kind, text) is not None

    assert not strikes("insert", "INSERT INTO cells (`facts`) FORMAT Arrow")
    assert not strikes("select", "SELECT * FROM facts")
    struck = [
        strikes("insert", f"INSERT INTO {table} (`a`)") for table in ("facts", "`facts`", "facts", "facts")
    ]
    assert struck == [False, True, True, False]
    assert faults.struck == [2]


def test_chance_is_repeatable() -> None:
    def played(seed: int) -> list[bool]:
        faults = Faults()
        faults.set([Fault("cut", times=None, probability=0.3, seed=seed)])
        return [faults.strike("other", "DROP") is not None for _ in range(200)]

    assert played(1) == played(1) != played(2)
    assert 30 < sum(played(1)) < 90


def test_a_face_that_cannot_start_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeError, match="did not start"), Face(tmp_path / "file"):
        pass


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from tests.clickhouse_face import Face\n"
        "face = Face(Path(sys.argv[1])).__enter__(); print(face.url, flush=True); os.kill(os.getpid(), 9)"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("http://127.0.0.1:")
    for _ in range(20):  # as long as it lives, nobody else can have the folder
        with suppress(RuntimeError), Face(tmp_path):
            return
    pytest.fail("it lives on")

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from socket import socket
from types import SimpleNamespace
from typing import Any, cast
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st

from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from pulse.brokers.apache import ApacheKafka
from pulse.cli.demo import command
from pulse.demo.folder import DataFolder, InUse
from pulse.demo.options import DemoOptions
from pulse.demo.progress import YearProgress
from pulse.simulate.dispatch import Dispatch
from pulse.simulate.seasons import DAYS, HOUR, midnight
from streams.kafka import create_topics
from streams.partition import partition_of
from streams.shard import Shard
from tests.kafka import kafka

__all__ = ["kafka"]


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(load_settings())


def _dispatch(at: int) -> Dispatch:
    return Dispatch(at, "sports", None, None, [], None)


def _shard(topic: str, position: int) -> Shard:
    return cast(Shard, SimpleNamespace(topic=topic, position=position))


def test_the_day_is_that_of_the_message_that_was_counted_last(city: City) -> None:
    playing = YearProgress(city)
    days = [date(2023, 1, 1), date(2023, 1, 1), date(2023, 3, 5), date(2023, 12, 31)]
    eve = midnight(days[0]) - 1
    for _ in playing.watched(
        [_dispatch(eve), *(_dispatch(midnight(day) + HOUR) for day in days), _dispatch(eve + 400 * 24 * HOUR)]
    ):
        pass
    seen = [playing.counting([_shard("sports", n - 1)], 6).day for n in range(7)]
    # None is counted, or only what was there before the year; what comes after its end is the last day's.
    assert seen == [None, None, *days, date(2023, 12, 31)]


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=6), st.integers(0, 10_000))
def test_never_more_than_all_is_done_and_departments_add_up(
    city: City, positions: list[int], total: int
) -> None:
    playing = YearProgress(city)
    now = playing.counting(
        [_shard(topic, n - 1) for topic, n in zip(city.topics, positions, strict=False)], total
    )
    assert 0 <= now.done <= 1
    assert now.counted == sum(positions) == sum(n for _, n in now.sent)
    assert now.total >= max(total, now.counted)
    assert [office.department for office, _ in now.sent] == city.topics


def test_what_is_left_of_the_judging_follows_from_what_it_took_so_far(city: City) -> None:
    playing = YearProgress(city)
    playing.judging(0.0, 0.0)
    assert (playing.now.stage, playing.now.seconds) == ("judging", None)
    playing.judging(0.25, 5.0)
    assert playing.now.seconds == pytest.approx(15.0)


OPTIONS = DemoOptions(0.05, 1, 1, None, None, 2, Path("data"), fresh=False, leave=True)


@given(st.none() | st.sampled_from(DAYS), st.floats(0.002, 4), st.integers(0, 9))
def test_a_folder_tells_which_year_is_in_it(until: date | None, scale: float, seed: int) -> None:
    there = DemoOptions(scale, seed, 0, until, None, 2, Path("data"), fresh=False, leave=True)
    assert OPTIONS.for_year(there.year).year == there.year


def test_a_folder_of_before_the_option_holds_a_whole_year() -> None:
    year: dict[str, Any] = {"scale": 0.05, "seed": 1, "heartbeat_days": 1}
    assert OPTIONS.year == year
    assert (
        DemoOptions(0.05, 1, 1, date(2023, 9, 26), None, 2, Path("data"), fresh=False, leave=True)
        .for_year(year)
        .until
        is None
    )


def test_one_demo_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.lock(), pytest.raises(InUse, match="another demo is running"), DataFolder(tmp_path).lock():
        pass
    with folder.lock():  # whoever ends lets the next one in
        pass


def test_a_folder_is_emptied_of_what_demos_made(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "clickhouse").mkdir()
    (tmp_path / "letters.txt").write_text("somebody's")
    folder.mark_whole(OPTIONS.year)
    assert (folder.whole, folder.year) == (True, OPTIONS.year)
    folder.clear()
    assert not folder.whole
    assert [file.name for file in tmp_path.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize("day", ["2024-01-01", "2022-12-31", "September"])
def test_the_year_ends_on_one_of_its_days(day: str) -> None:
    result = CliRunner().invoke(command, ["--until", day])
    assert result.exit_code == 2
    assert "--until" in result.stderr


def _demo(folder: Path, *options: str, **settings: str) -> str:
    """What `pulse demo` of a hamlet says, on a screen that is wide enough."""
    pulse = Path(sys.executable).with_name("pulse")
    words: list[str | Path] = [pulse, "demo", "--scale", "0.002", "--exit", "--data-dir", folder, *options]
    about = {"COLUMNS": "200", "PULSE_METRICS_PORT": "0", **settings}
    done = subprocess.run(
        words,
        env=os.environ | about,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_on_a_real_kafka_it_shows_the_same_lights(kafka: ApacheKafka, tmp_path: Path) -> None:
    """The year's own times, not the broker's: by those nobody would have reported within the plan."""
    here = _demo(tmp_path / "here")
    there = _demo(tmp_path / "there", "--kafka", kafka.bootstrap, PULSE_TOPIC_PREFIX="cli-demo.")
    assert _table(there) == _table(here)
    assert "today's time" not in there


def test_it_says_where_a_kafkas_own_times_spoil_the_lights(kafka: ApacheKafka, tmp_path: Path) -> None:
    create_topics(kafka.bootstrap, {"cli-stamped.sports": 2})
    said = _demo(
        tmp_path, "--kafka", kafka.bootstrap, "--until", "2023-01-02", PULSE_TOPIC_PREFIX="cli-stamped."
    )
    assert "puts today's time in topics that were there, such as cli-stamped.sports," in said
    assert "PULSE_TOPIC_PREFIX=demo." in said


def test_transactions_in_its_topics_do_not_keep_it_waiting(kafka: ApacheKafka, tmp_path: Path) -> None:
    """Their markers, and what was aborted, take offsets at which nothing ever comes."""
    create_topics(kafka.bootstrap, {"cli-transactions.sports": 2}, stamped=False)
    for ends in ("commit_transaction", "abort_transaction"):
        publisher = Producer({
            "bootstrap.servers": kafka.bootstrap, "transactional.id": f"cli-{ends}", "log_level": 0,
        })  # fmt: skip
        publisher.init_transactions(30)
        publisher.begin_transaction()
        for partition in range(2):
            publisher.produce(
                "cli-transactions.sports", b"not an event", partition=partition, timestamp=1_672_531_200_000
            )
        getattr(publisher, ends)(30)
    said = _demo(
        tmp_path, "--kafka", kafka.bootstrap, "--until", "2023-01-02", PULSE_TOPIC_PREFIX="cli-transactions."
    )
    assert "0 differences" in said


@pytest.mark.parametrize("broker", ["in process", "Apache"])
def test_what_one_publishes_by_hand_counts_where_the_year_stands(
    broker: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Whatever time the publisher's client gives its messages: today's, one long ago, one far ahead."""
    prefix, where = f"cli-by-hand-{broker[0]}.".lower(), []
    if broker == "Apache":
        where = ["--kafka", request.getfixturevalue("kafka").bootstrap]
    year = ["--until", "2023-01-20", *where]
    with _running(tmp_path, *year, PULSE_TOPIC_PREFIX=prefix) as demo:
        before = _table(demo.said)
        publisher = Producer({"bootstrap.servers": demo.kafka})
        for number, (day, clock) in enumerate(
            [("2023-01-05", 0), ("2023-01-20", 1), ("2023-01-21", 4_102_444_800_000), ("2023-01-25", 0)]
        ):
            subject = f"by-hand-{number}"
            event = {
                "specversion": "1.0", "id": subject, "source": "//employment.example/records", "subject": subject,
                "type": "employment.person-employed", "time": f"{day}T08:30:00+08:00",
                "data": {"region": "370811001002", "registered_unemployed_on": "2023-01-01", "hardship": False},
            }  # fmt: skip
            publisher.produce(
                f"{prefix}employment", json.dumps(event), subject, partition_of(subject, 2),
                headers={"content-type": "application/cloudevents+json"}, timestamp=clock,
            )  # fmt: skip
        assert publisher.flush(30) == 0
        demo.hears('pulse_refusals_total{reason="far-future",topic="employment"} 1.0')
        # Two of the three that count have happened on the day at which the year stands; the third happens tomorrow.
        demo.hears(f'pulse_indicator_value{{county="370800",indicator="{JOBS}"}} {_value(before) + 2:.1f}')
    about = {"PULSE_CLICKHOUSE": f"chdb://{tmp_path}/clickhouse"}
    after = _table(_pulse("status", **about))
    assert [_words(line)[:2] for line in after] == [
        _words(line)[:2] for line in before
    ]  # each light as it was
    assert _value(after) == _value(before) + 2
    assert json.loads(_pulse("status", "--json", **about))[0]["as_of"] == "2023-01-20"
    again = _demo(tmp_path, *year, PULSE_TOPIC_PREFIX=prefix)
    assert _table(again) == after
    assert "· 2023-01-20" in again
    # A command that knows nothing of the demo, nor of the day that it stands at.
    _pulse("migrate", **about)
    assert json.loads(_pulse("status", "--json", **about))[0]["as_of"] == "2023-01-20"


JOBS = "a05.reemployment"


@dataclass
class _Running:
    """A demo that has said its verdict and counts on."""

    said: str
    kafka: str
    metrics: str

    def hears(self, line: str) -> None:
        """Returns once /metrics has this line."""
        for _ in range(600):
            with urlopen(self.metrics) as answer:
                if line in answer.read().decode().splitlines():
                    return
            time.sleep(0.2)
        raise AssertionError(f"/metrics never said {line}")


@contextmanager
def _running(folder: Path, *options: str, **settings: str) -> Iterator[_Running]:
    pulse = Path(sys.executable).with_name("pulse")
    words: list[str | Path] = [pulse, "demo", "--scale", "0.002", "--data-dir", folder, *options]
    with closing(socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    about = {"COLUMNS": "200", "PULSE_METRICS_PORT": port, "PULSE_BOARD_PORT": "0", **settings}
    with subprocess.Popen(
        words, env=os.environ | about, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = ""
        try:
            for line in process.stdout or ():
                said += line
                if found := re.match(r"Counting on\. Kafka (\S+) · metrics (\S+) ", line):
                    yield _Running(said, *found.groups())
                    break
            else:
                raise AssertionError(said)
        finally:
            process.send_signal(signal.SIGINT)
            said += process.communicate()[0]
    assert process.returncode == 0, said


def _pulse(*words: str, **settings: str) -> str:
    pulse = Path(sys.executable).with_name("pulse")
    done = subprocess.run(
        [pulse, *words],
        env=os.environ | {"COLUMNS": "200"} | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _words(line: str) -> list[str]:
    return [part.strip() for part in re.split(r"  +", line.strip())]


def _value(table: list[str]) -> int:
    """Of the indicator that the published events move, as the table says it."""
    (line,) = (line for line in table if line.split()[0] == JOBS)
    found = re.search(r"([0-9 ]+) 人", line)
    assert found, line
    return int(found[1].replace(" ", ""))


def _table(said: str) -> list[str]:
    rows = [line for line in said.splitlines() if line.startswith(" a")]
    assert len(rows) > 40
    return rows

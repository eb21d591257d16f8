from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from brokers.apache import ApacheKafka
from cli.city import City, load_city
from cli.demo import command
from cli.demo_progress import Playing
from cli.demo_run import Options
from cli.settings import load_settings
from simulate.dispatch import Dispatch
from simulate.seasons import DAYS, HOUR, midnight
from streams.kafka import create_topics
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
    playing = Playing(city)
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
    playing = Playing(city)
    now = playing.counting(
        [_shard(topic, n - 1) for topic, n in zip(city.topics, positions, strict=False)], total
    )
    assert 0 <= now.done <= 1
    assert now.counted == sum(positions) == sum(n for _, n in now.sent)
    assert now.total >= max(total, now.counted)
    assert [office.department for office, _ in now.sent] == city.topics


def test_what_is_left_of_the_judging_follows_from_what_it_took_so_far(city: City) -> None:
    playing = Playing(city)
    playing.judging(0.0, 0.0)
    assert (playing.now.stage, playing.now.seconds) == ("judging", None)
    playing.judging(0.25, 5.0)
    assert playing.now.seconds == pytest.approx(15.0)


OPTIONS = Options(0.05, 1, 1, None, None, 2, Path("data"), fresh=False, leave=True)


@given(st.none() | st.sampled_from(DAYS), st.floats(0.002, 4), st.integers(0, 9))
def test_a_folder_tells_which_year_is_in_it(until: date | None, scale: float, seed: int) -> None:
    there = Options(scale, seed, 0, until, None, 2, Path("data"), fresh=False, leave=True)
    assert OPTIONS.of(there.year).year == there.year


def test_a_folder_of_before_the_option_holds_a_whole_year() -> None:
    year: dict[str, Any] = {"scale": 0.05, "seed": 1, "heartbeat_days": 1}
    assert OPTIONS.year == year
    assert (
        Options(0.05, 1, 1, date(2023, 9, 26), None, 2, Path("data"), fresh=False, leave=True).of(year).until
        is None
    )


@pytest.mark.parametrize("day", ["2024-01-01", "2022-12-31", "September"])
def test_the_year_ends_on_one_of_its_days(day: str) -> None:
    result = CliRunner().invoke(command, ["--until", day])
    assert result.exit_code == 2
    assert "--until" in result.stderr


def _demo(folder: Path, *options: str, **settings: str) -> str:
    """What `pulse demo` of a hamlet says, on a screen that is wide enough."""
    pulse = Path(sys.executable).with_name("pulse")
    words = [pulse, "demo", "--scale", "0.002", "--exit", "--data-dir", folder, *options]
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
    there = _demo(tmp_path / "there", "--kafka", kafka.bootstrap, PULSE_PREFIX="cli-demo.")
    assert _table(there) == _table(here)
    assert "today's time" not in there


def test_it_says_where_a_kafkas_own_times_spoil_the_lights(kafka: ApacheKafka, tmp_path: Path) -> None:
    create_topics(kafka.bootstrap, {"cli-stamped.sports": 2})
    said = _demo(tmp_path, "--kafka", kafka.bootstrap, "--until", "2023-01-02", PULSE_PREFIX="cli-stamped.")
    assert "puts today's time in topics that were there, such as cli-stamped.sports," in said
    assert "PULSE_PREFIX=demo." in said


def _table(said: str) -> list[str]:
    rows = [line for line in said.splitlines() if line.startswith(" a")]
    assert len(rows) > 40
    return rows

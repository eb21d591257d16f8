"""What Prometheus reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from sinks.metrics import Metrics
from streams.counting.outcome import Outcome
from streams.tally import Tally, tally


class Shard:
    """As much of a shard as metrics look at; its tally is taken once, as the real one's is."""

    def __init__(self, topic: str, partition: int, tally: Tally, records: int = 0, pending: int = 0) -> None:
        self.topic, self.partition, self.pending, self.position = topic, partition, pending, 99
        self.paused, self.unreadable, self.withheld = None, None, 7
        self.counts = SimpleNamespace(records=range(records), cells=range(2 * records))
        self._tally = tally

    @property
    def shard(self) -> Shard:
        """It stands for its driver as well."""
        return self

    def tally(self) -> Tally:
        taken, self._tally = self._tally, Tally()
        return taken


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def retries() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture
def metrics(registry: CollectorRegistry, retries: list[tuple[Any, ...]]) -> Metrics:
    return Metrics(registry, *[lambda *words: retries.append(words)] * 3)


def text(registry: CollectorRegistry) -> list[str]:
    return generate_latest(registry).decode().splitlines()


def collected(metrics: Metrics, *shards: Shard) -> None:
    metrics.collect(shards)  # type: ignore[arg-type]


def test_outcomes_add_up_over_shards_and_calls(metrics: Metrics, registry: CollectorRegistry) -> None:
    def tally(counted: int, duplicate: int) -> Tally:
        return Tally(outcomes=Counter({Outcome.COUNTED: counted, Outcome.DUPLICATE: duplicate}))

    shard = Shard("health", 0, tally(3, 1))
    collected(metrics, shard, Shard("health", 1, tally(2, 0)), Shard("sports", 0, tally(7, 0)))
    collected(metrics, shard)  # nothing new
    lines = text(registry)
    assert 'pulse_events_total{outcome="counted",topic="health"} 5.0' in lines
    assert 'pulse_events_total{outcome="duplicate",topic="health"} 1.0' in lines
    assert 'pulse_events_total{outcome="counted",topic="sports"} 7.0' in lines


def test_every_outcome_has_its_own_word(metrics: Metrics, registry: CollectorRegistry) -> None:
    collected(metrics, Shard("t", 0, Tally(outcomes=Counter(dict.fromkeys(Outcome, 1)))))
    words = {line.split('"')[1] for line in text(registry) if line.startswith("pulse_events_total{")}
    assert words == {"counted", "duplicate", "superseded", "conflict", "refused", "re-keyed", "passed-over"}


def test_refusals_by_reason(metrics: Metrics, registry: CollectorRegistry) -> None:
    collected(
        metrics,
        Shard("t", 0, Tally(refusals=Counter({"not-json": 2}), unknown_fields=Counter({"t.visit": 4}))),
    )
    lines = text(registry)
    assert 'pulse_refusals_total{reason="not-json",topic="t"} 2.0' in lines
    assert 'pulse_unknown_fields_total{topic="t",type="t.visit"} 4.0' in lines


def late(*seconds: int) -> Tally:
    """Events that were read so long after they happened, and a refused one that has no time."""
    arrived, counted = 1_700_000_000_000, len(seconds)
    rows: dict[str, Sequence[Any]] = {
        "outcome": [Outcome.COUNTED] * counted + [Outcome.REFUSED],
        "reason": [""] * counted + ["not-json"],
        "append_time": [arrived] * (counted + 1),
        "time": [(arrived - second * 1000) * 1000 for second in seconds] + [0],
    }
    return tally(rows, Counter())


def test_lateness_is_a_cumulative_histogram(metrics: Metrics, registry: CollectorRegistry) -> None:
    first, second = late(-5, 60, 61, 86_400), late(10_000_000)
    collected(metrics, Shard("t", 0, first))
    collected(metrics, Shard("t", 1, second))
    lines = [line for line in text(registry) if line.startswith("pulse_lateness_seconds")]
    assert lines == [
        'pulse_lateness_seconds_bucket{le="60.0",topic="t"} 2.0',
        'pulse_lateness_seconds_bucket{le="600.0",topic="t"} 3.0',
        'pulse_lateness_seconds_bucket{le="3600.0",topic="t"} 3.0',
        'pulse_lateness_seconds_bucket{le="21600.0",topic="t"} 3.0',
        'pulse_lateness_seconds_bucket{le="86400.0",topic="t"} 4.0',
        'pulse_lateness_seconds_bucket{le="604800.0",topic="t"} 4.0',
        'pulse_lateness_seconds_bucket{le="2592000.0",topic="t"} 4.0',
        'pulse_lateness_seconds_bucket{le="+Inf",topic="t"} 5.0',
        'pulse_lateness_seconds_count{topic="t"} 5.0',
        'pulse_lateness_seconds_sum{topic="t"} 1.0086516e+07',
    ]


def test_gauges_say_how_large_a_shard_is(metrics: Metrics, registry: CollectorRegistry) -> None:
    collected(metrics, Shard("t", 3, Tally(), records=5, pending=2))
    metrics.lags("t", 3, 17)
    lines = text(registry)
    for gauge, value in (
        ("state_records", 5),
        ("state_cells", 10),
        ("pending_events", 2),
        ("position_offset", 99),
        ("unreadable", 0),
        ("withheld_events", 7),
    ):
        assert f'pulse_{gauge}{{partition="3",topic="t"}} {value}.0' in lines
    assert 'pulse_lag_events{partition="3",topic="t"} 17.0' in lines


def test_a_partition_that_is_anothers_is_forgotten(metrics: Metrics, registry: CollectorRegistry) -> None:
    tally = Tally(outcomes=Counter({Outcome.COUNTED: 3}))
    collected(metrics, Shard("t", 0, tally), Shard("t", 1, Tally()))
    metrics.lags("t", 0, 1)
    metrics.forget("t", 0)
    metrics.forget("t", 0)
    metrics.forget("never", 9)
    lines = text(registry)
    assert not [line for line in lines if 'partition="0"' in line]
    assert [line for line in lines if 'partition="1"' in line]
    assert 'pulse_events_total{outcome="counted",topic="t"} 3.0' in lines, "counters never go back"


def test_steps_and_flushes(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics.took("flush", 0.3)
    metrics.took("facts", 0.002)
    lines = text(registry)
    assert "pulse_flush_seconds_count 1.0" in lines
    assert 'pulse_flush_seconds_bucket{le="0.25"} 0.0' in lines
    assert 'pulse_flush_seconds_bucket{le="0.5"} 1.0' in lines
    assert 'pulse_step_seconds_bucket{le="0.005",step="facts"} 1.0' in lines
    assert not [line for line in lines if 'step="flush"' in line]


def test_a_retry_is_counted_and_told(
    metrics: Metrics, registry: CollectorRegistry, retries: list[tuple[Any, ...]]
) -> None:
    error = OSError("down")
    metrics.retrying("t", 3, "facts", error, 2, 0.5)
    assert retries == [("t", 3, "facts", error, 2, 0.5)]
    assert 'pulse_retries_total{step="facts"} 1.0' in text(registry)


def test_prometheus_can_read_it_and_every_metric_is_explained(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    collected(metrics, Shard("t", 0, Tally()))
    families = list(text_string_to_metric_families("\n".join(text(registry)) + "\n"))
    ours = [family for family in families if not family.name.endswith("_created")]
    assert len(ours) == 18
    assert all(family.name.startswith("pulse_") and family.documentation for family in ours)


def test_two_workers_in_one_process_do_not_share(metrics: Metrics) -> None:
    Metrics(CollectorRegistry(), *[lambda *_: None] * 3)


def test_a_topic_shows_all_outcomes_from_its_first_batch_on(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    """A counter that appears with its first event hides that event from `increase`."""
    collected(metrics, Shard("t", 0, Tally(outcomes=Counter({Outcome.COUNTED: 1}))))
    assert 'pulse_events_total{outcome="refused",topic="t"} 0.0' in text(registry)


def test_no_verdict_is_no_good_verdict(metrics: Metrics, registry: CollectorRegistry) -> None:
    assert not [line for line in text(registry) if line.startswith("pulse_verify_")]
    metrics.verified(datetime(2023, 6, 30, tzinfo=UTC), 3)
    assert [line for line in text(registry) if line.startswith("pulse_verify_")] == [
        "pulse_verify_timestamp_seconds 1.6880832e+09",
        "pulse_verify_differences 3.0",
    ]


def test_clickhouse_answers_or_not(metrics: Metrics, registry: CollectorRegistry) -> None:
    for answers, value in ((True, "1.0"), (False, "0.0")):
        metrics.answers(answers)
        assert f"pulse_clickhouse_up {value}" in text(registry)

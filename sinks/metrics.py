"""The worker's own metrics, in one list: what each means, its labels and its unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from streams.counting.outcome import Outcome
from streams.driver import Driver
from streams.items import Unreadable
from streams.tally import LATENESS

_FLUSH = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STEP = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """Implements `streams.driver.Watcher`; `collect` reads everything else from the drivers."""

    def __init__(
        self,
        registry: CollectorRegistry,
        retrying: Callable[[str, int, str, Exception, int, float], None],
        pausing: Callable[[str, int, str], None],
        unreadable: Callable[[str, int, Unreadable], None],
    ) -> None:
        self._on_retry, self._on_pause, self._on_unreadable = retrying, pausing, unreadable
        self.events = Counter(
            "pulse_events_total",
            "Events received, by what became of them",
            ["topic", "outcome"],
            registry=registry,
        )
        self.refusals = Counter(
            "pulse_refusals_total", "Events refused, by reason code", ["topic", "reason"], registry=registry
        )
        self.unknown_fields = Counter(
            "pulse_unknown_fields_total",
            "Events of a newer minor schema with fields that this release does not know",
            ["topic", "type"],
            registry=registry,
        )
        self.flush = Histogram(
            "pulse_flush_seconds",
            "From a flush's first command to its ack",
            registry=registry,
            buckets=_FLUSH,
        )
        self.steps = Histogram(
            "pulse_step_seconds",
            "One step of a shard: load, seek, send, ack, or the write of a table",
            ["step"],
            registry=registry,
            buckets=_STEP,
        )
        self.retries = Counter(
            "pulse_retries_total",
            "Steps that failed for now and were tried again",
            ["step"],
            registry=registry,
        )
        self.records = Gauge(
            "pulse_state_records", "Records held in memory", ["topic", "partition"], registry=registry
        )
        self.cells = Gauge(
            "pulse_state_cells", "Cells held in memory", ["topic", "partition"], registry=registry
        )
        self.pending = Gauge(
            "pulse_pending_events",
            "Events read and not yet acknowledged",
            ["topic", "partition"],
            registry=registry,
        )
        self.position = Gauge(
            "pulse_position_offset",
            "The last offset whose rows are whole",
            ["topic", "partition"],
            registry=registry,
        )
        self.lag = Gauge(
            "pulse_lag_events",
            "Events in Kafka that are not in the figures yet",
            ["topic", "partition"],
            registry=registry,
        )
        self.pauses = Gauge(
            "pulse_paused",
            "1 where too much was refused: not read on until `pulse dead-letters resume`",
            ["topic", "partition"],
            registry=registry,
        )
        self.unread = Gauge(
            "pulse_unreadable",
            "1 where the partition stands at an offset that cannot be read: see `pulse set-aside`",
            ["topic", "partition"],
            registry=registry,
        )
        self.withheld = Gauge(
            "pulse_withheld_events",
            "Offsets behind an open transaction, which may not be read before it ends",
            ["topic", "partition"],
            registry=registry,
        )
        self.clickhouse_up = Gauge(
            "pulse_clickhouse_up",
            "1 while ClickHouse answers this worker within half a minute, else 0",
            registry=registry,
        )
        self._lateness, self._verdict = _Lateness(), _Verdict()
        registry.register(self._lateness)
        registry.register(self._verdict)

    def took(self, step: str, seconds: float) -> None:
        """Record how long a step took that succeeded."""
        if step == "flush":
            self.flush.observe(seconds)
        else:
            self.steps.labels(step).observe(seconds)

    def retrying(
        self, topic: str, partition: int, step: str, error: Exception, attempt: int, delay: float
    ) -> None:
        """Count and report a step of a shard that failed temporarily."""
        self.retries.labels(step).inc()
        self._on_retry(topic, partition, step, error, attempt, delay)

    def paused(self, topic: str, partition: int, why: str) -> None:
        """Report that a partition is paused because too much of it was refused."""
        self._on_pause(topic, partition, why)

    def unreadable(self, topic: str, partition: int, what: Unreadable) -> None:
        """Report an offset that cannot be read."""
        self._on_unreadable(topic, partition, what)

    def collect(self, drivers: Iterable[Driver]) -> None:
        """Add what each shard has counted since the last call, and set the gauges to its present state."""
        for driver in drivers:
            shard = driver.shard
            tally, topic, partition = shard.tally(), shard.topic, str(shard.partition)
            for known in Outcome:  # from 0: an increase is only visible in a series that existed before
                self.events.labels(topic, known)
            for outcome, count in tally.outcomes.items():
                self.events.labels(topic, outcome).inc(count)
            for reason, count in tally.refusals.items():
                self.refusals.labels(topic, reason).inc(count)
            for event_type, count in tally.unknown_fields.items():
                self.unknown_fields.labels(topic, event_type).inc(count)
            self._lateness.add(topic, tally.lateness, tally.lateness_sum)
            self.records.labels(topic, partition).set(len(shard.counts.records))
            self.cells.labels(topic, partition).set(len(shard.counts.cells))
            self.pending.labels(topic, partition).set(driver.pending)
            self.position.labels(topic, partition).set(shard.position)
            self.pauses.labels(topic, partition).set(driver.paused is not None)
            self.unread.labels(topic, partition).set(driver.unreadable is not None)
            self.withheld.labels(topic, partition).set(driver.withheld)

    def lags(self, topic: str, partition: int, events: int) -> None:
        """Set how many events a shard is behind the end of its log."""
        self.lag.labels(topic, str(partition)).set(events)

    def answers(self, answers: bool) -> None:
        """Record whether ClickHouse answers."""
        self.clickhouse_up.set(answers)

    def verified(self, at: datetime, differences: int) -> None:
        """Record the last verification: when it ended and how many differences it found."""
        self._verdict.last = (at.timestamp(), differences)

    def forget(self, topic: str, partition: int) -> None:
        """Remove a partition's gauges: another worker has it now, and they would only grow stale here."""
        for gauge in (
            self.records, self.cells, self.pending, self.position, self.lag, self.pauses, self.unread, self.withheld,
        ):  # fmt: skip
            try:
                gauge.remove(topic, str(partition))
            except KeyError:
                continue


class _Verdict(Collector):
    """The result of the last `pulse verify`. There are no samples before the first one: 0 would mean that all is well."""

    last: tuple[float, int] | None = None

    def collect(self) -> Iterable[GaugeMetricFamily]:
        at = GaugeMetricFamily("pulse_verify_timestamp_seconds", "When the last `pulse verify` ended")
        found = GaugeMetricFamily(
            "pulse_verify_differences", "Differences that the last `pulse verify` found"
        )
        if self.last is not None:
            at.add_metric([], self.last[0])
            found.add_metric([], self.last[1])
        yield at
        yield found


class _Lateness(Collector):
    """A histogram that is fed whole buckets: shards sort the lateness of a batch into buckets themselves."""

    def __init__(self) -> None:
        self._buckets: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def add(self, topic: str, buckets: list[int], total: float) -> None:
        known = self._buckets.setdefault(topic, [0] * len(buckets))
        self._buckets[topic] = [a + b for a, b in zip(known, buckets, strict=True)]
        self._sums[topic] = self._sums.get(topic, 0.0) + total

    def collect(self) -> Iterable[HistogramMetricFamily]:
        family = HistogramMetricFamily(
            "pulse_lateness_seconds", "From an event to its append in Kafka", labels=["topic"]
        )
        for topic, buckets in self._buckets.items():
            reached, pairs = 0, []
            for bound, count in zip([*map(str, LATENESS), "+Inf"], buckets, strict=True):
                reached += count
                pairs.append((bound if bound == "+Inf" else f"{float(bound)}", reached))
            family.add_metric([topic], pairs, self._sums[topic])
        yield family

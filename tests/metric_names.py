"""Which metrics and labels a worker's /metrics has, and which of an expression's it does not have.

assert not unknown('sum by (topic) (pulse_lag_events)', exposed())
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import promql_parser as promql
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.registry import event_types
from sinks.light_metrics import GAUGES, LightMetrics, Snapshot
from sinks.metrics import Metrics
from streams.counting.outcome import Outcome
from streams.tally import LATENESS, Tally

ADDED = frozenset({"job", "instance"})
"""Labels that Prometheus adds to whatever it scrapes."""
OF_PROMETHEUS = {"up": ADDED}
"""Metrics that Prometheus itself writes about what it scrapes."""


@cache
def exposed() -> Mapping[str, frozenset[str]]:
    """Series name → its labels, of every series that a worker can show; histograms as _bucket, _sum and _count."""
    return {**read(exposition()), **OF_PROMETHEUS}


def read(text: str) -> dict[str, frozenset[str]]:
    """The same of an exposition's text."""
    found: dict[str, frozenset[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, frozenset()) | frozenset(sample.labels) | ADDED
    return found


def exposition() -> str:
    """What a worker's own collectors show once everything has happened that they know of.

    `tests/alerts/test_end_to_end.py` holds this against a worker that really runs.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    _of_the_service(Metrics(registry, *[lambda *_: None] * 3))
    regions = load_regions(DEFAULT_REGIONS)
    _of_the_plan(LightMetrics(registry, load(DEFAULT_CATALOGUE, regions, event_types), regions))
    return generate_latest(registry).decode()


def _of_the_service(metrics: Metrics) -> None:
    tally = Tally(
        outcomes=Counter(dict.fromkeys(Outcome, 1)),
        refusals=Counter({"not-json": 1}),
        unknown_fields=Counter({"health.visit": 1}),
        lateness=[1] * (len(LATENESS) + 1),
        lateness_sum=1.0,
    )
    fold = SimpleNamespace(records=(), cells=())
    shard = SimpleNamespace(topic="health", partition=0, position=1, counts=fold, tally=lambda: tally)
    metrics.collect([SimpleNamespace(shard=shard, pending=1, paused=None, unreadable=None, withheld=0)])  # type: ignore[list-item]
    metrics.took("flush", 0.1)
    metrics.took("facts", 0.1)
    metrics.retrying("health", 0, "facts", OSError(), 1, 1.0)
    metrics.lags("health", 0, 1)
    metrics.answers(True)
    metrics.verified(datetime(2023, 6, 30, tzinfo=UTC), 0)


def _of_the_plan(metrics: LightMetrics) -> None:
    light = ("a05.reemployment", "370811", *[1.0] * len(GAUGES))
    since = (*light[:-1], date(2023, 6, 1))
    heard = datetime(2023, 6, 30)  # noqa: DTZ001  as ClickHouse's driver gives it: UTC without saying so
    orphans = [("health", "subject-unknown", 1)]
    metrics.show(Snapshot([since], [("health", False, heard)], [("health", "370811", False)], orphans))
    metrics.looked(datetime(2023, 6, 30, tzinfo=UTC), datetime(2023, 7, 1, tzinfo=UTC))


def unknown(expression: str, there: Mapping[str, frozenset[str]]) -> list[str]:
    """Metrics and labels of a PromQL expression that are not `there`. Raises ValueError where it does not parse."""
    nodes = list(_nodes(promql.parse(expression)))
    selectors = [node for node in nodes if isinstance(node, promql.VectorSelector)]
    names = [one.name or "" for one in selectors]
    wrong = [name for name in names if name not in there]
    for name, one in zip(names, selectors, strict=True):
        wrong += [f"{name}{{{label}}}" for label in _matched(one) if label not in there.get(name, {label})]
    labels = frozenset().union(*(there.get(name, frozenset()) for name in names), *map(_made, nodes))
    wrong += [label for node in nodes for label in _grouped(node) if label not in labels]
    return wrong


def _nodes(node: Any) -> Iterator[Any]:
    """An expression and all parts of it."""
    yield node
    children: list[Any] = []
    match node:
        case promql.MatrixSelector():
            children = [node.vector_selector]
        case promql.AggregateExpr():
            children = [node.expr, node.param]
        case promql.BinaryExpr():
            children = [node.lhs, node.rhs]
        case promql.Call():
            children = list(node.args)
        case promql.SubqueryExpr() | promql.ParenExpr() | promql.UnaryExpr():
            children = [node.expr]
    for child in children:
        if child is not None:
            yield from _nodes(child)


def _matched(selector: Any) -> list[str]:
    return [matcher.name for matcher in selector.matchers.matchers]


def _made(node: Any) -> frozenset[str]:
    """The label that a label_replace or label_join makes."""
    if isinstance(node, promql.Call) and node.func.name in ("label_replace", "label_join"):
        return frozenset({node.args[1].val})
    return frozenset()


def _grouped(node: Any) -> list[str]:
    """The labels that an aggregation or a match names."""
    modifier = getattr(node, "modifier", None)
    if isinstance(node, promql.AggregateExpr) and modifier is not None:
        return list(modifier.labels)
    if isinstance(node, promql.BinaryExpr) and modifier is not None:
        matching = modifier.matching
        return [*(matching.labels if matching is not None else []), *(modifier.group_labels or [])]
    return []

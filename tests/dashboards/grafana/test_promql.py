"""The PromQL of the board 运行: it parses, and names only metrics and labels that a real worker exposes."""

from __future__ import annotations

import pytest

from tests.dashboards.grafana.committed import BOARDS, panels, read
from tests.metric_names import exposed, unknown

QUERIES = [
    (f"{board}-{panel['title']}-{target['refId']}", target["expr"], target["legendFormat"])
    for board in BOARDS
    for panel in panels(read(board))
    for target in panel["targets"]
    if "expr" in target
]

every_query = pytest.mark.parametrize(
    ("expr", "legend"), [(expr, legend) for _, expr, legend in QUERIES], ids=[name for name, _, _ in QUERIES]
)


@every_query
def test_its_metrics_and_labels_are_exposed(expr: str, legend: str) -> None:
    assert unknown(expr.replace("$__rate_interval", "1m"), exposed()) == []


@every_query
def test_a_legend_names_labels_that_the_series_have(expr: str, legend: str) -> None:
    """Those that the expression keeps, or all of a metric's where it does not aggregate."""
    for label in _labels(legend):
        kept = f"sum by ({label}) ({expr.replace('$__rate_interval', '1m')})"
        assert unknown(kept, exposed()) == []
        assert f"by ({label}" in expr or f", {label}" in expr or "by (" not in expr


def _labels(legend: str) -> list[str]:
    return [part.partition("}}")[0].strip() for part in legend.split("{{")[1:]]

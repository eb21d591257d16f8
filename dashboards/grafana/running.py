"""运行: the board that shows whether the service itself keeps up. It uses Prometheus only."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common as shape
from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from dashboards.grafana import board
from dashboards.grafana.board import Band, Cell
from dashboards.grafana.names import RUNNING, PlanScope
from dashboards.grafana.panels import GREEN, ORANGE, RED, lines, steps
from dashboards.grafana.queries import promql

QUESTION = "服务跟得上吗？每秒收多少、出多少错、一次写入多久、积压与内存够不够；写给运维，不写给领导。"


def running(scope: PlanScope) -> model.Dashboard:
    """The board: health, then rate, errors and duration, then saturation."""
    made = board.board(
        RUNNING,
        "运行",
        QUESTION,
        scope,
        [],
        [_health(), _rate(), _errors(), _duration(), _saturation(), _state()],
    )
    made.time = model.DashboardDashboardTime(from_val="now-6h", to="now")  # metrics are in wall time
    return made


# --- Bands ---


def _health() -> Band:
    """Tiles that should all be green."""
    tiles = [
        _up(),
        _tile(
            "积压",
            "Kafka 里有而数字里还没有的条数。",
            "sum(pulse_lag_events)",
            warn=1_000,
            alarm=50_000,
        ),
        _tile(
            "暂停的分区",
            "退回太多而停读；pulse dead-letters resume 后继续。",
            "sum(pulse_paused)",
            alarm=1,
        ),
        _tile(
            "数字截至多久以前",
            "时钟与现在之差；重放历史时很大是正常的。",
            "time() - max(pulse_as_of_timestamp_seconds)",
            unit="s",
            warn=300,
            alarm=3600,
        ),
        _tile(
            "上次评灯",
            "距上一次评定状态的时间。",
            "time() - max(pulse_assessed_timestamp_seconds)",
            unit="s",
            warn=60,
            alarm=600,
        ),
        _tile(
            "核对差异",
            "pulse verify 用另一条路重算后不同的数。应为 0。",
            "max(pulse_verify_differences)",
            alarm=1,
        ),
    ]
    return Band(4, [Cell(4, tile) for tile in tiles])


def _rate() -> Band:
    return _lines(
        "速率 Rate",
        lines(
            "速率：每秒收到",
            "按部门的主题。",
            promql(_per_second("pulse_events_total", "topic"), "{{topic}}"),
            unit="cps",
        ),
        lines(
            "去向：每秒",
            "计入、重复、已被更新、冲突、退回、改键。",
            promql(_per_second("pulse_events_total", "outcome"), "{{outcome}}"),
            unit="cps",
        ),
    )


def _errors() -> Band:
    return _lines(
        "错误 Errors",
        lines(
            "退回（死信）：一小时内，按原因",
            "被契约拒绝的数据；内容见数据质量看板。",
            promql("sum by (reason) (increase(pulse_refusals_total[1h]))", "{{reason}}"),
        ),
        lines(
            "重试：每秒，按步骤",
            "一步暂时失败、稍后再来。持续不断则看 ClickHouse 与 Kafka。",
            promql(_per_second("pulse_retries_total", "step"), "{{step}}"),
            unit="cps",
        ),
        lines(
            "不认识的字段：一小时内",
            "发来的契约次版本比本服务新。",
            promql(
                "sum by (topic, type) (increase(pulse_unknown_fields_total[1h]))",
                "{{topic}} {{type}}",
            ),
        ),
    )


def _duration() -> Band:
    return _lines(
        "用时 Duration",
        lines(
            "一次写入的时间",
            "从第一条命令到确认。",
            promql(_quantile(0.5, "pulse_flush_seconds"), "中位"),
            promql(_quantile(0.99, "pulse_flush_seconds"), "99%", ref="B"),
            unit="s",
        ),
        lines(
            "各步骤 99% 用时",
            "读取、定位、发送、确认、写各表。",
            promql(_quantile(0.99, "pulse_step_seconds", "step"), "{{step}}"),
            unit="s",
        ),
        lines(
            "迟到：事件到收到，九成以内",
            "按部门的主题；一天内的数据。",
            promql(_quantile(0.9, "pulse_lateness_seconds", "topic", "1d"), "{{topic}}"),
            unit="s",
        ),
    )


def _saturation() -> Band:
    return _lines(
        "饱和 Saturation",
        lines(
            "积压，按主题",
            "持续上升：加分区与进程，或看上面的用时。",
            promql("sum by (topic) (pulse_lag_events)", "{{topic}}"),
        ),
        lines(
            "已读未确认",
            "内存里等着写下去的条数。",
            promql("sum by (topic) (pulse_pending_events)", "{{topic}}"),
        ),
        lines(
            "进程内存",
            "常驻内存，每个进程一条线。",
            promql("process_resident_memory_bytes", "{{instance}}"),
            unit="bytes",
        ),
    )


def _state() -> Band:
    """Second band of saturation: what fills the processes' memory, and their CPU use."""
    return _lines(
        "",
        lines(
            "内存里的记录",
            "各主题保留的记录数。",
            promql("sum by (topic) (pulse_state_records)", "{{topic}}"),
        ),
        lines(
            "内存里的单元",
            "各主题保留的计数单元。",
            promql("sum by (topic) (pulse_state_cells)", "{{topic}}"),
        ),
        lines(
            "处理器",
            "每个进程用几个核。",
            promql("rate(process_cpu_seconds_total[$__rate_interval])", "{{instance}}"),
        ),
    )


def _lines(title: str, *panels: timeseries.Panel) -> Band:
    """Panels side by side over the whole width."""
    return Band(8, [Cell(board.WIDTH // len(panels), panel) for panel in panels], title=title)


# --- Tiles and expressions ---


def _up() -> stat.Panel:
    texts = model.ValueMap(
        options={
            "0": model.ValueMappingResult(text="■ 连不上", color=RED),
            "1": model.ValueMappingResult(text="● 正常", color=GREEN),
        }
    )
    return (
        _plain("ClickHouse", "最近一次读写是否成功。", promql("min(pulse_clickhouse_up)", "", instant=True))
        .mappings([texts])
        .thresholds(steps(RED, (1, GREEN)))
    )


def _tile(
    title: str, about: str, expr: str, *, alarm: float, warn: float | None = None, unit: str = "short"
) -> stat.Panel:
    """A tile with a number that is orange from `warn` on and red from `alarm` on."""
    above = [(alarm, RED)] if warn is None else [(warn, ORANGE), (alarm, RED)]
    return (
        _plain(title, f"{about}环比：与所选时段开头相比。", promql(expr, ""))
        .unit(unit)
        .thresholds(steps(GREEN, *above))
        .graph_mode(common.BigValueGraphMode.AREA)
        .show_percent_change(True)
        .percent_change_color_mode(common.PercentChangeColorMode.SAME_AS_VALUE)
    )


def _plain(title: str, about: str, query: Builder[variants.Dataquery]) -> stat.Panel:
    return (
        stat.Panel()
        .title(title)
        .description(about)
        .with_target(query)
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .reduce_options(shape.ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields(""))
        .no_value("—")
    )


def _per_second(counter: str, label: str) -> str:
    return f"sum by ({label}) (rate({counter}[$__rate_interval]))"


def _quantile(share: float, histogram: str, label: str = "", window: str = "$__rate_interval") -> str:
    by = f"le, {label}" if label else "le"
    return f"histogram_quantile({share}, sum by ({by}) (rate({histogram}_bucket[{window}])))"

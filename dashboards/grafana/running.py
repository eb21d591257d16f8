"""运行: whether the service itself keeps up. Prometheus only."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common as shape
from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from dashboards.grafana import board
from dashboards.grafana.board import Band, Cell
from dashboards.grafana.names import RUNNING, Place
from dashboards.grafana.panels import GREEN, ORANGE, RED, lines, steps
from dashboards.grafana.queries import promql

QUESTION = "服务跟得上吗？每秒收多少、出多少错、一次写入多久、积压与内存够不够；写给运维，不写给领导。"


def running(place: Place) -> model.Dashboard:
    """The board: is it up; rate, errors, duration; then saturation."""
    made = board.board(
        RUNNING,
        "运行",
        QUESTION,
        place,
        [],
        [
            Band(
                4,
                [
                    Cell(4, _up()),
                    Cell(
                        4,
                        _tile(
                            "积压",
                            "Kafka 里有而数字里还没有的条数。",
                            "sum(pulse_lag_events)",
                            "short",
                            1_000,
                            50_000,
                        ),
                    ),
                    Cell(
                        4,
                        _tile(
                            "暂停的分区",
                            "退回太多而停读；pulse dead-letters resume 后继续。",
                            "sum(pulse_paused)",
                            "short",
                            1,
                            1,
                        ),
                    ),
                    Cell(
                        4,
                        _tile(
                            "数字截至多久以前",
                            "时钟与现在之差；重放历史时很大是正常的。",
                            "time() - max(pulse_as_of_timestamp_seconds)",
                            "s",
                            300,
                            3600,
                        ),
                    ),
                    Cell(
                        4,
                        _tile(
                            "上次评灯",
                            "距上一次评定状态的时间。",
                            "time() - max(pulse_assessed_timestamp_seconds)",
                            "s",
                            60,
                            600,
                        ),
                    ),
                    Cell(
                        4,
                        _tile(
                            "核对差异",
                            "pulse verify 用另一条路重算后不同的数。应为 0。",
                            "max(pulse_verify_differences)",
                            "short",
                            1,
                            1,
                        ),
                    ),
                ],
            ),
            Band(
                8,
                [
                    Cell(
                        12,
                        lines(
                            "速率：每秒收到",
                            "按部门的主题。",
                            promql(
                                "sum by (topic) (rate(pulse_events_total[$__rate_interval]))", "{{topic}}"
                            ),
                            unit="cps",
                        ),
                    ),
                    Cell(
                        12,
                        lines(
                            "去向：每秒",
                            "计入、重复、已被更新、冲突、退回、改键。",
                            promql(
                                "sum by (outcome) (rate(pulse_events_total[$__rate_interval]))", "{{outcome}}"
                            ),
                            unit="cps",
                        ),
                    ),
                ],
                title="速率 Rate",
            ),
            Band(
                8,
                [
                    Cell(
                        8,
                        lines(
                            "退回（死信）：一小时内，按原因",
                            "被契约拒绝的数据；内容见数据质量看板。",
                            promql("sum by (reason) (increase(pulse_refusals_total[1h]))", "{{reason}}"),
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "重试：每秒，按步骤",
                            "一步暂时失败、稍后再来。持续不断则看 ClickHouse 与 Kafka。",
                            promql("sum by (step) (rate(pulse_retries_total[$__rate_interval]))", "{{step}}"),
                            unit="cps",
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "不认识的字段：一小时内",
                            "发来的契约次版本比本服务新。",
                            promql(
                                "sum by (topic, type) (increase(pulse_unknown_fields_total[1h]))",
                                "{{topic}} {{type}}",
                            ),
                        ),
                    ),
                ],
                title="错误 Errors",
            ),
            Band(
                8,
                [
                    Cell(
                        8,
                        lines(
                            "一次写入的时间",
                            "从第一条命令到确认。",
                            promql(_quantile(0.5, "pulse_flush_seconds"), "中位"),
                            promql(_quantile(0.99, "pulse_flush_seconds"), "99%", ref="B"),
                            unit="s",
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "各步骤 99% 用时",
                            "读取、定位、发送、确认、写各表。",
                            promql(_quantile(0.99, "pulse_step_seconds", "step"), "{{step}}"),
                            unit="s",
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "迟到：事件到收到，九成以内",
                            "按部门的主题；一天内的数据。",
                            promql(_quantile(0.9, "pulse_lateness_seconds", "topic", "1d"), "{{topic}}"),
                            unit="s",
                        ),
                    ),
                ],
                title="用时 Duration",
            ),
            Band(
                8,
                [
                    Cell(
                        8,
                        lines(
                            "积压，按主题",
                            "持续上升：加分区与进程，或看上面的用时。",
                            promql("sum by (topic) (pulse_lag_events)", "{{topic}}"),
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "已读未确认",
                            "内存里等着写下去的条数。",
                            promql("sum by (topic) (pulse_pending_events)", "{{topic}}"),
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "进程内存",
                            "常驻内存，每个进程一条线。",
                            promql("process_resident_memory_bytes", "{{instance}}"),
                            unit="bytes",
                        ),
                    ),
                ],
                title="饱和 Saturation",
            ),
            Band(
                8,
                [
                    Cell(
                        8,
                        lines(
                            "内存里的记录",
                            "各主题保留的记录数。",
                            promql("sum by (topic) (pulse_state_records)", "{{topic}}"),
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "内存里的单元",
                            "各主题保留的计数单元。",
                            promql("sum by (topic) (pulse_state_cells)", "{{topic}}"),
                        ),
                    ),
                    Cell(
                        8,
                        lines(
                            "处理器",
                            "每个进程用几个核。",
                            promql("rate(process_cpu_seconds_total[$__rate_interval])", "{{instance}}"),
                            unit="short",
                        ),
                    ),
                ],
            ),
        ],
    )
    made.time = model.DashboardDashboardTime(from_val="now-6h", to="now")  # the worker's clock is the wall's
    return made


def _up() -> stat.Panel:
    words = model.ValueMap(
        options={
            "0": model.ValueMappingResult(text="■ 连不上", color=RED),
            "1": model.ValueMappingResult(text="● 正常", color=GREEN),
        }
    )
    return (
        _plain("ClickHouse", "最近一次读写是否成功。", promql("min(pulse_clickhouse_up)", "", instant=True))
        .mappings([words])
        .thresholds(steps(RED, (1, GREEN)))
    )


def _tile(title: str, about: str, expr: str, unit: str, warn: float, alarm: float) -> stat.Panel:
    above = [(warn, ORANGE), (alarm, RED)] if alarm > warn else [(alarm, RED)]
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


def _quantile(share: float, histogram: str, label: str = "", window: str = "$__rate_interval") -> str:
    by = f"le, {label}" if label else "le"
    return f"histogram_quantile({share}, sum by ({by}) (rate({histogram}_bucket[{window}])))"

"""Alerts of the service itself: refusals, lag, ClickHouse, the assessment, the judge."""

from __future__ import annotations

from alerts.rule import Group, Rule, Severity, Tier
from alerts.tempo import DAY, HOUR, MINUTE, duration
from alerts.words import Place

REFUSED_FAST, REFUSED_LEAST = 0.2, 20
"""The share of ten minutes' messages that is plainly a fault (with at least so many refused)."""
REFUSED_SLOW, REFUSED_TIMES = 0.01, 2
"""The share of a day's messages above which, and how many times the week's usual share, is above normal."""
BEHIND, WAITING = 10 * MINUTE, 1_000
"""Seconds of work at the present pace that may lie in Kafka, where at least so many events do."""
STALE = 15 * MINUTE
"""Seconds without a look at the figures."""
VERIFIED = 2 * DAY
"""Seconds within which `pulse verify` is expected again; it is meant to run each day."""

_DEPARTMENT = '"department", "$1", "topic", "(.*)"'


def groups(place: Place) -> tuple[Group, Group]:
    """The fast tier and the slow one; both on the machines' clock."""
    fast = Group(
        "pulse-service-fast", "30s", (*_workers(), _clickhouse(), *_lag(), _refusals_fast(), _paused())
    )
    slow = Group(
        "pulse-service-slow", "5m", (_refusals_slow(), _differs(place), _unverified(place), _stale(place))
    )
    return fast, slow


def _rule(
    alert: str,
    expr: str,
    hold: float,
    severity: Severity,
    anchor: str,
    summary: str,
    description: str,
    tier: Tier = "fast",
) -> Rule:
    keep = duration(10 * MINUTE if tier == "fast" else HOUR)
    return Rule(alert, expr, duration(hold), keep, severity, tier, anchor, summary, description)


def _workers() -> tuple[Rule, Rule]:
    return (
        _rule(
            "PulseWorkerDown", 'up{job="pulse"} == 0', 5 * MINUTE, "warning", "worker-down",
            "【服务】统计进程 {{ $labels.instance }} 无响应",
            "Prometheus 读不到它的 /metrics。其余进程会接管它的分区,数据不丢。责任单位:平台运维。",
        ),
        _rule(
            "PulseNoWorker", 'absent(up{job="pulse"} == 1)', 5 * MINUTE, "critical", "worker-down",
            "【服务】没有任何统计进程在运行",
            "所有指标停在旧数上;部门数据仍在 Kafka 中,恢复后自动补上。责任单位:平台运维。",
        ),
    )  # fmt: skip


def _clickhouse() -> Rule:
    return _rule(
        "PulseClickHouseDown", "min by (instance) (pulse_clickhouse_up) == 0", 2 * MINUTE, "critical",
        "clickhouse-down", "【服务】统计进程 {{ $labels.instance }} 连不上 ClickHouse",
        "不再写入,看板可能打不开;数据仍在 Kafka 中,恢复后自动补上。责任单位:平台运维。",
    )  # fmt: skip


def _lag() -> tuple[Rule, Rule]:
    waiting = "sum by (topic) (pulse_lag_events)"
    running = "unless on (topic) max by (topic) (pulse_paused) == 1"
    shown = '主题 {{ $labels.topic }} 有 {{ $value | printf "%.0f" }} 条未统计'
    return (
        _rule(
            "PulseLag",
            f"{waiting} > {WAITING} and {waiting} > {BEHIND} * sum by (topic) (rate(pulse_events_total[10m])) {running}",
            10 * MINUTE, "warning", "lag", f"【积压】{shown}",
            "按目前速度需十分钟以上才能追上,看板上的数是旧的。责任单位:平台运维。",
        ),
        _rule(
            "PulseStuck", f"({waiting} > 0 unless sum by (topic) (increase(pulse_events_total[15m])) > 0) {running}",
            5 * MINUTE, "critical", "lag", f"【停滞】{shown},且十五分钟没有进展",
            "有数据等待,但没有进程在处理。责任单位:平台运维。",
        ),
    )  # fmt: skip


def _share(window: str) -> str:
    """The refused share of a topic's messages; those sent on to their right partition would count twice."""
    refused = f'sum by (topic) (rate(pulse_events_total{{outcome="refused"}}[{window}]))'
    return f'{refused} / sum by (topic) (rate(pulse_events_total{{outcome!="re-keyed"}}[{window}]))'


def _by_department(expr: str) -> str:
    return f"label_replace(\n  {expr},\n  {_DEPARTMENT})"


_REASONS = "原因与样例:pulse dead-letters list --department {{ $labels.department }}。责任单位:该部门业务系统;平台运维协助。"


def _refusals_fast() -> Rule:
    least = f'sum by (topic) (increase(pulse_events_total{{outcome="refused"}}[10m])) > {REFUSED_LEAST}'
    return _rule(
        "PulseRefusals", _by_department(f"{_share('10m')} > {REFUSED_FAST} and {least}"), 5 * MINUTE, "critical",
        "refusals", '【数据被拒】{{ $labels.department }} 近十分钟有 {{ $value | humanizePercentage }} 的消息不合约定',
        f"多为业务系统刚发布了新版本。{_REASONS}",
    )  # fmt: skip


def _refusals_slow() -> Rule:
    usual = _share("7d").replace("[7d]", "[7d] offset 1d")
    return _rule(
        "PulseRefusalsAboveNormal",
        _by_department(f"{_share('1d')} > {REFUSED_SLOW} + {REFUSED_TIMES} * ({usual})"),
        2 * HOUR, "warning", "refusals",
        '【数据被拒】{{ $labels.department }} 近一天有 {{ $value | humanizePercentage }} 的消息不合约定,高于平时',
        _REASONS, "slow",
    )  # fmt: skip


def _paused() -> Rule:
    return _rule(
        "PulsePartitionPaused",
        _by_department("max by (topic, partition) (pulse_paused) == 1"), MINUTE, "critical",
        "partition-paused", "【暂停】主题 {{ $labels.topic }} 分区 {{ $labels.partition }} 因拒收过多已暂停读取",
        "处理后用 pulse dead-letters resume {{ $labels.topic }}/{{ $labels.partition }} 继续。"
        "责任单位:该部门业务系统;平台运维协助。",
    )  # fmt: skip


def _differs(place: Place) -> Rule:
    return _rule(
        "PulseVerifyDiffers", "max(pulse_verify_differences) > 0", 0, "critical", "verify-differs",
        '【核对不符】独立复算有 {{ $value | printf "%.0f" }} 处与看板不同',
        f"{place.moment('pulse_verify_timestamp_seconds', '核对时间:', '。')}在查清之前,看板上的数不可引用。"
        "责任单位:平台运维(pulse verify --all)。", "slow",
    )  # fmt: skip


def _unverified(place: Place) -> Rule:
    return _rule(
        "PulseVerifyStale", f"time() - max(pulse_verify_timestamp_seconds) > {VERIFIED}", HOUR, "warning",
        "verify-stale", "【未核对】两天没有做过独立复算",
        f"{place.moment('pulse_verify_timestamp_seconds', '上次核对:', '。')}责任单位:平台运维。", "slow",
    )  # fmt: skip


def _stale(place: Place) -> Rule:
    return _rule(
        "PulseAssessmentStale",
        # Where nothing comes in, nothing is to be assessed: at night the last time is long ago.
        f"(time() - max(pulse_assessed_timestamp_seconds) > {STALE}\n"
        f"  and on () sum(increase(pulse_events_total[15m])) > 0)\n"
        f"or absent(pulse_assessed_timestamp_seconds)",
        10 * MINUTE, "critical", "assessment-stale", "【服务】亮灯评估已停止更新",
        f"{place.moment('pulse_assessed_timestamp_seconds', '上次评估:', '。')}看板上的灯是旧的。责任单位:平台运维。",
        "slow",
    )  # fmt: skip

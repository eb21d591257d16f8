"""Alerts about the service itself: workers, ClickHouse, lag, refusals, the assessment, `pulse verify`."""

from __future__ import annotations

from typing import NamedTuple

from pulse.alerts.annotations import AlertCity
from pulse.alerts.rule import AlertGroup, AlertRule, Severity, Tier
from pulse.alerts.tempo import DAY, HOUR, MINUTE, Tempo, duration, looks

REFUSED_FAST, REFUSED_LEAST = 20, 20
"""Refused percent of ten minutes' messages above which it is clearly a fault, and the least number of refusals."""
REFUSED_SLOW, REFUSED_TIMES = 1, 2
"""A day's refused percent is above normal if it exceeds REFUSED_SLOW + REFUSED_TIMES × the week's usual percent."""
BEHIND, WAITING = 10 * MINUTE, 1_000
"""Seconds of work at the present pace above which a backlog is reported, and the least number of waiting events."""
STALE = 15 * MINUTE
"""Seconds without an assessment after which the lights are stale."""
RECOVERY = 5 * MINUTE
"""Seconds in which everything recovers once workers and ClickHouse are back; other alerts stay inhibited meanwhile."""
CONFLICTS_LEAST, CONFLICTS_TIMES = 5, 2
"""A day's conflicts are above normal if they exceed CONFLICTS_LEAST + CONFLICTS_TIMES × the week's daily average."""
VERIFIED = 2 * DAY
"""Seconds without a `pulse verify` after which it is missed; it is meant to run each day."""

_DEPARTMENT = '"department", "$1", "topic", "(.*)"'


class _Tier(NamedTuple):
    """A tier on the machines' clock. All its times are divided by `factor`, see `Tempo`."""

    name: Tier
    factor: float
    keep: float
    """Seconds for which its alerts keep firing after their expression is no longer true."""

    def lasts(self, seconds: float) -> str:
        """A duration, for windows and holds."""
        return duration(seconds / self.factor)

    def seconds(self, seconds: float) -> str:
        """A number of seconds, for thresholds."""
        return f"{seconds / self.factor:.9g}"

    def rule(
        self,
        alert: str,
        expr: str,
        hold: float,
        severity: Severity,
        anchor: str,
        summary: str,
        description: str,
        *,
        covers: float = 0,
    ) -> AlertRule:
        """A rule of this tier. `hold` is in seconds; `covers` are extra seconds for which it keeps firing,
        and so keeps inhibiting other alerts."""
        holds, keeps = self.lasts(hold), self.lasts(self.keep + covers)
        return AlertRule(alert, expr, holds, keeps, severity, self.name, anchor, summary, description)


def groups(city: AlertCity, tempo: Tempo) -> tuple[AlertGroup, AlertGroup]:
    """The groups of the fast and of the slow tier, both on the machines' clock."""
    fast, slow = _Tier("fast", tempo.minutes, 10 * MINUTE), _Tier("slow", tempo.days, HOUR)
    return (
        AlertGroup(
            "pulse-service-fast",
            looks(30, fast.factor),
            (
                *_workers(fast), _clickhouse(fast), *_lag(fast, city), _refusals(fast, city), _paused(fast, city),
                _unreadable(fast, city), _platform_fault(fast, city), _transaction(fast, city), _unassessed(fast, city),
            ),
        ),
        AlertGroup(
            "pulse-service-slow",
            looks(5 * MINUTE, slow.factor),
            (
                _refusals_above_normal(slow, city), _conflicts(slow, city), _differs(slow, city),
                _unverified(slow, city),
            ),
        ),
    )  # fmt: skip


def _workers(tier: _Tier) -> tuple[AlertRule, AlertRule]:
    return (
        tier.rule(
            "PulseWorkerDown", 'up{job="pulse"} == 0', 5 * MINUTE, "warning", "worker-down",
            "【服务】统计进程 {{ $labels.instance }} 无响应",
            "Prometheus 读不到它的 /metrics。其余进程会接管它的分区，数据不丢。责任单位：平台运维。"
            "先做：看它的日志最后一行。",
        ),
        tier.rule(
            "PulseNoWorker", 'absent(up{job="pulse"} == 1)', 5 * MINUTE, "critical", "worker-down",
            "【服务】没有任何统计进程在运行",
            "所有指标停在旧数上；部门数据仍在 Kafka 中，恢复后自动补上。责任单位：平台运维。"
            "先做：看日志最后一行，重启进程。",
            covers=RECOVERY,
        ),
    )  # fmt: skip


def _clickhouse(tier: _Tier) -> AlertRule:
    return tier.rule(
        "PulseClickHouseDown", "min by (instance) (pulse_clickhouse_up) == 0", 2 * MINUTE, "critical",
        "clickhouse-down", "【服务】统计进程 {{ $labels.instance }} 连不上 ClickHouse",
        "不再写入，看板可能打不开；数据仍在 Kafka 中，恢复后自动补上。责任单位：平台运维。"
        "先做：看磁盘是否写满、容器是否在重启。",
        covers=RECOVERY,
    )  # fmt: skip


def _lag(tier: _Tier, city: AlertCity) -> tuple[AlertRule, AlertRule]:
    waiting = "sum by (topic) (pulse_lag_events)"
    running = (
        "unless on (topic) (max by (topic) (pulse_paused) == 1 or max by (topic) (pulse_unreadable) == 1)"
    )
    rate = f"sum by (topic) (rate(pulse_events_total[{tier.lasts(10 * MINUTE)}]))"
    progress = f"sum by (topic) (increase(pulse_events_total[{tier.lasts(15 * MINUTE)}])) > 0"
    shown = city.department("topic") + '的数据有 {{ $value | printf "%.0f" }} 条未统计'
    return (
        tier.rule(
            "PulseLag", f"{waiting} > {WAITING} and {waiting} > {tier.seconds(BEHIND)} * {rate} {running}",
            10 * MINUTE, "warning", "lag", f"【积压】{shown}",
            "按目前速度需十分钟以上才能追上，看板上的数是旧的。主题：{{ $labels.topic }}。责任单位：平台运维。"
            "先做：补数时等它追上，平时看运行看板的写入耗时。",
        ),
        tier.rule(
            "PulseStuck", f"({waiting} > 0 unless {progress}) {running}",
            5 * MINUTE, "critical", "lag", f"【停滞】{shown}，且十五分钟没有进展",
            "有数据等待，但没有统计进去。主题：{{ $labels.topic }}。责任单位：平台运维。"
            "先做：看日志中反复重试的一步。",
        ),
    )  # fmt: skip


def _unassessed(tier: _Tier, city: AlertCity) -> AlertRule:
    """Lights are no longer assessed although events come in, or never were although something has been counted.

    Without new events nothing needs assessing: at night the last assessment may be hours old.
    """
    return tier.rule(
        "PulseAssessmentStale",
        f"(time() - max(pulse_assessed_timestamp_seconds) > {tier.seconds(STALE)}\n"
        f"  and on () sum(increase(pulse_events_total[{tier.lasts(15 * MINUTE)}])) > 0)\n"
        f"or (absent(pulse_assessed_timestamp_seconds) and on () max(pulse_position_offset) >= 0)",
        10 * MINUTE, "critical", "assessment-stale", "【服务】亮灯评估已停止更新",
        f"{city.moment('pulse_assessed_timestamp_seconds', '上次评估：', '。')}看板上的灯是旧的。责任单位：平台运维。"
        "先做：pulse assess --once，若报错照它说的做。",
    )  # fmt: skip


def _share(window: str, offset: str = "") -> str:
    """The refused percent of a topic's messages.

    Messages sent on to their right partition are left out, as they would count twice; so are those of other
    plans.
    """

    def rate(outcome: str) -> str:
        before = f" offset {offset}" if offset else ""
        return f"sum by (topic) (rate(pulse_events_total{{{outcome}}}[{window}]{before}))"

    return "100 * " + rate('outcome="refused"') + " / " + rate('outcome!~"re-keyed|passed-over"')


def _by_department(expr: str) -> str:
    return f"label_replace(\n  {expr},\n  {_DEPARTMENT})"


def _reasons(city: AlertCity) -> str:
    return (
        f"责任单位：{city.department()}；平台运维协助。"
        "先做：pulse dead-letters list --department {{ $labels.department }}，把原因转给其业务系统。"
    )


def _refusals(tier: _Tier, city: AlertCity) -> AlertRule:
    window = tier.lasts(10 * MINUTE)
    least = f'sum by (topic) (increase(pulse_events_total{{outcome="refused"}}[{window}])) > {REFUSED_LEAST}'
    return tier.rule(
        "PulseRefusals", _by_department(f"{_share(window)} > {REFUSED_FAST} and {least}"), 5 * MINUTE, "critical",
        "refusals", f'【数据被拒】{city.department()}近十分钟有{{{{ $value | printf "%.0f" }}}}%的消息不合约定',
        f"这些消息没有计入。多为业务系统刚发布了新版本。{_reasons(city)}",
    )  # fmt: skip


def _refusals_above_normal(tier: _Tier, city: AlertCity) -> AlertRule:
    day, week = tier.lasts(DAY), tier.lasts(7 * DAY)
    usual = _share(week, offset=day)
    return tier.rule(
        "PulseRefusalsAboveNormal",
        _by_department(f"{_share(day)} > {REFUSED_SLOW} + {REFUSED_TIMES} * ({usual})"),
        2 * HOUR, "warning", "refusals",
        f'【数据被拒】{city.department()}近一天有{{{{ $value | printf "%.1f" }}}}%的消息不合约定，高于平时',
        f"这些消息没有计入。{_reasons(city)}",
    )  # fmt: skip


def _conflicts(tier: _Tier, city: AlertCity) -> AlertRule:
    """A day's conflicts are above normal. Without data from the week before, the usual number is taken as 0."""
    day = tier.lasts(DAY)

    def noticed(window: str, offset: str = "") -> str:
        return f'sum by (topic) (increase(pulse_events_total{{outcome="conflict"}}[{window}]{offset}))'

    usual = f"({noticed(tier.lasts(7 * DAY), f' offset {day}')} / 7 or 0 * {noticed(day)})"
    return tier.rule(
        "PulseConflicts", _by_department(f"{noticed(day)} > {CONFLICTS_LEAST} + {CONFLICTS_TIMES} * {usual}"),
        2 * HOUR, "warning", "conflicts",
        f'【数据冲突】{city.department()}近一天有{{{{ $value | printf "%.0f" }}}}次同一修订号两种内容，多于平时',
        f"每次只有一种内容计入。多为编号每月重新开始，或改了内容没有加修订号。责任单位：{city.department()}；平台运维协助。"
        "先做：pulse conflicts --department {{ $labels.department }}，转给其业务系统。",
    )  # fmt: skip


def _paused(tier: _Tier, city: AlertCity) -> AlertRule:
    return tier.rule(
        "PulsePartitionPaused",
        _by_department("max by (topic, partition) (pulse_paused) == 1"), MINUTE, "critical",
        "partition-paused",
        f"【暂停】{city.department()}的数据因拒收过多已暂停读取"
        "（主题 {{ $labels.topic }} 分区 {{ $labels.partition }}）",
        f"消息在 Kafka 中等着，没有丢。{_reasons(city)}"
        "改正后：pulse dead-letters resume {{ $labels.topic }}/{{ $labels.partition }}。",
    )  # fmt: skip


def _unreadable(tier: _Tier, city: AlertCity) -> AlertRule:
    return tier.rule(
        "PulseUnreadable",
        "max by (topic, partition) (pulse_unreadable) == 1", 2 * MINUTE, "critical", "unreadable",
        f"【读不出】{city.department('topic')}的数据停在一处读不出的内容上"
        "（主题 {{ $labels.topic }} 分区 {{ $labels.partition }}）",
        "这个分区不再往前统计，其余分区照常；消息在 Kafka 中等着，没有丢。责任单位：平台运维。"
        "先做：看统计进程日志中 unreadable 一行，检查 Kafka 的磁盘和副本；确实无法恢复的，pulse set-aside 搁置。",
    )  # fmt: skip


def _platform_fault(tier: _Tier, city: AlertCity) -> AlertRule:
    return tier.rule(
        "PulsePlatformFault",
        f'sum by (topic) (increase(pulse_refusals_total{{reason="platform-fault"}}[{tier.lasts(DAY)}])) > 0',
        0, "critical", "platform-fault",
        f'【平台缺陷】{city.department("topic")}近一天有 {{{{ $value | printf "%.0f" }}}} 条消息因平台自身的缺陷没有计入',
        "部门没有发错；消息已存为死信，没有丢。主题：{{ $labels.topic }}。责任单位：平台运维，报开发方。"
        "先做：pulse dead-letters list --reason platform-fault，把“得到”一栏报给开发方；升级后 redrive。",
    )  # fmt: skip


def _transaction(tier: _Tier, city: AlertCity) -> AlertRule:
    return tier.rule(
        "PulseTransactionOpen",
        _by_department("max by (topic, partition) (pulse_withheld_events) > 0"), 10 * MINUTE, "warning",
        "transaction-open",
        f"【事务未结束】{city.department()}的业务系统有一个 Kafka 事务没有结束"
        "（主题 {{ $labels.topic }} 分区 {{ $labels.partition }}）",
        f"它后面的消息要等它提交或中止才能统计，没有丢。责任单位：{city.department()}；平台运维协助。"
        "先做：请该部门看发送程序是否中断；Kafka 到 transaction.timeout.ms 后自动中止它。",
    )  # fmt: skip


def _differs(tier: _Tier, city: AlertCity) -> AlertRule:
    return tier.rule(
        "PulseVerifyDiffers", "max(pulse_verify_differences) > 0", 0, "critical", "verify-differs",
        '【核对不符】独立复算有 {{ $value | printf "%.0f" }} 处与看板不同',
        f"{city.moment('pulse_verify_timestamp_seconds', '核对时间：', '。')}在查清之前，看板上的数不可引用。"
        "责任单位：平台运维。"
        "先做：pulse verify --all，照每处的箭头（→）做。",
    )  # fmt: skip


def _unverified(tier: _Tier, city: AlertCity) -> AlertRule:
    """The last `pulse verify` is too long ago, or there was none although something was counted that long ago."""
    at, since = "pulse_verify_timestamp_seconds", tier.lasts(VERIFIED)
    counted = f"last_over_time(pulse_position_offset[{tier.lasts(HOUR)}] offset {since})"
    return tier.rule(
        "PulseVerifyStale",
        f"time() - max({at}) > {tier.seconds(VERIFIED)}\nor (absent({at}) and on () max({counted}) >= 0)",
        HOUR, "warning", "verify-stale", "【未核对】两天没有做过独立复算",
        f"{city.moment(at, '上次核对：', '。', '从未核对过。')}责任单位：平台运维。先做：pulse verify --wait 600。",
    )  # fmt: skip

"""Unit tests of rules as promtool reads them: for each rule a firing, a quiet and an absent case, and a dip.

Written from what each alert means, not from its expression: which series a duty officer would see, and the Chinese
that he must then read, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas.catalogue.model import Catalogue, Coverage, Indicator, PerPlace, Ratio, Reference

CITY, COUNTY, NAME = "370800", "370811", "任城区"
STEP = 60
"""Minutes between two samples, and between two evaluations, where days matter."""
MIDNIGHT = 1_686_499_200
"""2023-06-12 00:00 in Shanghai."""
RUNBOOK = "deploy/RUNBOOK.zh-CN.md"

BEHIND = 1100.25
"""A value that is plainly behind FIGURES' pace."""

CHANCE = "，达标概率41%"
LIGHTS_FIRST = {
    "overdue": "核对是否只是迟报；确未完成的，请责任单位说明原因和补做日期",
    "lagging": "对比近28天日均与到期前尚需日均，不够的要有追赶计划",
    "at_risk": "不必当天处理，例会上提出",
}
CLOSING_FIRST = "列出未完成的名单，到期前补齐"
HEALTH = "济宁市卫生健康委员会"
NAMED = {f'pulse_department_info{{department="health",name="{HEALTH}"}}': "1x20000"}
REASONS = f"责任单位：{HEALTH}；平台运维协助。先做：pulse dead-letters list --department health，把原因转给其业务系统。"
PAUSED = "消息在 Kafka 中等着，没有丢。" + REASONS + "改正后：pulse dead-letters resume health/{}。"

Series = dict[str, str]
"""A series → its samples, in promtool's notation."""


@dataclass(frozen=True)
class Alert:
    """An alert that is expected."""

    name: str
    labels: dict[str, str]
    summary: str
    description: str
    anchor: str


@dataclass
class Case:
    """Series, and the minutes at which `alerts` ring, and no others; at those of `calm` none does."""

    name: str
    series: Series
    minutes: list[int]
    alerts: list[Alert] = field(default_factory=list)
    calm: list[int] = field(default_factory=list)
    step: int = STEP

    def written(self, names: Iterable[str]) -> dict[str, Any]:
        """As promtool reads it; `names` are all alerts of the file."""
        return {
            "name": self.name,
            "interval": f"{self.step}m",
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "alert_rule_test": [
                {
                    "eval_time": f"{minute}m",
                    "alertname": name,
                    "exp_alerts": [
                        _written(alert)
                        for alert in self.alerts
                        if alert.name == name and minute in self.minutes
                    ],
                }
                for minute in sorted({*self.minutes, *self.calm})
                for name in names
            ],
        }


def _written(alert: Alert) -> dict[str, Any]:
    return {
        "exp_labels": alert.labels,
        "exp_annotations": {
            "summary": alert.summary,
            "description": alert.description,
            "runbook_url": f"{RUNBOOK}#{alert.anchor}",
        },
    }


HOURS = 32
LATE, EARLY, OFTEN = [28 * 60], [0, 25 * 60], [hour * 60 for hour in range(HOURS)]
"""Minutes at which what has been so from the beginning rings, does not ring yet, and all hours."""


def constant(value: float) -> str:
    """The same value all the time."""
    return f"{value!r}x{HOURS}"


def dip(usual: float, dipped: float) -> str:
    """For 25 hours another value: a day, and the hour after it until the figures have come."""
    return f"{usual!r}x1 {dipped!r}x24 {usual!r}x{HOURS}"


# --- Indicators ---

STATUSES = {
    "overdue": (9, "PulseOverdue", "逾期", "critical"),
    "lagging": (8, "PulseLagging", "滞后", "warning"),
    "at_risk": (7, "PulseAtRisk", "有风险", "info"),
}
FIGURES = {
    "behind": 66.0, "shortfall": 350.0, "gap_days": -5.23, "value": 1234.5, "expected": 1300.25, "target": 1600.0,
    "chance": 0.41, "days_left": 202.0, "status_since_timestamp_seconds": float(MIDNIGHT),
}  # fmt: skip


def of_indicators(catalogue: Catalogue, indicators: list[Indicator]) -> Iterator[Case]:
    """The cases of a department's file."""
    for status, (rank, *_) in STATUSES.items():
        rings = [
            _light(catalogue, indicator, status, county)
            for indicator in indicators
            for county in (CITY, COUNTY)
        ]
        yield Case(f"{status} rings", _series(indicators, FIGURES, status=constant(rank)), LATE, rings, EARLY)
        yield Case(f"{status} for a day", _series(indicators, FIGURES, status=dip(3, rank)), [], [], OFTEN)
    one = indicators[:1]
    restarts = _series(one, FIGURES, status=f"9x20 _x0 9x{HOURS}")
    rings = [
        _light(catalogue, indicator, "overdue", county) for indicator in one for county in (CITY, COUNTY)
    ]
    yield Case("a worker restarts", restarts, LATE, rings, EARLY)
    for rank in range(7):
        yield Case(
            f"status {rank}",
            _series(one if rank else indicators, FIGURES, status=constant(rank)),
            [],
            [],
            LATE,
        )
    yield Case("nothing is there", {}, [], [], LATE)
    if periodic := [one for one in indicators if one.cadence in ("month", "quarter")]:
        yield from _closing(catalogue, periodic)


def _closing(catalogue: Catalogue, indicators: list[Indicator]) -> Iterator[Case]:
    near = {**FIGURES, "status": 3.0, "days_left": 4.0}
    rings = [_short(catalogue, indicator, county, 4) for indicator in indicators for county in (CITY, COUNTY)]
    yield Case("closing short by the forecast", _series(indicators, near), LATE, rings, EARLY)
    behind = {**near, "value": BEHIND}
    rings = [
        _short(catalogue, indicator, county, 4, BEHIND, "")
        for indicator in indicators
        for county in (CITY, COUNTY)
    ]
    unknown = _series(indicators, behind, chance=" ".join(["NaN"] * HOURS))
    yield Case("closing short by the pace, where the forecast is unknown", unknown, LATE, rings, EARLY)
    for name, figures in {
        "far from the end": {**near, "days_left": 15.0},
        "nothing is missing": {**near, "shortfall": 0.0},
        "the forecast is good": {**near, "chance": 0.9},
        "the forecast is good though the pace is not": {**behind, "chance": 0.9},
    }.items():
        yield Case(f"closing: {name}", _series(indicators, figures), [], [], LATE)
    on_pace = _series(indicators, near, chance=" ".join(["NaN"] * HOURS))
    yield Case("closing: within the slack of the pace, no forecast", on_pace, [], [], LATE)
    yield Case("closing: a day", _series(indicators, near, chance=dip(0.9, 0.1)), [], [], OFTEN)


def _series(indicators: list[Indicator], figures: dict[str, float], **samples: str) -> Series:
    shown = {name: constant(value) for name, value in figures.items()} | samples
    series = {
        f'pulse_indicator_{name}{{indicator="{indicator.id}",county="{county}",instance="a"}}': values
        for indicator in indicators
        for county in (CITY, COUNTY)
        for name, values in shown.items()
    }
    info = f'pulse_county_info{{county="{COUNTY}",name="{NAME}",kind="statutory",instance="a"}}'
    return {**series, info: constant(1), "pulse_as_of_timestamp_seconds": constant(MIDNIGHT + 18 * 86_400)}


def _labels(indicator: Indicator, county: str, severity: str) -> dict[str, str]:
    return {
        "indicator": indicator.id, "county": county, "department": indicator.department,
        "action": str(int(indicator.id[1:3])), "severity": severity, "tier": "slow",
    }  # fmt: skip


def _light(catalogue: Catalogue, indicator: Indicator, status: str, county: str) -> Alert:
    _, name, zh, severity = STATUSES[status]
    where = "济宁市（全市）" if county == CITY else NAME
    counted, since = _counted(catalogue, indicator), "自2023年6月12日起"
    said = f"比进度差66{counted}，约落后5天，{since}"
    if status == "overdue" and indicator.cadence in ("month", "quarter"):
        month = indicator.cadence == "month"
        said = f"最近结束的{'一个月' if month else '一个季度'}未达标，{since}；本{'月' if month else '季度'}还差350{counted}"
    summary = f"【{zh}】{where} {indicator.name.zh}：{said}"
    return Alert(
        name,
        _labels(indicator, county, severity),
        summary,
        _description(catalogue, indicator, LIGHTS_FIRST[status]),
        status.replace("_", "-"),
    )


def _short(
    catalogue: Catalogue,
    indicator: Indicator,
    county: str,
    left: int,
    value: float = 1234.5,
    chance: str = CHANCE,
) -> Alert:
    where = "济宁市（全市）" if county == CITY else NAME
    period = {"month": "本月", "quarter": "本季度"}[indicator.cadence]
    counted = _counted(catalogue, indicator)
    return Alert(
        "PulseClosingShort",
        _labels(indicator, county, "warning"),
        f"【{period}可能完不成】{where} {indicator.name.zh}：{period}还剩{left}天，还差350{counted}",
        _description(catalogue, indicator, CLOSING_FIRST, value, chance),
        "closing-short",
    )


def _description(
    catalogue: Catalogue, indicator: Indicator, first: str, done: float = 1234.5, chance: str = CHANCE
) -> str:
    unit = indicator.unit
    percent = indicator.formula.kind in ("ratio", "reference", "coverage", "online")
    decimals = max(indicator.decimals, 1 if percent else 0)
    value, expected, target = f"{done:.{decimals}f}", f"{FIGURES['expected']:.{max(1, decimals)}f}", "1600"
    assert indicator.target is not None
    cadence = {"month": "每月", "quarter": "每季度", "hour": "每小时", "always": "任何时候"}
    due = indicator.due
    when = f"{due.year}年{due.month}月{due.day}日前" if due else cadence[indicator.cadence]
    action = catalogue.actions[int(indicator.id[1:3]) - 1]
    return (
        f"截至2023年6月30日，完成{value}{unit}，按进度应为{expected}{unit}，目标{target}{unit}{chance}。"
        f"全市目标：{_aim(indicator)}（{when}）。责任单位：{catalogue.departments[indicator.department].name.zh}。"
        f"所属：第{action.no}项，{action.name.zh}。先做：{first}。"
    )


def _aim(indicator: Indicator) -> str:
    aim, unit = indicator.target, indicator.unit
    assert aim is not None
    least = "不低于" if unit == "%" else "不少于"
    return {">=": least, ">": "超过", "=": "达到", "~": "约"}[aim.op] + f"{aim.value}{unit}"


def _counted(catalogue: Catalogue, indicator: Indicator) -> str:
    formula = indicator.formula
    match formula:
        case Ratio():
            return catalogue.measures[formula.numerator].unit or "个"
        case PerPlace():
            return catalogue.measures[formula.measure].unit or "个"
        case Reference():
            return catalogue.measures[formula.total].unit
        case Coverage():
            return "个"
        case _:
            return "个" if formula.kind == "online" else indicator.unit


# --- Silence ---


def of_silence(catalogue: Catalogue) -> Iterator[Case]:
    """The cases of rules/silence.yml, for all departments at once."""
    last = {
        f'pulse_department_last_event_timestamp_seconds{{department="{key}",instance="a"}}': constant(
            MIDNIGHT + 34_200
        )
        for key in catalogue.departments
    }
    info = {f'pulse_county_info{{county="{COUNTY}",name="{NAME}",kind="statutory"}}': constant(1)}

    def departments(values: str) -> Series:
        flags = {f'pulse_department_silent{{department="{key}"}}': values for key in catalogue.departments}
        return {**flags, **last, **info}

    def counties(values: str) -> Series:
        flags = {
            f'pulse_county_silent{{department="{key}",county="{COUNTY}"}}': values
            for key in catalogue.departments
        }
        return {**flags, **last, **info}

    silent = [
        Alert(
            "PulseDepartmentSilent",
            {"department": key, "severity": "critical", "tier": "slow"},
            f"【未报送】{about.name.zh}已停止报送数据",
            f"最近一次报送：2023年6月12日09:30。其所有指标停在旧数上，不代表进度。"
            f"责任单位：{about.name.zh}。先做：请其查业务系统到 Kafka 主题 {key} 的推送。",
            "department-silent",
        )
        for key, about in catalogue.departments.items()
    ]
    vanished = [
        Alert(
            "PulseCountySilent",
            {"department": key, "county": COUNTY, "severity": "warning", "tier": "slow"},
            f"【未报送】{NAME}：{about.name.zh}不再有该地数据",
            f"该地以往有数据，现已超过其惯常间隔没有一条。最近一次报送：2023年6月12日09:30。"
            f"责任单位：{about.name.zh}。先做：与该县区核对报送。",
            "county-silent",
        )
        for key, about in catalogue.departments.items()
    ]
    yield Case("departments are silent", departments(constant(1)), LATE, silent, EARLY)
    never = [
        Alert(
            one.name,
            one.labels,
            one.summary,
            re.sub("^最近一次报送：.*?。", "至今没有收到过。", one.description),
            one.anchor,
        )
        for one in silent
    ]
    unheard = {name: values for name, values in departments(constant(1)).items() if name not in last}
    yield Case("departments were never heard", unheard, LATE, never, EARLY)
    yield Case("departments report", departments(constant(0)), [], [], LATE)
    yield Case("departments: a day", departments(dip(0, 1)), [], [], OFTEN)
    yield Case("counties vanished", counties(constant(1)), LATE, vanished, EARLY)
    yield Case("counties report", counties(constant(0)), [], [], LATE)
    yield Case("counties: a day", counties(dip(0, 1)), [], [], OFTEN)
    yield Case("nothing is there", {}, [], [], LATE)


# --- The service ---


def of_service() -> Iterator[Case]:
    """The cases of rules/service.yml. Some rings belong to every case in which no worker is seen."""
    up, stale = (
        {'up{job="pulse",instance="a"}': "1x20000"},
        {"pulse_assessed_timestamp_seconds": "0+60x20000"},
    )
    calm = {**up, **stale, **NAMED}
    nobody = Alert(
        "PulseNoWorker", {"severity": "critical", "tier": "fast"}, "【服务】没有任何统计进程在运行",
        "所有指标停在旧数上；部门数据仍在 Kafka 中，恢复后自动补上。责任单位：平台运维。"
        "先做：看日志最后一行，重启进程。", "worker-down",
    )  # fmt: skip
    unlit = _service(
        "PulseAssessmentStale", {}, "critical", "fast", "【服务】亮灯评估已停止更新",
        "看板上的灯是旧的。责任单位：平台运维。先做：pulse assess --once，若报错照它说的做。", "assessment-stale",
    )  # fmt: skip
    yield Case("absent: nothing at all", {}, [60], [nobody], step=1)
    yield Case("quiet: a worker, and nothing else", calm, [1, 30, 60, 240], step=1)

    down = _service(
        "PulseWorkerDown", {"job": "pulse", "instance": "b"}, "warning", "fast", "【服务】统计进程 b 无响应",
        "Prometheus 读不到它的 /metrics。其余进程会接管它的分区，数据不丢。责任单位：平台运维。"
        "先做：看它的日志最后一行。", "worker-down",
    )  # fmt: skip
    two = 'up{job="pulse",instance="b"}'
    yield Case("a worker of two is down", {**calm, two: "1x5 0x60"}, [30], [down], step=1)
    yield Case("a worker restarts", {**calm, two: "1x5 0x2 1x60"}, [*range(0, 60)], step=1)

    clickhouse = _service(
        "PulseClickHouseDown", {"instance": "a"}, "critical", "fast", "【服务】统计进程 a 连不上 ClickHouse",
        "不再写入，看板可能打不开；数据仍在 Kafka 中，恢复后自动补上。责任单位：平台运维。"
        "先做：看磁盘是否写满、容器是否在重启。", "clickhouse-down",
    )  # fmt: skip
    answers = 'pulse_clickhouse_up{instance="a",job="pulse"}'
    yield Case("ClickHouse is down", {**calm, answers: "1x5 0x60"}, [30], [clickhouse], step=1)
    yield Case("ClickHouse answers", {**calm, answers: "1x60"}, [30], step=1)
    back = {**calm, answers: "1x5 0x20 1x60"}
    yield Case("ClickHouse is back: it covers what comes to itself", back, [35], [clickhouse], [45], step=1)
    yield Case("ClickHouse: a minute", {**calm, answers: "1x5 0x0 1x60"}, [*range(0, 60)], step=1)

    yield from _lagging(calm)
    yield from _refused(calm)

    paused = Alert(
        "PulsePartitionPaused",
        {"topic": "health", "department": "health", "partition": "3", "severity": "critical", "tier": "fast"},
        f"【暂停】{HEALTH}的数据因拒收过多已暂停读取（主题 health 分区 3）",
        PAUSED.format(3), "partition-paused",
    )  # fmt: skip
    pause = 'pulse_paused{topic="health",partition="3",instance="a"}'
    yield Case("a partition is paused", {**calm, pause: "0x5 1x60"}, [30], [paused], step=1)
    yield Case("none is paused", {**calm, pause: "0x60"}, [30], step=1)
    yield from _standing(calm)
    yield Case(
        "a partition pauses and goes on at once", {**calm, pause: "0x5 1x0 0x60"}, [*range(0, 60)], step=1
    )

    yield from _verified(calm)

    seen = "pulse_assessed_timestamp_seconds"
    dated = Alert(
        unlit.name,
        unlit.labels,
        unlit.summary,
        "上次评估：1970年1月1日08:30。" + unlit.description,
        unlit.anchor,
    )
    events = {'pulse_events_total{topic="health",outcome="counted"}': "0+9x200"}
    stopped = {**up, seen: "0+60x30 1800x120"}
    yield Case("no assessment any more", {**stopped, **events}, [120], [dated], step=1)
    yield Case("no assessment, for nothing came in", stopped, [120], step=1)
    once = {**up, **events, seen: "0+60x30 1800x19 3060+60x60"}
    yield Case("the assessment is late once", once, [*range(90)], step=1)
    position = 'pulse_position_offset{topic="health",partition="0",instance="a"}'
    yield Case("nobody assesses", {**up, position: "-1 41x60"}, [60], [unlit], step=1)
    yield Case("nobody assesses, for nothing was ever counted", {**up, position: "-1x60"}, [60], step=1)

    daily = {**up, **NAMED, seen: "0+1800x20000"}
    yield from _above_normal(daily)
    yield from _conflicts(daily)
    yield from _unverified(daily)


def _service(
    name: str, labels: dict[str, str], severity: str, tier: str, summary: str, description: str, anchor: str
) -> Alert:
    return Alert(name, {**labels, "severity": severity, "tier": tier}, summary, description, anchor)


def _standing(calm: Series) -> Iterator[Case]:
    """A partition that does not go on, though nothing waits that may be read, or nothing can be."""
    lag, events = (
        'pulse_lag_events{topic="health",partition="3"}',
        'pulse_events_total{topic="health",outcome="counted"}',
    )
    shard = '{topic="health",partition="3",instance="a"}'
    unread, held = f"pulse_unreadable{shard}", f"pulse_withheld_events{shard}"
    unreadable = _service(
        "PulseUnreadable", {"topic": "health", "partition": "3"}, "critical", "fast",
        f"【读不出】{HEALTH}的数据停在一处读不出的内容上（主题 health 分区 3）",
        "这个分区不再往前统计，其余分区照常；消息在 Kafka 中等着，没有丢。责任单位：平台运维。"
        "先做：看统计进程日志中 unreadable 一行，检查 Kafka 的磁盘和副本；确实无法恢复的，pulse set-aside 搁置。",
        "unreadable",
    )  # fmt: skip
    transaction = _service(
        "PulseTransactionOpen", {"topic": "health", "partition": "3", "department": "health"}, "warning", "fast",
        f"【事务未结束】{HEALTH}的业务系统有一个 Kafka 事务没有结束（主题 health 分区 3）",
        f"它后面的消息要等它提交或中止才能统计，没有丢。责任单位：{HEALTH}；平台运维协助。"
        "先做：请该部门看发送程序是否中断；Kafka 到 transaction.timeout.ms 后自动中止它。", "transaction-open",
    )  # fmt: skip
    fault = _service(
        "PulsePlatformFault", {"topic": "health"}, "critical", "fast",
        f"【平台缺陷】{HEALTH}近一天有 1 条消息因平台自身的缺陷没有计入",
        "部门没有发错；消息已存为死信，没有丢。主题：health。责任单位：平台运维，报开发方。"
        "先做：pulse dead-letters list --reason platform-fault，把“得到”一栏报给开发方；升级后 redrive。", "platform-fault",
    )  # fmt: skip
    faults = 'pulse_refusals_total{topic="health",reason="platform-fault",instance="a"}'
    yield Case("a fault of the platform's own", {**calm, faults: "0x5 1x60"}, [30], [fault], step=1)
    yield Case("none so far", {**calm, faults: "0x60"}, [30], step=1)
    yield Case("what cannot be read is not stuck", {**calm, unread: "0x5 1x60", lag: "7x60", events: "50x60"}, [50],
               [unreadable], step=1)  # fmt: skip
    yield Case(
        "what could not be read for a moment", {**calm, unread: "0x5 1x0 0x60"}, [*range(0, 60)], step=1
    )
    yield Case("an open transaction is not stuck", {**calm, held: "0x5 9x60", lag: "0x60", events: "50x60"}, [50],
               [transaction], step=1)  # fmt: skip
    yield Case("a transaction of a minute", {**calm, held: "0x5 9x1 0x60"}, [*range(0, 60)], step=1)


def _lagging(calm: Series) -> Iterator[Case]:
    lag, events = (
        'pulse_lag_events{topic="health",partition="0"}',
        'pulse_events_total{topic="health",outcome="counted"}',
    )
    pause = 'pulse_paused{topic="health",partition="0"}'
    slow = _service(
        "PulseLag", {"topic": "health"}, "warning", "fast", f"【积压】{HEALTH}的数据有 90000 条未统计",
        "按目前速度需十分钟以上才能追上，看板上的数是旧的。主题：health。责任单位：平台运维。"
        "先做：补数时等它追上，平时看运行看板的写入耗时。", "lag",
    )  # fmt: skip
    stuck = _service(
        "PulseStuck", {"topic": "health"}, "critical", "fast", f"【停滞】{HEALTH}的数据有 7 条未统计，且十五分钟没有进展",
        "有数据等待，但没有统计进去。主题：health。责任单位：平台运维。先做：看日志中反复重试的一步。", "lag",
    )  # fmt: skip
    yield Case("far behind", {**calm, lag: "90000x60", events: "0+600x60"}, [50], [slow], step=1)
    yield Case("behind, but soon there", {**calm, lag: "90000x60", events: "0+60000x60"}, [50], step=1)
    burst = {**calm, lag: "0x20 90000x5 0x60", events: "0+600x100"}
    yield Case("a burst", burst, [*range(15, 80)], step=1)
    yield Case("stuck", {**calm, lag: "7x60", events: "50x60"}, [50], [stuck], step=1)
    yield Case("stuck, and never counted anything", {**calm, lag: "7x60"}, [50], [stuck], step=1)
    yield Case("paused is not stuck", {**calm, lag: "7x60", events: "50x60", pause: "1x60"}, [50],
               [Alert("PulsePartitionPaused",
                      {"topic": "health", "department": "health", "partition": "0", "severity": "critical", "tier": "fast"},
                      f"【暂停】{HEALTH}的数据因拒收过多已暂停读取（主题 health 分区 0）",
                      PAUSED.format(0),
                      "partition-paused")], step=1)  # fmt: skip
    yield Case("nothing waits", {**calm, lag: "0x60", events: "50x60"}, [50], step=1)


def _refused(calm: Series) -> Iterator[Case]:
    def sent(counted: str, refused: str) -> Series:
        events = 'pulse_events_total{topic="health",outcome="%s"}'
        return {
            **calm,
            events % "counted": counted,
            events % "refused": refused,
            events % "re-keyed": "0+500x20000",
        }

    labels = {"topic": "health", "department": "health"}
    broken = _service(
        "PulseRefusals", labels, "critical", "fast", f"【数据被拒】{HEALTH}近十分钟有40%的消息不合约定",
        f"这些消息没有计入。多为业务系统刚发布了新版本。{REASONS}", "refusals",
    )  # fmt: skip
    yield Case("a bad release", sent("0+60x60", "0+40x60"), [40], [broken], step=1)
    yield Case("a few refusals", sent("0+990x60", "0+1x60"), [40], step=1)
    yield Case("hardly any message at all", sent("0+0.2x60", "0+1x60"), [40], step=1)
    yield Case("a burst of refusals", sent("0+100x100", "0x30 0+100x2 200x60"), [*range(0, 90)], step=1)


def _above_normal(calm: Series) -> Iterator[Case]:
    """In steps of half an hour; a week of them is 336."""

    def sent(counted: str, refused: str) -> Series:
        events = 'pulse_events_total{topic="health",outcome="%s"}'
        return {**calm, events % "counted": counted, events % "refused": refused}

    worse = _service(
        "PulseRefusalsAboveNormal", {"topic": "health", "department": "health"}, "warning", "slow",
        f"【数据被拒】{HEALTH}近一天有10.0%的消息不合约定，高于平时",
        f"这些消息没有计入。{REASONS}", "refusals",
    )  # fmt: skip
    minutes = [30 * step for step in range(384, 404)]
    yield Case("more refused than before", sent("0+90x410", "0x350 10+10x60"), [30 * 404], [worse], step=30)
    yield Case("always a tenth refused", sent("0+90x410", "0+10x410"), [], [], minutes, step=30)
    yield Case("one bad hour", sent("0+90x410", "0x380 10+20x1 30x30"), [], [], minutes, step=30)
    yield Case("nothing was ever refused", sent("0+90x410", "0x410"), [], [], minutes, step=30)


def _conflicts(calm: Series) -> Iterator[Case]:
    """In steps of half an hour; a week of them is 336."""

    def sent(conflicts: str) -> Series:
        events = 'pulse_events_total{topic="health",outcome="%s"}'
        return {**calm, events % "counted": "0+90x410", events % "conflict": conflicts}

    rising = _service(
        "PulseConflicts", {"topic": "health", "department": "health"}, "warning", "slow",
        f"【数据冲突】{HEALTH}近一天有48次同一修订号两种内容，多于平时",
        f"每次只有一种内容计入。多为编号每月重新开始，或改了内容没有加修订号。责任单位：{HEALTH}；平台运维协助。"
        "先做：pulse conflicts --department health，转给其业务系统。", "conflicts",
    )  # fmt: skip
    minutes = [30 * step for step in range(384, 404)]
    yield Case("conflicts rise", sent("0x350 1+1x60"), [30 * 404], [rising], step=30)
    yield Case("always as many conflicts", sent("0+1x410"), [], [], minutes, step=30)
    yield Case("a handful of conflicts", sent("0x380 0+1x4 4x30"), [], [], minutes, step=30)


def _verified(calm: Series) -> Iterator[Case]:
    differences, at = "pulse_verify_differences", "pulse_verify_timestamp_seconds"
    differs = _service(
        "PulseVerifyDiffers", {}, "critical", "slow", "【核对不符】独立复算有 3 处与看板不同",
        "核对时间：1970年1月1日08:10。在查清之前，看板上的数不可引用。责任单位：平台运维。"
        "先做：pulse verify --all，照每处的箭头（→）做。",
        "verify-differs",
    )  # fmt: skip
    yield Case("verify differs", {**calm, differences: "0x10 3x60", at: "600x70"}, [30], [differs], step=1)
    yield Case("verify agrees", {**calm, differences: "0x60", at: "600x60"}, [30], step=1)


def _unverified(calm: Series) -> Iterator[Case]:
    def stale(last: str) -> Alert:
        return _service(
            "PulseVerifyStale", {}, "warning", "slow", "【未核对】两天没有做过独立复算",
            f"{last}。责任单位：平台运维。先做：pulse verify --wait 600。", "verify-stale",
        )  # fmt: skip

    at, counted = "pulse_verify_timestamp_seconds", 'pulse_position_offset{topic="health",partition="0"}'
    old, never = stale("上次核对：1970年1月1日08:10"), stale("从未核对过")
    yield Case("not verified for long", {**calm, at: "600x110"}, [30 * 102], [old], step=30)
    yield Case("never verified", {**calm, counted: "5x110"}, [30 * 102], [never], [30 * 96], step=30)
    yield Case("nothing was counted yet", calm, [], [], [30 * n for n in range(120)], step=30)
    yield Case(
        "verified a little late",
        {**calm, at: "600x97 175200x30"},
        [],
        [],
        [30 * n for n in range(120)],
        step=30,
    )

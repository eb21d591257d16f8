"""Alerts about missing data: a department that stopped sending, a county that is missing from a department's data."""

from __future__ import annotations

from pulse.alerts.annotations import AlertCity
from pulse.alerts.indicators import HOLD, KEEP
from pulse.alerts.rule import AlertGroup, AlertRule
from pulse.alerts.tempo import MINUTE, Tempo
from schemas.catalogue.model import Catalogue


def group(catalogue: Catalogue, city: AlertCity, tempo: Tempo) -> AlertGroup:
    """Two rules per department: about the department itself, and about each county that it used to report."""
    rules = [
        rule
        for department, about in catalogue.departments.items()
        for rule in _rules(department, about.name.zh, city, tempo)
    ]
    return AlertGroup("pulse-silence", tempo.interval(MINUTE), tuple(rules))


def _rules(department: str, name: str, city: AlertCity, tempo: Tempo) -> tuple[AlertRule, AlertRule]:
    silent = city.lately(f'pulse_department_silent{{department="{department}"}}')
    vanished = city.lately(f'pulse_county_silent{{department="{department}"}}')
    heard = f'pulse_department_last_event_timestamp_seconds{{department="{department}"}}'
    last = city.moment(heard, "最近一次报送：", "。", "至今没有收到过。")
    return (
        AlertRule(
            "PulseDepartmentSilent",
            f"max by (department) ({silent}) == 1",
            tempo.slow(HOLD),
            tempo.slow(KEEP),
            "critical",
            "slow",
            "department-silent",
            f"【未报送】{name}已停止报送数据",
            f"{last}其所有指标停在旧数上，不代表进度。责任单位：{name}。"
            f"先做：请其查业务系统到 Kafka 主题 {department} 的推送。",
            {"department": department},
        ),
        AlertRule(
            "PulseCountySilent",
            f"max by (department, county) ({vanished}) == 1",
            tempo.slow(HOLD),
            tempo.slow(KEEP),
            "warning",
            "slow",
            "county-silent",
            f"【未报送】{city.region()}：{name}不再有该地数据",
            f"该地以往有数据，现已超过其惯常间隔没有一条。{last}责任单位：{name}。先做：与该县区核对报送。",
            {"department": department},
        ),
    )

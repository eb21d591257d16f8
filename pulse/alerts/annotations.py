"""Pieces of annotations in Chinese: Go templates that query Prometheus for a figure when the alert is rendered.

A piece whose figure is missing is left out: a sentence never shows "NaN" or an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from schemas.catalogue.model import Catalogue, Indicator, Target
from schemas.regions import Regions


@dataclass(frozen=True)
class AlertCity:
    """What the annotations of alerts need to know about the city."""

    code: str
    zh: str
    offset: int
    """Seconds by which local time is ahead of UTC."""
    bridge: str
    """See `Tempo.bridge`."""

    @classmethod
    def of(cls, regions: Regions, catalogue: Catalogue, bridge: str) -> AlertCity:
        """Build it from the city's regions; the offset is that of the plan's first day."""
        start = datetime.combine(catalogue.plan.start, datetime.min.time(), ZoneInfo(regions.zone))
        shift = start.utcoffset()
        return cls(regions.code, regions.zh, int(shift.total_seconds()) if shift else 0, bridge)

    def lately(self, series: str) -> str:
        """A series that keeps its last value for `bridge`, for when a restarted worker exposes none yet."""
        return f"last_over_time({series}[{self.bridge}])"

    def region(self) -> str:
        """The name of the alert's county, or of the city."""
        info = self.lately("pulse_county_info{county=%q}")
        known = f'{{{{ with printf "{info}" $labels.county | query }}}}{{{{ . | first | label "name" }}}}'
        return (
            f'{{{{ if eq $labels.county "{self.code}" }}}}{self.zh}（全市）{{{{ else }}}}{known}'
            "{{ else }}{{ $labels.county }}{{ end }}{{ end }}"
        )

    def department(self, label: str = "department") -> str:
        """The name of the department whose key is in a label; the key itself if no series gives the name."""
        info = self.lately("pulse_department_info{department=%q}")
        known = f'{{{{ with printf "{info}" $labels.{label} | query }}}}{{{{ . | first | label "name" }}}}'
        return f"{known}{{{{ else }}}}{{{{ $labels.{label} }}}}{{{{ end }}}}"

    def day(self, series: str, before: str = "", after: str = "") -> str:
        """A timestamp's local day between `before` and `after`; nothing if there is no timestamp."""
        shown = '{{ (. | first | value | toTime).Format "2006年1月2日" }}'
        return _asked(f"max({self.lately(series)}) + {self.offset}", f"{before}{shown}{after}")

    def moment(self, series: str, before: str = "", after: str = "", otherwise: str = "") -> str:
        """A timestamp's local day and minute between `before` and `after`; `otherwise` if there is no timestamp."""
        shown = '{{ (. | first | value | toTime).Format "2006年1月2日15:04" }}'
        return _asked(f"max({self.lately(series)}) + {self.offset}", f"{before}{shown}{after}", otherwise)


def figure(query: str, form: str, before: str = "", after: str = "") -> str:
    """A query's first value in Go's format `form`, between `before` and `after`; nothing if there is no value."""
    return _asked(query, f'{before}{{{{ . | first | value | printf "{form}" }}}}{after}')


def gauge(indicator: Indicator, name: str) -> str:
    """The series of one of the indicator's gauges; `%s` stands for the alert's county."""
    return f'pulse_indicator_{name}{{indicator="{indicator.id}",county="%s"}}'


def target(aim: Target, unit: str) -> str:
    """A target in words: "不少于28人次", "达到100%"."""
    least = "不低于" if unit == "%" else "不少于"
    return {">=": least, ">": "超过", "=": "达到", "~": "约"}[aim.op] + f"{aim.value:f}{unit}"


def day_of(date: date) -> str:
    """A date in words."""
    return f"{date.year}年{date.month}月{date.day}日"


def _asked(query: str, shown: str, otherwise: str = "") -> str:
    """A template that runs a query and shows `shown` if it has a result, else `otherwise`.

    `%s` in the query stands for the alert's county.
    """
    # NaN fails every comparison, so an unknown figure is left out like a missing one.
    known = query if ">" in query else f"{query} > -Inf"
    quoted = '"' + known.replace('"', '\\"') + '"'
    asked = f"printf {quoted} $labels.county" if "%s" in query else quoted
    instead = f"{{{{ else }}}}{otherwise}" if otherwise else ""
    return f"{{{{ with {asked} | query }}}}{shown}{instead}{{{{ end }}}}"

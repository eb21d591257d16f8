"""Pieces of annotations: Go templates that ask Prometheus for the figure when the alert is written, in Chinese.

A figure that is not there leaves its piece out: a sentence never shows "NaN" or an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from schemas.catalogue.model import Catalogue, Indicator, Target
from schemas.regions import Regions


@dataclass(frozen=True)
class AlertCity:
    """What the annotations of a city's alerts know about it."""

    code: str
    zh: str
    offset: int
    """Seconds that local time is ahead of UTC."""
    bridge: str
    """As in `Tempo`."""

    @classmethod
    def of(cls, regions: Regions, catalogue: Catalogue, bridge: str) -> AlertCity:
        """The city; its offset is that of the plan's first day."""
        start = datetime.combine(catalogue.plan.start, datetime.min.time(), ZoneInfo(regions.zone))
        shift = start.utcoffset()
        return cls(regions.code, regions.zh, int(shift.total_seconds()) if shift else 0, bridge)

    def lately(self, series: str) -> str:
        """A series with its last figures, where a worker has just restarted and shows none yet."""
        return f"last_over_time({series}[{self.bridge}])"

    def region(self) -> str:
        """The name of the alert's county, or the city's."""
        info = self.lately("pulse_county_info{county=%q}")
        known = f'{{{{ with printf "{info}" $labels.county | query }}}}{{{{ . | first | label "name" }}}}'
        return (
            f'{{{{ if eq $labels.county "{self.code}" }}}}{self.zh}（全市）{{{{ else }}}}{known}'
            "{{ else }}{{ $labels.county }}{{ end }}{{ end }}"
        )

    def department(self, label: str = "department") -> str:
        """The name of the department whose key is in a label; the key, where nobody says its name."""
        info = self.lately("pulse_department_info{department=%q}")
        known = f'{{{{ with printf "{info}" $labels.{label} | query }}}}{{{{ . | first | label "name" }}}}'
        return f"{known}{{{{ else }}}}{{{{ $labels.{label} }}}}{{{{ end }}}}"

    def day(self, series: str, before: str = "", after: str = "") -> str:
        """A timestamp's local day, between words that stand only where it does."""
        shown = '{{ (. | first | value | toTime).Format "2006年1月2日" }}'
        return _asked(f"max({self.lately(series)}) + {self.offset}", f"{before}{shown}{after}")

    def moment(self, series: str, before: str = "", after: str = "", otherwise: str = "") -> str:
        """A timestamp's local day and minute; `otherwise`: what stands where there is none."""
        shown = '{{ (. | first | value | toTime).Format "2006年1月2日15:04" }}'
        return _asked(f"max({self.lately(series)}) + {self.offset}", f"{before}{shown}{after}", otherwise)


def figure(query: str, form: str, before: str = "", after: str = "") -> str:
    """A query's first value, printed as Go's `form` says, between words that stand only where there is one."""
    return _asked(query, f'{before}{{{{ . | first | value | printf "{form}" }}}}{after}')


def gauge(indicator: Indicator, name: str) -> str:
    """One of the indicator's gauges in the alert's county."""
    return f'pulse_indicator_{name}{{indicator="{indicator.id}",county="%s"}}'


def target(aim: Target, unit: str) -> str:
    """A target as it is said: "不少于28人次", "达到100%"."""
    least = "不低于" if unit == "%" else "不少于"
    return {">=": least, ">": "超过", "=": "达到", "~": "约"}[aim.op] + f"{aim.value:f}{unit}"


def day_of(date: date) -> str:
    """A date as it is said."""
    return f"{date.year}年{date.month}月{date.day}日"


def _asked(query: str, shown: str, otherwise: str = "") -> str:
    """Ask, and show where something is answered; `%s` in the query stands for the alert's county."""
    # NaN compares with nothing: a figure that is not known is left out as one that is not there.
    known = query if ">" in query else f"{query} > -Inf"
    quoted = '"' + known.replace('"', '\\"') + '"'
    asked = f"printf {quoted} $labels.county" if "%s" in query else quoted
    instead = f"{{{{ else }}}}{otherwise}" if otherwise else ""
    return f"{{{{ with {asked} | query }}}}{shown}{instead}{{{{ end }}}}"

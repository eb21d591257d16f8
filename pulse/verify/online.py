"""Devices: which of those on the roster at a day's end reported in its last complete hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pulse.verify.measures import Spell
from pulse.verify.topic import DeviceHour
from schemas.catalogue.model import Catalogue, Online


@dataclass
class Devices:
    """What the indicators of the kind `online` need to know about single devices."""

    hours: Mapping[int, int]
    """Reading day → start of its reading hour, seconds UTC."""
    rosters: dict[str, dict[str, list[Spell]]] = field(default_factory=dict)
    """Measure → device → where it was registered."""
    device_hours: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    """Measure → reading hour → devices."""

    def register(self, measure: str, device: str, spells: list[Spell]) -> None:
        """Add the spells of a device on a roster."""
        self.rosters.setdefault(measure, {})[device] = spells

    def add_device_hours(self, measure: str, beats: Iterable[DeviceHour]) -> None:
        """Add hours in which devices reported; only reading hours are kept."""
        wanted = set(self.hours.values())
        by_hour = self.device_hours.setdefault(measure, {})
        for hour, _, device in beats:
            if hour in wanted:
                by_hour.setdefault(hour, set()).add(device)

    def online(self, formula: Online, day: int) -> Counter[str]:
        """Region → devices on the roster at the day's end that reported in its reading hour."""
        roster = self.rosters.get(formula.registered, {})
        found: Counter[str] = Counter()
        for device in self.device_hours.get(formula.seen, {}).get(self.hours[day], ()):
            found.update(spell.region for spell in roster.get(device, ()) if spell.first <= day < spell.until)
        return found


def rosters(catalogue: Catalogue) -> set[str]:
    """The measures that are rosters of devices."""
    formulas = (indicator.formula for indicator in catalogue.indicators)
    return {formula.registered for formula in formulas if isinstance(formula, Online)}

"""Formats a light's figures with their units."""

from __future__ import annotations

from dashboards.web import numerals
from dashboards.web.address import Language
from dashboards.web.model.frame import Frame
from dashboards.web.model.light import Light
from dashboards.web.numerals import NBSP, amount, whole
from dashboards.web.texts import say


def unit(of: str, frame: Frame, lang: Language, shown: str = "") -> str:
    """A unit's name: the catalogue's, or in English the English one, in the singular if the number `shown` is 1."""
    found = frame.units.get(of) if lang == "en" else None
    if found is None:
        return of
    return found.one if shown in ("1", "−1") else found.many


def measured(value: float | None, of: str, frame: Frame, lang: Language, decimals: int = 0) -> str:
    """A figure with its unit: "1 234 人", "1 234 persons"."""
    return numerals.measured(value, unit(of, frame, lang, amount(value, decimals)), decimals)


def pieces(value: float, light: Light, frame: Frame, lang: Language) -> str:
    """A number with the unit that the indicator (for a ratio, its numerator) counts: "312 人", "312 persons"."""
    counted = frame.counts.get(light.indicator)
    of = light.about.unit if light.about.formula == "count" else (counted.numerator if counted else "")
    shown = whole(value)
    return numerals.behind(shown, unit(of, frame, lang, shown) if of else "个" if lang == "zh" else "")


def shortfall(light: Light, frame: Frame, lang: Language) -> str:
    """How much is missing to the target, with the counted unit. Empty if nothing is missing."""
    missing = light.goal.shortfall
    return pieces(missing, light, frame, lang) if missing else ""


def goal(light: Light, frame: Frame, lang: Language, *, beside: bool = False) -> str:
    """The target with its operator: ≥ 26 000 人, ≥ 26 000 persons. Empty if there is none.

    `beside`: it is shown next to the value. In English the unit is then left out, because the value already
    has it and English words are long.
    """
    about, target = light.about, light.goal.target
    if target is None:
        return ""
    sign = {">=": "≥", "~": "≈"}.get(about.target_op, about.target_op)
    digits = 0 if target == int(target) else max(1, about.decimals)
    of = "" if beside and lang == "en" and about.unit in frame.units else about.unit
    return f"{sign}{NBSP}{measured(target, of, frame, lang, digits)}"


def value(light: Light, frame: Frame, lang: Language, *, hidden: bool = False) -> str:
    """The value with its unit, or with `hidden` the text for a withheld value."""
    if hidden:
        return say(lang, "hidden")
    return measured(light.figure.value, light.about.unit, frame, lang, light.about.decimals)

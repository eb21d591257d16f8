"""One figure as a face shows it, and whether that is the view's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isclose
from typing import Any, NamedTuple

Light = Mapping[str, Any]
"""A row of `lights_now` or `light_days` with the names and symbols of its status and region."""

_NUMBER = re.compile(r"[+\-−]?\d+(?:\.\d+)?")
_SPACES = re.compile(r"[\s\u2009\u202f\u00a0]+")


class Shown(NamedTuple):
    """A figure where it was read. `field`: a column of the view."""

    face: str
    indicator: str
    region: str
    field: str
    said: object
    """A number, a date or a text; a text without a figure, or None: nothing is shown."""
    digits: int | None = None
    """How many decimals the face rounds to; None: to none, every digit is there."""


def differs(shown: Shown, light: Light) -> str | None:
    """What is wrong with it, in words; None where it is the view's."""
    match shown.field:
        case "status":
            right = _spelled(str(shown.said or "")) in _status(light)
        case "since":
            right = _day(shown.said, light["since"]) == light["since"]
        case "standing":
            right = shown.said == standing(light)
        case "why_zh":
            right = (shown.said or "") == light["why_zh"]
        case "chance":
            right = _chance(shown, light["chance"])
        case field:
            right = _number(shown, light[field])
    if right:
        return None
    where = f"{shown.face}: {shown.indicator} in {shown.region}"
    found = standing(light) if shown.field == "standing" else light[shown.field]
    return f"{where}: {shown.field} is shown as {shown.said!r}, the view has {found!r}"


def standing(light: Light) -> str:
    """The word of the quarterly report for how a light stands to its pace: 落后 (more than a day of it or a whole piece),
    领先 (a day or more), else 持平."""
    if light["gap"] is None:
        return ""
    days = light["gap_days"] or 0.0
    if light["gap"] >= 0:
        return "领先" if days >= 1 else "持平"
    return "落后" if light["behind"] or days <= -1 else "持平"


def figures(text: str) -> Iterator[str]:
    """The figures in a text, as they are written: without spaces between thousands, with a plain minus."""
    for found in _NUMBER.findall(_SPACES.sub("", text)):
        yield found.replace("−", "-")


def _status(light: Light) -> set[str]:
    key, symbol, zh = (str(light[name]) for name in ("status", "status_symbol", "status_zh"))
    return {key, zh, symbol, symbol + zh} | ({"", "未评", "—未评"} if key == "none" else set())


def _spelled(text: str) -> str:
    return _SPACES.sub("", text)


def _day(said: object, of: date) -> date | None:
    """A day, also one that is shown without its year."""
    if isinstance(said, datetime):
        return said.date()
    if isinstance(said, date):
        return said
    numbers = [int(number) for number in re.findall(r"\d+", str(said))]
    return date(*([of.year] if len(numbers) == 2 else []), *numbers) if numbers else None


def _chance(shown: Shown, chance: float | None) -> bool:
    """Percent where it is rounded; what is not certain is never shown as 0 % or 100 % but as < 1 % or > 99 %."""
    if shown.digits is None or chance is None:
        return _number(shown, chance)
    said = _spelled(str(shown.said))
    if said[:1] in "<>":
        return said in ("<1%", ">99%") and (chance < 0.01 if said[0] == "<" else chance > 0.99)
    if said in ("0%", "100%"):
        return chance in (0, 1) and _number(shown._replace(said=said), 100 * chance)
    return said.endswith("%") and _number(shown._replace(said=said), 100 * chance)


def _number(shown: Shown, value: float | None) -> bool:
    found = list(figures(str(shown.said))) if shown.said is not None else []
    if not found or (value is None):
        # The web board leaves out what is not missing; everywhere else a zero is shown.
        return not found and (value is None or (shown.field in ("behind", "shortfall") and value == 0))
    if len(found) > 1 and isinstance(shown.said, str) and shown.digits is not None:
        return False
    if shown.digits is None:
        return isclose(float(str(shown.said)), value, rel_tol=1e-12, abs_tol=1e-12)
    text = found[0]
    if len(text.partition(".")[2]) > shown.digits and float(text) != round(float(text), shown.digits):
        return False
    unit = Decimal(1).scaleb(-shown.digits)
    return abs(Decimal(text) - Decimal(value)) <= unit / 2 + Decimal("1e-9") * max(
        Decimal(1), abs(Decimal(value))
    )

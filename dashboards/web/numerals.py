"""Formats numbers and dates: spaces between thousands, a real minus sign, no spurious digits."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboards.web.address import Language

NBSP = "\u00a0"
"""A space without a line break, between thousands and between a figure and its unit."""
NONE = "–"
"""Shown if there is no figure."""


def amount(value: float | None, decimals: int = 0) -> str:
    """A figure with `decimals` digits after the point."""
    if value is None:
        return NONE
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return ("−" if negative else "") + text.replace(",", NBSP)


def measured(value: float | None, unit: str, decimals: int = 0) -> str:
    """A figure with its unit: "1 234 人", "78.0 %"."""
    return NONE if value is None else behind(amount(value, decimals), unit)


def behind(shown: str, unit: str) -> str:
    """A formatted figure with its unit appended; the figure alone if the unit is empty."""
    return f"{shown}{NBSP}{unit}".rstrip()


def whole(value: float | None) -> str:
    """A number: without decimals if it is whole, else with one."""
    if value is None:
        return NONE
    return amount(value, 0 if value == int(value) else 1)


def signed(value: float | None, decimals: int = 0) -> str:
    """A difference: +12, −3, 0."""
    text = amount(value, decimals)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.") else text


def share(value: float | None) -> str:
    """A share 0…1 in whole percent. 0 % and 100 % are shown only if they are exact."""
    if value is None:
        return NONE
    if 0 < value < 0.01:
        return f"<{NBSP}1{NBSP}%"
    if 0.99 < value < 1:
        return f">{NBSP}99{NBSP}%"
    return f"{value * 100:.0f}{NBSP}%"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(value: date | None, lang: Language) -> str:
    """A day of the plan's year: 9月18日, 18 Sep."""
    if value is None:
        return NONE
    return f"{value.month}月{value.day}日" if lang == "zh" else f"{value.day} {_MONTHS[value.month - 1]}"


def moment(value: datetime | None, zone: ZoneInfo, lang: Language, year: int | None = None) -> str:
    """An instant (UTC if naive) in the city's time: 9月18日 23:59. Its year is added if it is not `year`."""
    if value is None:
        return NONE
    local = value.replace(tzinfo=value.tzinfo or ZoneInfo("UTC")).astimezone(zone)
    text = day(local.date(), lang)
    if year is not None and local.year != year:
        text = f"{local.year}年{text}" if lang == "zh" else f"{text} {local.year}"
    return f"{text} {local:%H:%M}"


_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


def unbroken(text: str) -> str:
    """A sentence without line breaks inside figures: 1 455 stays on one line."""
    return _THOUSANDS.sub(NBSP, text)


def month(period: str, lang: Language) -> str:
    """A period's short name: 2023-05 → 5月, May; 2023Q2 → 二季度, Q2; 2023 → 2023年, 2023."""
    if "-" in period:
        number = int(period.split("-")[1])
        return f"{number}月" if lang == "zh" else _MONTHS[number - 1]
    if "Q" in period:
        number = int(period.split("Q")[1])
        return f"{'一二三四'[number - 1]}季度" if lang == "zh" else f"Q{number}"
    return f"{period}年" if lang == "zh" else period

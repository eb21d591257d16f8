"""Quarters of a year, written as 2023Q3."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

_WRITTEN = re.compile(r"(\d{4})[Qq]([1-4])")
_ORDINAL = "一二三四"


class Quarter(NamedTuple):
    """A quarter of a calendar year. Sorts in time; `no` is 1 to 4."""

    year: int
    no: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.no}"

    @property
    def zh(self) -> str:
        """The quarter in Chinese, for titles."""
        return f"{self.year}年第{_ORDINAL[self.no - 1]}季度"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.no - 2, 1)

    @property
    def after(self) -> date:
        """The first day after it."""
        return date(self.year + self.no // 4, 3 * (self.no % 4) + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after - timedelta(1)


def parse(text: str) -> Quarter:
    """The quarter from text such as "2023Q3". Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no quarter: write year, Q and 1 to 4, as in 2023Q3")
    return Quarter(int(found[1]), int(found[2]))


def of(day: date) -> Quarter:
    """The quarter that contains a day."""
    return Quarter(day.year, (day.month + 2) // 3)


def within(start: date, due: date) -> list[Quarter]:
    """All quarters from the one of `start` to the one of `due`."""
    found = [of(start)]
    while found[-1].after <= due:
        found.append(of(found[-1].after))
    return found

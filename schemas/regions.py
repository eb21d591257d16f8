"""The regions of a city: statistical codes of 6 (county), 9 (town) and 12 digits (community or village)."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, model_validator

Level = Literal["city", "county", "town", "place"]


class County(BaseModel):
    """A county, or a functional zone that reports beside the counties."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^\d{6}$")
    zh: str
    en: str
    kind: Literal["statutory", "zone"]


class Regions(BaseModel):
    """A city with its counties. Towns and places below them are recognised by their county's prefix."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^\d{4}00$")
    zh: str
    en: str
    zone: str
    """IANA time zone of days and months."""
    short: str = Field("", pattern=r"^[A-Z]{0,8}$")
    """The letters before the number of a filed report (JN-2023Q3-001); if empty, the city's code."""
    counties: list[County]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        repeated = [
            code for code, times in Counter(county.code for county in self.counties).items() if times > 1
        ]
        if repeated:
            raise ValueError(f"counties: {', '.join(repeated)} given more than once")
        if others := [code for code in self._counties if code[:4] != self.code[:4] or code == self.code]:
            raise ValueError(
                f"counties: {', '.join(others)} expected to begin with {self.code[:4]}, not {self.code}"
            )
        if self.zone not in available_timezones():
            raise ValueError(f"zone: {self.zone} is no IANA time zone, such as Asia/Shanghai")
        return self

    def fault(self, code: str) -> str | None:
        """What was expected instead of a wrong region code, in words; None if the code is right."""
        if code == self.code or code in self._counties:
            return None
        if not code.isascii() or not code.isdigit() or len(code) not in (6, 9, 12):
            return "6、9 或 12 位统计用区划代码"
        if code[:6] not in self._counties:
            return f"{self.zh}（{self.code}）下辖县（市、区）的代码：{'、'.join(self._counties)}"
        if code[6:9] == "000" or code[9:] == "000":
            return "县级写 6 位，乡镇级写 9 位，不补 0"
        return None

    @cached_property
    def _counties(self) -> dict[str, County]:
        return {county.code: county for county in self.counties}


def level(code: str) -> Level:
    """The level of a valid code; the city's own ends in 00."""
    if len(code) == 12:
        return "place"
    if len(code) == 9:
        return "town"
    return "city" if code.endswith("00") else "county"

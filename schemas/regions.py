"""The regions of a city: statistical codes of 6 (county), 9 (town) and 12 digits (community or village)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Level = Literal["city", "county", "town", "place"]


class County(BaseModel):
    """A county, or a functional zone that reports beside the counties."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^\d{6}$")
    zh: str
    en: str
    kind: Literal["statutory", "zone"]


class Regions(BaseModel):
    """A city with its counties. Towns and places below are known by their county's prefix."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^\d{4}00$")
    zh: str
    en: str
    zone: str
    """IANA time zone of days and months."""
    counties: list[County]

    def fault(self, code: str) -> str | None:
        """What is wrong with a region code, in words that say what was expected; None where it exists."""
        if code == self.code or code in self._counties:
            return None
        if not code.isascii() or not code.isdigit() or len(code) not in (6, 9, 12):
            return "6、9 或 12 位统计用区划代码"
        if code[:6] not in self._counties:
            return f"{self.zh}({self.code})下辖县(市、区)的代码: {'、'.join(self._counties)}"
        if code[6:9] == "000" or code[9:] == "000":
            return "县级写 6 位,乡镇级写 9 位,不补 0"
        return None

    @property
    def _counties(self) -> dict[str, County]:
        cached = self.__dict__.get("_by_code")
        if cached is None:
            cached = {county.code: county for county in self.counties}
            self.__dict__["_by_code"] = cached
        return cached


def level(code: str) -> Level:
    """The level of a valid code; the city's own ends in 00."""
    if len(code) == 12:
        return "place"
    if len(code) == 9:
        return "town"
    return "city" if code.endswith("00") else "county"

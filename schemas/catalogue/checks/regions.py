"""What pydantic cannot see in a city."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.catalogue.faults import Problem
from schemas.regions import Regions


def regions_faults(regions: Regions) -> Iterator[Problem]:
    """A city's counties are its own, named once, and its days have a time zone."""
    try:
        ZoneInfo(regions.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Problem(("zone",), f"{regions.zone!r}", "an IANA time zone such as Asia/Shanghai")
    if not regions.counties:
        yield Problem(("counties",), "no county", "the counties of the city")
    times = Counter(county.code for county in regions.counties)
    for index, county in enumerate(regions.counties):
        path = ("counties", index, "code")
        if times[county.code] > 1:
            yield Problem(path, f"{county.code} stands {times[county.code]} times", "each county once")
        if county.code[:4] != regions.code[:4] or county.code.endswith("00"):
            expected = f"a county of {regions.zh}: {regions.code[:4]} and two digits, not 00"
            yield Problem(path, f"{county.zh} {county.code}", expected)

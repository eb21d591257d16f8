"""Compares cells and device hours with what the ledger says, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from pulse.verify.counts import Counts
from pulse.verify.days import calendar_date
from pulse.verify.difference import Difference
from pulse.verify.ledger import stream
from pulse.verify.topic import DeviceHour

_REMEDY = "`pulse rebuild --force` writes facts and cells anew from the ledger"

_CELLS = """
SELECT measure, region, toInt32(day), sum(value) AS total
FROM cells FINAL
WHERE generation = {generation:String}
GROUP BY measure, region, day
HAVING total != 0
"""

_DEVICE_HOURS = """
SELECT toUnixTimestamp(hour), county, device
FROM device_hours FINAL
WHERE measure = {measure:String}
"""


def cell_differences(client: Client, generation: str, counts: Mapping[str, Counts]) -> Iterator[Difference]:
    """Cells that are not the differences between one day's figures and the next's."""
    found: dict[str, dict[tuple[str, int], int]] = {}
    for measure, region, day, value in stream(client, _CELLS, {"generation": generation}):
        found.setdefault(measure, {})[region, day] = value
    for measure in sorted(counts.keys() | found.keys()):
        expected = counts[measure].cells() if measure in counts else {}
        stored = found.get(measure, {})
        for cell in sorted(expected.keys() | stored.keys()):
            right, wrong = expected.get(cell, 0), stored.get(cell, 0)
            if right != wrong:
                region, day = cell
                where = f"{measure} in {region} on {calendar_date(day)}"
                yield Difference("cell", where, f"{right:+d}", f"{wrong:+d}", _REMEDY, region)


def device_hour_differences(
    client: Client, measure: str, device_hours: set[DeviceHour]
) -> Iterator[Difference]:
    """Hours in which a device reported that are not stored, or the other way round."""
    same = 0
    for hour, county, device in stream(client, _DEVICE_HOURS, {"measure": measure}):
        if (hour, county, device) in device_hours:
            same += 1
        else:
            yield _device_hour(measure, (hour, county, device), "not heard", "a row")
    if same < len(device_hours):
        stored = {
            (hour, county, device)
            for hour, county, device in stream(client, _DEVICE_HOURS, {"measure": measure})
        }
        for beat in sorted(device_hours - stored):
            yield _device_hour(measure, beat, "heard", "no row")


def _device_hour(measure: str, beat: DeviceHour, expected: str, found: str) -> Difference:
    hour, county, device = beat
    where = f"{measure}: {device} in {county}, hour of {datetime.fromtimestamp(hour, UTC):%Y-%m-%d %H:%M} UTC"
    return Difference("device hour", where, expected, found, _REMEDY, county)

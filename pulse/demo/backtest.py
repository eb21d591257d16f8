"""A simulated year as it was known day by day. `pulse calibrate` makes its forecasts from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pulse.app.city import City
from pulse.lights.calibrate import KnownFigures, Year
from pulse.simulate.city import SimulatedCity
from pulse.simulate.year import year
from schemas.event import Event
from sinks.clickhouse.connection import connect
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.tables import arrow
from sinks.clickhouse.views.create import create_views
from streams.counting.calendar import Calendar
from streams.counting.fold import Fold

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from pulse.simulate.dispatch import Dispatch


def simulated_year(city: City, seed: int, scale: float, days: Sequence[date]) -> Year:
    """Count a simulated city's messages as a worker does, and read the views at the end of each of `days`.

    The worker's own core folds the messages in order of publication. The cells go into a temporary embedded
    ClickHouse, so the series are exactly those of the views. Each reading contains what had arrived by the
    end of its day, without later reports; the last one contains everything. Blocks for seconds to minutes.
    """
    with TemporaryDirectory() as folder:
        count = _Count(city, Path(folder))
        try:
            return count.run(SimulatedCity(seed, scale, 0), days)
        finally:
            count.close()


@dataclass
class _Message:
    """A message in the form that the contract decodes."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class _Count:
    """The folds of all topics and the database that their cells go into."""

    def __init__(self, city: City, folder: Path) -> None:
        self._city = city
        calendar = Calendar(city.regions.zone)
        self._zone = calendar.zone
        self._folds = {topic: Fold(city.catalogue, calendar, topic) for topic in city.topics}
        self._client: Client = connect(f"chdb://{folder}")
        migrate(self._client)
        create_views(self._client, city.catalogue, city.regions, "stream")
        self._client.command("INSERT INTO generations SELECT 'backtest', 'backtest', now64(3), ''")
        self._indicators = [indicator.id for indicator in city.catalogue.indicators]
        self._regions = [city.regions.code, *(county.code for county in city.regions.counties)]

    def close(self) -> None:
        """Close the database; afterwards its folder can be deleted."""
        self._client.close()

    def run(self, simulated: SimulatedCity, days: Sequence[date]) -> Year:
        """Count the whole year; read the figures at the end of each of `days`."""
        waiting, known, number = [*sorted(days)], [], 0
        for number, sent in enumerate(year(simulated)):
            while waiting and sent.published_at_us >= self._midnight(waiting[0]):
                known.append(self._known(waiting.pop(0), number))
            self._fold(number, sent)
        known += [self._known(day, number + 1) for day in waiting]
        return Year(
            self._indicators, self._regions, known, self._known(self._city.catalogue.plan.due, number + 1)
        )

    def _fold(self, number: int, sent: Dispatch) -> None:
        fold = self._folds.get(sent.topic)
        if fold is not None:
            event = self._city.contract.decode(
                sent.topic, _Message(number, sent.published_at_us // 1000, sent.key, sent.value, sent.headers)
            )
            if isinstance(event, Event):
                fold.apply(event)

    def _midnight(self, day: date) -> int:
        """The first instant after a local day, microseconds UTC."""
        return (
            int(datetime.combine(day + timedelta(1), datetime.min.time(), self._zone).timestamp()) * 1_000_000
        )

    def _known(self, day: date, number: int) -> KnownFigures:
        for topic, fold in self._folds.items():
            changes = fold.changes()
            count = len(changes)
            columns: dict[str, list[Any]] = {
                "generation": ["backtest"] * count, "topic": [topic] * count, "partition": [0] * count,
                "offset": [number] * count, "measure": [cell[0] for cell, _ in changes],
                "region": [cell[1] for cell, _ in changes], "day": [cell[2] for cell, _ in changes],
                "value": [value for _, value in changes],
            }  # fmt: skip
            if count:
                self._client.insert_arrow("cells", arrow("cells", columns))
        self._client.insert_arrow("positions", arrow("positions", {
            "generation": ["backtest"], "topic": ["clock"], "partition": [0], "offset": [number],
            "append_time": [self._midnight(day) // 1000], "topic_id": [""], "partitions": [1],
        }))  # fmt: skip
        return self._figures(day)

    def _figures(self, day: date) -> KnownFigures:
        found = self._client.query_arrow(
            "SELECT indicator, region, dateDiff('day', {start:Date32}, day) AS day, numerator, denominator "
            "FROM indicator_days",
            parameters={"start": self._city.catalogue.plan.start}, use_strings=True,
        )  # fmt: skip
        index = (day - self._city.catalogue.plan.start).days
        shape = (len(self._indicators), len(self._regions), index + 1)
        place = (
            _indices(found["indicator"], self._indicators),
            _indices(found["region"], self._regions),
            found["day"].to_numpy(),
        )
        numerator, denominator = np.full(shape, np.nan), np.full(shape, np.nan)
        numerator[place] = found["numerator"].to_numpy()
        denominator[place] = found["denominator"].to_numpy()
        return KnownFigures(index, numerator, denominator)


def _indices(column: Any, names: Sequence[str]) -> NDArray[np.int64]:
    """The index in `names` of each text of an Arrow column."""
    coded = column.combine_chunks().dictionary_encode()
    places = np.array([names.index(name) for name in coded.dictionary.to_pylist()], dtype=np.int64)
    found: NDArray[np.int64] = places[coded.indices.to_numpy()]
    return found

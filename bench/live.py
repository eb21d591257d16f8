"""`python -m bench.live FOLDER`: how long a figure takes from the worker's flush to the board's snapshot, by stage.

FOLDER is a COPY of an embedded database with lights that no other process has open; figures are added to it.
Set PULSE_CLOCK as it was when the database was made. Kafka and the browser are not included. For each figure,
a cell and a position are written as a flush does; then the assessor runs, as it does after a flush; then the
board reads. Printed: median and greatest seconds of each stage.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from clickhouse_connect.driver.client import Client

from dashboards.web.data import ClickHouseSource
from pulse.app.city import load_city, prepare
from pulse.app.settings import load_settings
from pulse.assessor.assessor import Assessor, Written
from schemas.catalogue.model import Catalogue
from sinks.clickhouse.connection import connect

FIGURES = 20

_SHARD = """
SELECT generation, topic, partition, offset, append_time, topic_id, partitions FROM positions FINAL
WHERE generation = (SELECT generation FROM answering) AND topic IN {topics:Array(String)} ORDER BY offset DESC LIMIT 1
"""
_CELL = """
SELECT generation, topic, partition, measure, region, day, value FROM cells FINAL
WHERE generation = {generation:String} AND topic = {topic:String} AND partition = {partition:UInt16}
    AND measure = {measure:String} AND length(region) = 12
ORDER BY day DESC LIMIT 1
"""


def flush(client: Client, catalogue: Catalogue, number: int) -> str:
    """Add 1 to a cell of some measure, of another indicator for each `number`; returns the measure."""
    count = len(catalogue.indicators)
    for step in range(count):
        indicator = catalogue.indicators[(number + step) % count]
        for measure in indicator.formula.reads:
            topics = [catalogue.measures[measure].topic]
            shards = client.query(_SHARD, parameters={"topics": topics}).result_rows
            if not shards:
                continue
            generation, topic, partition, offset, at, topic_id, partitions = shards[0]
            where = {"generation": generation, "topic": topic, "partition": partition, "measure": measure}
            cells = client.query(_CELL, parameters=where).result_rows
            if not cells:
                continue
            *cell, value = cells[0]
            names = ["generation", "topic", "partition", "measure", "region", "day", "value", "offset"]
            client.insert("cells", [[*cell, value + 1, offset + 1]], column_names=names)
            names = ["generation", "topic", "partition", "offset", "append_time", "topic_id", "partitions"]
            row = [generation, topic, partition, offset + 1, at, topic_id, partitions]
            client.insert("positions", [row], column_names=names)
            return measure
    raise SystemExit("no measure of this database has a cell of a place: give one with a simulated year")


def main(folder: str) -> None:
    """Time each stage for some figures."""
    url = f"chdb://{folder}"
    settings, client = load_settings(), connect(url)
    city = load_city(settings)
    prepare(client, city, settings)
    client.set_client_setting("max_threads", 1)
    assessor, source = Assessor(city.catalogue, city.regions), ClickHouseSource(connect(url))
    assessor.refresh(client)
    seconds: dict[str, list[float]] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        done = work()
        seconds.setdefault(stage, []).append(time.perf_counter() - begun)
        return done

    for number in range(FIGURES):
        begun = time.perf_counter()
        measure = timed("flush", partial(flush, client, city.catalogue, number))
        found: Written | None = timed("assess", lambda: assessor.refresh(client))
        if found is None or not found.indicators:
            raise SystemExit(f"{measure}: written, but nothing was assessed: a bug")
        timed("board: has it moved", lambda: (source.last_assessment(), source.stream()))
        timed("board: lights", source.lights)
        seconds.setdefault("all", []).append(time.perf_counter() - begun)
        print(f"{measure:<32}{found.indicators:3} indicators{seconds['assess'][-1]:8.2f} s")
    for stage, each in seconds.items():
        print(f"{stage:<20}median {statistics.median(each):6.2f} s   max {max(each):6.2f} s")
    source.close()
    client.close()


if __name__ == "__main__":
    main(sys.argv[1])

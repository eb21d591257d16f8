"""What figures depend on besides the ledger: the answering generation, its positions, the logs and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.errors import OperatorError
from pulse.verify.balance import positions
from pulse.verify.days import reading_days, reading_hour
from pulse.verify.logs import Logs, logs
from pulse.verify.topic import LogPartition
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions

_CLOCK = "SELECT toUnixTimestamp64Micro(until), toInt32(day) FROM clock"
_ANSWERING = "SELECT generation FROM answering"


class CannotVerify(OperatorError):
    """There is nothing to compare with the ledger; the text says what to do first."""


class Moment(NamedTuple):
    """What figures depend on besides the ledger. A verification is valid if this is the same before and after it."""

    generation: str
    positions: Mapping[LogPartition, tuple[int, int]]
    logs: Logs
    day: int
    hours: Mapping[int, int]
    """Reading day → its reading hour."""


def moment(client: Client, catalogue: Catalogue, regions: Regions) -> Moment:
    """As of now. Raises CannotVerify where no generation answers yet."""
    if not int(client.command("EXISTS VIEW answering")) or not int(client.command("EXISTS TABLE logs")):
        raise CannotVerify(
            "this database is empty, or of an earlier release: run `pulse migrate` (or `pulse demo`) first"
        )
    generation = str(client.query(_ANSWERING).result_rows[0][0])
    if not generation:
        raise CannotVerify("nothing was counted yet: start a worker first (`pulse worker`)")
    until, day = client.query(_CLOCK).result_rows[0]
    days = reading_days(catalogue.plan.start, day)
    hours = {day: reading_hour(day, regions.zone, until) for day in days}
    return Moment(generation, positions(client, generation), logs(client), day, hours)

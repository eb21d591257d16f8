"""Files reports, and finds what has changed in a filed report since."""

from __future__ import annotations

from collections.abc import Mapping

from clickhouse_connect.driver.client import Client

from dashboards.report import words
from dashboards.report.attribution import CODES, differences, part
from dashboards.report.ledger import attribution, positions
from dashboards.report.model import Filing, Report, decode, digest, encode
from dashboards.report.page import Changed, Since
from dashboards.report.quarter import Quarter
from dashboards.report.reading import CannotReport, as_counted, over, read
from pulse.verify.days import number
from schemas.catalogue.model import Catalogue
from schemas.event_type import EventType
from schemas.regions import Regions
from sinks.clickhouse import filings


def file(
    client: Client, catalogue: Catalogue, regions: Regions, types: Mapping[str, EventType], quarter: Quarter
) -> tuple[Report, Filing]:
    """File a quarter's report under a new number. Blocks: the figures are counted again from the ledger.

    The figures are those at exactly the positions that are stored with them, even if a worker keeps counting
    meanwhile; so later records can be distinguished from known ones. Raises CannotReport if the quarter is
    not over, if some of its lights are missing, or as `read` does.
    """
    found = read(client, quarter)
    if not over(found):
        raise CannotReport(
            f"{quarter} is not over: data go up to {words.as_of(found.as_of, found.zone)}. A quarter is filed once its last "
            f"day, {quarter.last}, is over; without --file the report is printed as it stands."
        )
    if found.unlit and any(figure.status for figure in found.figures):
        missing = len({indicator for indicator, _ in found.unlit})
        raise CannotReport(
            f"{quarter}: {missing} of {len(found.indicators)} indicators have no light on {found.day}, such as "
            f"{found.unlit[0][0]}. Part of a report is not filed: run `pulse assess --once`, then file again."
        )
    known = positions(client)
    counted = attribution(client, catalogue, regions, types, number(found.day), known, known)
    report = as_counted(found, counted.stage(0))
    content = encode(report)
    filed = filings.file(
        client,
        regions.short or regions.code,
        filings.Draft(
            report.plan, str(quarter), report.as_of, report.generation, report.catalogue,
            report.verdict.differences if report.verdict else None, known, content, digest(content),
        ),
    )  # fmt: skip
    return report, Filing(filed.number, filed.filed_at, filed.digest)


def filed(client: Client, number: str) -> tuple[Report, Filing, filings.Filed]:
    """A filed report as it was filed. Blocks. Raises CannotReport if the number is unknown or the row was changed."""
    row = filings.find(client, number)
    if row is None:
        plan = client.query("SELECT id FROM plan").result_rows[0][0]
        known = filings.numbers(client, plan)
        hint = (
            f"filed are {', '.join(known)}"
            if known
            else "nothing was filed yet: `pulse report --quarter … --file`"
        )
        raise CannotReport(f"there is no report {number}: {hint}")
    if digest(row.content) != row.digest:
        raise CannotReport(
            f"{number}: the stored report is not the one that was filed (its checksum is {digest(row.content)}, filed was "
            f"{row.digest}). The row was changed in ClickHouse: restore the table `filings` from a backup."
        )
    return decode(row.content), Filing(row.number, row.filed_at, row.digest), row


def since(
    client: Client,
    catalogue: Catalogue,
    regions: Regions,
    types: Mapping[str, EventType],
    report: Report,
    row: filings.Filed,
) -> Since:
    """What has come since a filing, and how it changed each figure. Blocks: reads every record of the ledger."""
    until = client.query("SELECT until FROM clock").result_rows[0][0]
    found = attribution(
        client, catalogue, regions, types, number(report.day), row.positions, positions(client)
    )
    stages = found.stages()
    was = {(f.indicator, f.region): part(f.numerator, f.denominator) for f in report.figures}
    order = {indicator.id: n for n, indicator in enumerate(report.indicators)}
    place = {region.code: n for n, region in enumerate(report.regions)}
    changed = [
        Changed(
            report.indicators[order[key]], report.regions[place[code]], was[key, code],
            part(*stages[-1].get((key, code), (None, None, None))[:2]), by,
        )
        for (key, code), by in differences(was, stages).items()
        if key in order and code in place
    ]  # fmt: skip
    changed.sort(key=lambda one: (order[one.indicator.id], place[one.region.code]))
    records = {code: sum(n for (_, c), n in found.changes.items() if c == code) for code in CODES}
    return Since(words.as_of(until, report.zone), records, changed)

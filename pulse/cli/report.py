"""`pulse report`: writes the quarterly report and files it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulse.terminal.lines import print_line
from pulse.terminal.refused import CommandRefused

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from dashboards.report.model import Filing, Report
    from dashboards.report.page import Since
    from pulse.app.city import City


@click.command("report")
@click.option("--quarter", metavar="2023Q3", help="Which quarter of the plan.")
@click.option("--county", metavar="CODE", help="Only this county's. Default: the city's and every county's.")
@click.option(
    "--file", "filing", is_flag=True, help="Keep the figures as they are known now, under a number."
)
@click.option("--number", metavar="JN-2023Q3-001", help="Print a filed report again, with what came since.")
@click.option("--list", "listing", is_flag=True, help="The numbers that were filed.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), show_default=True,
    help="The folder to write into.",
)  # fmt: skip
@click.option(
    "--verify/--no-verify", "verifying", default=None,
    help="Run `pulse verify` before, or never. Default: where these figures were never verified, and to file.",
)  # fmt: skip
def command(
    quarter: str | None,
    county: str | None,
    filing: bool,
    number: str | None,
    listing: bool,
    out: Path,
    verifying: bool | None,
) -> None:
    """The quarterly report: an HTML page for each county and the city, printing on A4, and a workbook.

    Each county's progress on every action with figures, pace and chance, what lags and by how much, what was late in
    coming; for the city a comparison of its counties. In Chinese. Print a page to PDF with any browser.

    --file keeps the figures under a number, once the quarter is over. They never change: --number prints them again,
    and beside them what came or was corrected since, each difference with its reason.

    \b
    pulse report --quarter 2023Q3                     city, counties, workbook
    pulse report --quarter 2023Q3 --county 370811     任城区 alone
    pulse report --quarter 2023Q3 --file              filed as JN-2023Q3-001
    pulse report --number JN-2023Q3-001               the same again, and what changed
    """
    from pulse.app.city import load_city
    from pulse.app.settings import load_settings
    from sinks.clickhouse.beside.server import shared
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.generations import guard

    if sum((quarter is not None, number is not None, listing)) != 1:
        raise click.UsageError("give one of --quarter 2023Q3, --number JN-2023Q3-001, --list")
    if filing and quarter is None:
        raise click.UsageError("--file files a quarter: give --quarter 2023Q3 with it")
    settings = load_settings()
    city = load_city(settings)
    codes = [city.regions.code, *(each.code for each in city.regions.counties)]
    if county is not None and county not in codes:
        names = "、".join(f"{each.zh} {each.code}" for each in city.regions.counties)
        raise click.BadParameter(f"{county}: expected one of {names}", param_hint="--county")
    with closing(connect(settings.clickhouse.get_secret_value())) as client, shared(client):
        if not int(client.command("EXISTS TABLE filings")):
            raise CommandRefused(
                "this database is older than the reports: run `pulse migrate` (or `pulse demo`) first"
            )
        guard(client, city.catalogue, city.regions)
        if listing:
            _list(client)
            return
        shown = codes if county is None else [county]
        if number is not None:
            paths = _write(out, shown, *_again(client, city, number))
        else:
            paths = _write(out, shown, *_read(client, city, quarter or "", filing, verifying))
        for path in paths:
            print_line(path)


def _list(client: Client) -> None:
    from sinks.clickhouse.filings import numbers

    plan = str(client.query("SELECT id FROM plan").result_rows[0][0])
    found = numbers(client, plan)
    for number in found:
        print_line(number)
    if not found:
        print_line("nothing was filed yet: `pulse report --quarter 2023Q3 --file`", err=True)


def _read(
    client: Client, city: City, written: str, filing: bool, verifying: bool | None
) -> tuple[Report, Filing | None, None]:
    """Read the quarter's present figures. Verifies them first if needed, and files them if `filing`."""
    from dashboards.report.filing import file
    from dashboards.report.quarter import parse
    from dashboards.report.reading import read
    from schemas.registry import event_types

    try:
        quarter = parse(written)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--quarter") from None
    report = read(client, quarter)
    if verifying or (verifying is None and (filing or report.verdict is None)):
        _verify(client, city)
        report = read(client, quarter)
    if not report.status_of or not any(figure.status for figure in report.figures):
        print_line(
            "Nothing is judged on that day: run `pulse assess --once`; figures stand alone.",
            fg="yellow",
            err=True,
        )
    elif report.unlit:
        missing = len({indicator for indicator, _ in report.unlit})
        print_line(
            f"{missing} of {len(report.indicators)} indicators have no light on {report.day}, such as "
            f"{report.unlit[0][0]}: run `pulse assess --once`; the report says so.",
            fg="yellow",
            err=True,
        )
    if not filing:
        return report, None, None
    print_line("Counting the quarter's figures from the ledger …", err=True)
    report, filed = file(client, city.catalogue, city.regions, event_types, quarter)
    print_line(f"Filed as {filed.number} (checksum {filed.digest}).", fg="green", err=True)
    return report, filed, None


def _verify(client: Client, city: City) -> None:
    """Compare every figure with the ledger and store the verdict, which the report prints."""
    from pulse.verify import verify
    from schemas.registry import event_types
    from sinks.clickhouse.verdicts import record

    print_line("Recomputing every figure from the ledger (pulse verify) …", err=True)
    found = verify(client, city.catalogue, city.regions, event_types, wait=10)
    if found.moved and not found.clean:
        print_line(
            "Counting went on meanwhile: no verdict. --verify again at a quieter moment.",
            fg="yellow",
            err=True,
        )
        return
    record(client, city.catalogue.plan.id, found.figures, len(found.differences), found.seconds)
    if not found.clean:
        print_line(f"{len(found.differences)} differences: `pulse verify` shows them.", fg="red", err=True)


def _again(client: Client, city: City, number: str) -> tuple[Report, Filing, Since]:
    """A filed report, its filing, and what has come since."""
    from dashboards.report.filing import filed, since
    from schemas.registry import event_types

    report, filing, row = filed(client, number)
    print_line("Looking for what came since the filing …", err=True)
    return report, filing, since(client, city.catalogue, city.regions, event_types, report, row)


def _write(
    out: Path, codes: list[str], report: Report, filing: Filing | None, since: Since | None
) -> Iterator[Path]:
    """Write the pages and the workbook; yields the path of each."""
    from dashboards.report.page import render
    from dashboards.report.workbook import workbook

    name = filing.number if filing else report.quarter_name
    try:
        out.mkdir(parents=True, exist_ok=True)
        for code in codes:
            page = out / f"{name}-{code}.html"
            page.write_text(render(report, code, filing=filing, since=since), "utf-8")
            yield page
        book = out / (f"{name}.xlsx" if len(codes) > 1 else f"{name}-{codes[0]}.xlsx")
        book.write_bytes(workbook(report, codes, filing=filing, since=since))
        yield book
    except OSError as error:
        raise CommandRefused(
            f"{error.filename or out}: {error.strerror}; give --out another folder"
        ) from None

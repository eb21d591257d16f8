"""`pulse verify`: recomputes every figure from the ledger by an independent method."""

from __future__ import annotations

from pathlib import Path

import click

from pulse.terminal.lines import print_json, print_line

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("verify")
@click.option("--clickhouse", metavar="URL", help="chdb:///folder or http://… Default: PULSE_CLICKHOUSE.")
@click.option("--catalogue", type=_FILE, help="The catalogue of the plan. Default: PULSE_CATALOGUE.")
@click.option("--regions", type=_FILE, help="The city's regions. Default: PULSE_REGIONS.")
@click.option(
    "--region", default="", metavar="CODE", help="Show what differs in this region and below it only."
)
@click.option(
    "--all", "everything", is_flag=True, help="Show every difference, not only the first of each kind."
)
@click.option("--json", "as_json", is_flag=True, help="JSON, the whole report.")
@click.option(
    "--wait", default=0.0, metavar="SECONDS", help="Wait for a running worker to be done with its rows."
)
@click.pass_context
def command(
    context: click.Context,
    clickhouse: str | None,
    catalogue: Path | None,
    regions: Path | None,
    region: str,
    everything: bool,
    as_json: bool,
    wait: float,
) -> None:
    """Recompute every figure of every region from the ledger, and print what differs.

    Reads the table of events, works each figure out by its definition, and compares with all that was counted:
    outcomes, facts, cells, views, and the balance of what came in. The verdict is kept in the table `verdicts`,
    which /metrics and the alerts read. Exits 0 where nothing differs, 1 where something does, 2 where it could
    not compare.

    \b
    pulse verify                          everything
    pulse verify --region 370831 --all    泗水县, every line
    """
    import orjson
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from pulse.app.city import load_city
    from pulse.app.settings import load_settings
    from pulse.terminal.screen import Screen
    from pulse.verify import verify
    from pulse.verify.report import show
    from schemas.registry import event_types
    from sinks.clickhouse.beside.server import shared
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.failures import first_line
    from sinks.clickhouse.verdicts import record

    settings = load_settings(clickhouse=clickhouse, catalogue=catalogue, regions=regions)
    city = load_city(settings)
    # The city's code is not a prefix of its regions' codes (it ends in 00), so the whole city is "".
    code = "" if region == city.regions.code else region
    if code and (fault := city.regions.fault(code)):
        raise click.BadParameter(f"{code}: expected {fault}", param_hint="--region")
    client = connect(settings.clickhouse.get_secret_value())
    try:
        with shared(client):
            whole = verify(client, city.catalogue, city.regions, event_types, wait)
        if whole.moved and not whole.clean:
            print_line("Not recorded for the alerts: counting went on meanwhile.", err=True)
        else:
            try:
                record(client, city.catalogue.plan.id, whole.figures, len(whole.differences), whole.seconds)
            except ClickHouseError as error:  # a read-only account, or a database that is not migrated yet
                print_line(f"Not recorded for the alerts: {first_line(error)}", fg="yellow", err=True)
    finally:
        client.close()
    report = whole.within(code)
    if as_json:
        print_json(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2))
    else:
        show(report, Screen(highlight=False), everything=everything)
        if elsewhere := len(whole.differences) - len(report.differences):
            print_line(f"{elsewhere} more in other regions: `pulse verify` shows them")
    context.exit(0 if report.clean else 1)

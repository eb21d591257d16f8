"""`pulse migrate`: tables and views."""

from __future__ import annotations

from contextlib import closing

import click

from pulse.terminal.lines import print_line


@click.command("migrate")
def command() -> None:
    """Bring ClickHouse to this release: apply the migrations that are missing, make the views anew.

    Safe to run twice, and after a crash in the middle. Refuses a database that a newer release has migrated.
    ClickHouse is named by PULSE_CLICKHOUSE; the views are made from the catalogue.
    """
    from pulse.app.city import load_city, prepare
    from pulse.app.settings import load_settings
    from sinks.clickhouse.connection import connect

    settings = load_settings()
    city = load_city(settings)
    with closing(connect(settings.clickhouse.get_secret_value(), alone=True)) as client:
        applied = prepare(client, city, settings)
    for name in applied:
        print_line(f"applied {name}")
    plan = city.catalogue
    print_line(f"up to date · views of {plan.plan.name.zh}: {len(plan.indicators)} indicators")

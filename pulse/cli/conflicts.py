"""`pulse conflicts`: records that have two contents with the same revision."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import click

from pulse.terminal.lines import print_json, print_line
from pulse.terminal.refused import CommandRefused

if TYPE_CHECKING:
    from schemas.conflicts import Conflict

_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.command("conflicts")
@click.option("--department", metavar="TOPIC", help="Its topic, as employment.")
@click.option("--since", type=_TIME, help="Noticed at or after, in the city's time.")
@click.option("--until", type=_TIME, help="Noticed before, in the city's time.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Records at most."
)
@click.option("--json", "as_json", is_flag=True, help="JSON, one object a conflict.")
def command(
    department: str | None, since: datetime | None, until: datetime | None, limit: int, as_json: bool
) -> None:
    """Records of which one revision was told with two contents, the latest first: what differs, and what counts.

    An event repeats a record (source, id, type, subject) and a revision, and says something else. Nothing is lost: both
    stand in the ledger, and the content with the higher fingerprint counts, whatever the order of arrival, so that every
    count of the same log is the same. Which one is right only the department knows: it publishes that with the next
    revision. Where a serial number starts again each month, the record is another one and needs an id of its own.

    \b
    pulse conflicts                                    of all departments
    pulse conflicts --department civil-affairs --since 2023-09-01
    """
    from zoneinfo import ZoneInfo

    from pulse.app.city import load_city
    from pulse.app.settings import load_settings
    from schemas.registry import event_types
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.reads.conflicts import ConflictFilter, counted, listed

    settings = load_settings()
    city = load_city(settings)
    zone = ZoneInfo(city.regions.zone)
    if department is not None and department not in city.topics:
        expected = f"{department}: expected one of {', '.join(city.topics)}"
        raise click.BadParameter(expected, param_hint="--department")
    chosen = ConflictFilter(
        department, since and since.replace(tzinfo=zone), until and until.replace(tzinfo=zone)
    )
    with closing(connect(settings.clickhouse.get_secret_value())) as client:
        if not int(client.command("EXISTS VIEW conflicting")):
            raise CommandRefused("this database has no view of conflicts yet: run `pulse migrate` first")
        numbers = counted(client, chosen)
        found = listed(client, chosen, limit, event_types, city.regions.zone)
    if as_json:
        print_json([each.plain() for each in found])
        return
    if not found:
        filtered = department or since or until
        print_line(
            "这个范围内没有冲突：去掉 --department、--since、--until 看全部。"
            if filtered
            else "没有冲突：没有一条记录的同一修订号有两种内容。"
        )
        return
    _show(found, numbers, {key: each.name.zh for key, each in city.catalogue.departments.items()})


def _show(found: list[Conflict], numbers: list[tuple[str, int, int]], names: dict[str, str]) -> None:
    from rich.table import Table

    from pulse.terminal.screen import console
    from schemas.conflicts import RESTARTS

    counts = Table("主题", "责任单位", "记录", "次数", box=None, pad_edge=False)
    for topic, records, events in numbers:
        counts.add_row(topic, names.get(topic, ""), str(records), str(events))
    console().print(counts)
    for each in found:
        print_line("")
        print_line(f"{each.type}  {each.id}")
        print_line(f"  来源 {each.source}  对象 {each.subject}  修订 {each.revision}")
        for n, place in enumerate(each.places):
            values = "  ".join(f"{differs.field} {differs.values[n]}" for differs in each.differs)
            mark = "计入" if n == each.stands else "    "
            print_line(f"  {mark} {place}  {values}")
        if each.stands is None:
            print_line("  已由更高的修订取代")
        if each.restarts:
            print_line(f"  {RESTARTS[0]}", fg="yellow")
    print_line("")
    print_line(
        "同一修订号的几种内容中，指纹（fingerprint）大的计入，与到达先后无关。"
        "哪个对只有责任单位知道：用更高的 revision 重新发布。"
    )

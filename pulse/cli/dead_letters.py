"""`pulse dead-letters`: show, resend or drop refused messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import click

from pulse.terminal.lines import print_json, print_line
from pulse.terminal.refused import CommandRefused

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from pulse.app.settings import Settings
    from sinks.clickhouse.letters import Choice, Letter
    from streams.logs import LogOffset

STATES = ("open", "redriven", "recovered", "refused again", "dropped")


@click.group("dead-letters")
def command() -> None:
    """List, resend or drop refused messages; let a paused partition go on.

    A dead letter is a message that could not count, with the reason and its place in Kafka. Tell its department; once
    the cause is mended (a type or a region was added here, or the message was refused by a release that was wrong),
    redrive it: the very message is published to its topic again. Whatever its department mends itself, it publishes
    itself: drop the letter then.
    """


def _choosing(function: Callable[..., None]) -> Callable[..., None]:
    """Decorator: the options that select letters."""
    time = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
    for option in (
        click.option(
            "--state", type=click.Choice(STATES), default="open", show_default=True, help="What became of it."
        ),
        click.option("--until", type=time, help="Arrived before, in the city's time."),
        click.option("--since", type=time, help="Arrived at or after, in the city's time."),
        click.option("--reason", help="Its code, as unknown-region; `pulse events` explains them."),
        click.option("--department", metavar="TOPIC", help="Its topic, as employment."),
        click.argument("places", nargs=-1, metavar="[TOPIC/PARTITION/OFFSET]..."),
    ):
        function = option(function)
    return function


def _marking(function: Callable[..., None]) -> Callable[..., None]:
    """Decorator: the options of commands that change letters."""
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Only say which."),
        click.option("--note", default="", help="Why, for those who come later."),
    ):
        function = option(function)
    return function


@command.command("list")
@_choosing
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="JSON: an array, one object a letter.")
def list_(limit: int, as_json: bool, **chosen: Any) -> None:
    """List letters, the latest first, with how many there are by reason."""
    from rich.table import Table

    from pulse.terminal.screen import console
    from schemas.visible import cut
    from sinks.clickhouse.letters import letters, summary

    with _opened(**chosen) as (_, client, choice):
        found, numbers = letters(client, choice, limit), summary(client, choice)
    if as_json:
        print_json([letter._asdict() for letter in found])
        return
    if not found:
        print_line("没有符合条件的死信。")
        return
    counts = Table("主题", "原因", "状态", "件数", box=None, pad_edge=False)
    for topic, reason, state, number in numbers:
        counts.add_row(topic, reason, state, str(number))
    shown = Table(pad_edge=False)
    for heading in ("位置", "原因", "字段", "得到", "应为", "来源"):
        shown.add_column(heading, overflow="fold")
    for letter in found:
        cells = letter.place, letter.reason, letter.field, letter.value, letter.expected, letter.source
        shown.add_row(*(cut(str(each)) for each in cells))
    out = console()
    out.print(shown)
    out.print()
    out.print(counts)
    every = sum(number for *_, number in numbers)
    out.print(
        f"以上列出 {len(found)} 件，共 {every} 件。详情：pulse dead-letters show {found[0].place}",
        style="dim",
    )


@command.command("show")
@click.argument("place", metavar="TOPIC/PARTITION/OFFSET")
def show(place: str) -> None:
    """All that is known of one letter; its payload masked."""
    from rich.table import Table

    from pulse.terminal.screen import console
    from schemas.refusals import EXPLANATIONS, Reason
    from sinks.clickhouse.letters import Choice, letters

    with _opened() as (_, client, _choice):
        found = letters(client, Choice(places=[_place(place)]))
    if not found:
        raise CommandRefused(
            f"no dead letter lies at {place}: `pulse dead-letters list` shows where they lie"
        )
    letter = found[0]
    explained = EXPLANATIONS.get(cast("Reason", letter.reason))  # another release may have others
    means, todo = (explained.zh, explained.todo_zh) if explained else ("", "")
    sent = letter.state in ("redriven", "recovered", "refused again")
    now = f"，新位置 {letter.sent_to}" if sent else ""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("位置", str(letter.place)), ("到达", f"{letter.append_time:%Y-%m-%d %H:%M:%S} UTC"), ("来源", letter.source),
        ("类型", letter.type), ("编号", letter.id), ("原因", f"{letter.reason}：{means}"), ("字段", letter.field),
        ("得到", letter.value), ("应为", letter.expected), ("怎么办", letter.hint or todo),
        ("状态", letter.state + now), ("备注", letter.note), ("内容", letter.payload),
    ):  # fmt: skip
        if value:
            table.add_row(name, value)
    console().print(table)


@command.command("redrive")
@_choosing
@_marking
def redrive(note: str, dry_run: bool, yes: bool, **chosen: Any) -> None:
    """Publish letters to their topics again, each message as it was.

    Doing it twice does no harm: a letter is sent again only where it is still open (or --state says otherwise), and
    what counts already is a duplicate. `list --state recovered` shows what came through.
    """
    import asyncio

    from sinks.clickhouse.letters import letters, mark
    from sinks.clickhouse.logs import beginnings
    from streams.redrive import Sent
    from streams.redrive import redrive as publish

    with _opened(**chosen) as (settings, client, choice):
        found = letters(client, choice)
        if not _agreed(found, "publish to their topics again", dry_run, yes):
            return
        oldest_first, begun = sorted(letter.place for letter in found), beginnings(client)
        sent: list[tuple[LogOffset, LogOffset | None]] = []

        async def send() -> None:
            async for fate in publish(settings.kafka, settings.topic_prefix, oldest_first, begun):
                if isinstance(fate, Sent):
                    sent.append((fate.place, fate.to))
                else:
                    print_line(f"{fate.place}: {fate.why}", err=True)

        try:
            asyncio.run(send())
        finally:  # also if Kafka fails midway: letters that were published are no longer open
            mark(client, "redriven", sent, note)
            print_line(f"{len(sent)} published again")


@command.command("drop")
@_choosing
@_marking
def drop(note: str, dry_run: bool, yes: bool, **chosen: Any) -> None:
    """Put letters aside: dealt with otherwise. They stay in the table, out of the list of open ones."""
    from sinks.clickhouse.letters import letters, mark

    with _opened(**chosen) as (_, client, choice):
        found = letters(client, choice)
        if not _agreed(found, "drop", dry_run, yes):
            return
        mark(client, "dropped", [(letter.place, None) for letter in found], note)
    print_line(f"{len(found)} dropped")


@command.command("resume")
@click.argument("shards", nargs=-1, required=True, metavar="TOPIC/PARTITION...")
def resume(shards: tuple[str, ...]) -> None:
    """Let paused partitions go on.

    A partition pauses when too much of it was refused (PULSE_MAX_CONSECUTIVE_REFUSALS, PULSE_MAX_REFUSED_RATIO): a bad
    release of a department's system, or of ours. The worker's log and the metric pulse_paused name it. Look at its
    letters, have the cause mended, then let it go on; what was refused stays a dead letter and can be redriven.
    """
    from sinks.clickhouse.letters import resume as go_on
    from streams.logs import topic_of

    chosen = []
    for text in shards:
        topic, _, partition = text.partition("/")
        if not topic or not partition.isdigit():
            raise click.BadParameter(f"{text}: expected TOPIC/PARTITION, as employment/3")
        chosen.append((topic_of(topic), int(partition)))
    with _opened() as (_, client, _choice):
        go_on(client, chosen)
    print_line(f"{', '.join(shards)} may go on: the worker hears it within seconds")


# --- Parts ---


@contextmanager
def _opened(
    department: str | None = None,
    reason: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    state: str | None = None,
    places: tuple[str, ...] = (),
) -> Iterator[tuple[Settings, Client, Choice]]:
    """Yields the settings, a ClickHouse client, and the letters that the options select.

    Raises click's errors for wrong options, or if the database has no view of dead letters.
    """
    from zoneinfo import ZoneInfo

    from pulse.app.city import load_city
    from pulse.app.settings import load_settings
    from schemas.catalogue.faults import nearest
    from schemas.refusals import Reason
    from sinks.clickhouse.connection import connect
    from sinks.clickhouse.letters import Choice

    settings = load_settings()
    city = load_city(settings)
    zone = ZoneInfo(city.regions.zone)
    if department is not None and department not in city.topics:
        raise click.BadParameter(
            f"{department}: expected one of {', '.join(city.topics)}", param_hint="--department"
        )
    if reason is not None and reason not in (codes := sorted(Reason)):
        raise click.BadParameter(
            f"{reason}: expected {nearest(reason, codes)}; `pulse events` explains them",
            param_hint="--reason",
        )
    choice = Choice(
        topic=department,
        reason=reason,
        state=state,
        since=since and since.replace(tzinfo=zone),
        until=until and until.replace(tzinfo=zone),
        places=[_place(place) for place in places],
    )
    client = connect(settings.clickhouse.get_secret_value())
    try:
        if not int(client.command("EXISTS VIEW letters")):
            raise CommandRefused("this database has no view of dead letters yet: run `pulse migrate` first")
        yield settings, client, choice
    finally:
        client.close()


def _place(text: str) -> LogOffset:
    from streams.logs import LogOffset

    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    if not topic or not partition.isdigit() or not offset.isdigit():
        raise click.BadParameter(f"{text}: expected TOPIC/PARTITION/OFFSET, as employment/3/1742")
    return LogOffset(topic, int(partition), int(offset))


def _agreed(found: list[Letter], what: str, dry_run: bool, yes: bool) -> bool:
    """Print the letters concerned, ask for confirmation unless `yes`, and return whether to continue."""
    from schemas.visible import cut

    if not found:
        print_line("no letters fit")
        return False
    for letter in found[:20]:
        print_line("  ".join((str(letter.place), letter.reason, cut(letter.field), cut(letter.source))))
    if len(found) > 20:
        print_line(f"… and {len(found) - 20} more")
    if dry_run:
        print_line(f"{len(found)} letters, nothing done (--dry-run)")
        return False
    return yes or click.confirm(f"{len(found)} letters: {what}?")

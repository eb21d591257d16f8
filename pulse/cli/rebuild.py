"""`pulse rebuild`: counts the ledger again, while queries still read the old figures."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import click

WATCHED = 10.0
"""Seconds for which old figures must stay unchanged before they are deleted."""

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from rich.console import Console

    from pulse.app.city import City
    from pulse.app.settings import Settings
    from pulse.rebuild import Done
    from pulse.rebuild.lineage import Starts, Topics
    from pulse.rebuild.run import RebuildPreview


@click.command("rebuild")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Count anew even where the stored figures were counted with this very catalogue, and put right what differs: "
    "cells and facts that somebody changed. Stop the workers first.",
)
@click.option(
    "--drop-old",
    is_flag=True,
    help="Count nothing: delete the figures of generations that do not answer any more.",
)
@click.option("--yes", is_flag=True, help="With --drop-old: do not ask.")
@click.option(
    "--unfinished",
    is_flag=True,
    help="With --drop-old: also what never answered, and at once. No rebuild must be running.",
)
@click.option(
    "--accept-log-start",
    is_flag=True,
    help="Go on with a topic that was made anew, or got more partitions, though events that were never counted are already "
    "deleted from it.",
)
def command(
    dry_run: bool,
    force: bool,
    drop_old: bool,
    yes: bool,
    unfinished: bool,
    accept_log_start: bool,
) -> None:
    """Count the ledger anew, with this catalogue and this release, and let the new figures answer.

    Needed when the catalogue's measures or regions change, or the release counts otherwise: a worker then refuses to
    start and names this command. All that was ever counted is in ClickHouse (table `events`), so Kafka is asked for the
    topics' partitions only. The old figures, and old workers, go on until the new ones answer, all in one step; then
    stop the old workers and start new ones. Killed anywhere and run again, it goes on where it was.

    Needed too when a topic got more partitions, or was deleted and made anew: its workers stop then. Stop the others
    (old ones cannot go on), run this, start new ones: they go on behind what was counted. What a deleted topic held
    uncounted is gone: it says how far it was counted.

    What is not in the ledger cannot be counted: messages that were refused, and the data of heartbeats.

    Exit status: 0 done; 2 refused, nothing was switched.

    \b
    pulse rebuild --dry-run     what differs, how much there is to count
    pulse rebuild
    pulse rebuild --force       after `pulse verify` named differences
    pulse rebuild --drop-old    when nobody wants to go back
    """
    from pulse.app.settings import load_settings
    from pulse.rebuild import preview
    from pulse.terminal.screen import console
    from sinks.clickhouse.beside.server import shared
    from sinks.clickhouse.connection import connect

    settings, out = load_settings(), console()
    if drop_old:
        if force or dry_run or accept_log_start:
            raise click.UsageError("--drop-old counts nothing: it goes with --yes and --unfinished only")
        with closing(connect(settings.clickhouse.get_secret_value())) as client:
            _drop(client, out, yes=yes, unfinished=unfinished)
        return
    from pulse.app.city import load_city

    city = load_city(settings)
    topics, starts = _topics(settings, city, out)
    # A worker that has the embedded folder open would keep counting: except for a dry run, it must be stopped.
    with (
        closing(connect(settings.clickhouse.get_secret_value(), alone=not dry_run)) as client,
        shared(client),
    ):
        shown = preview(
            client,
            city.catalogue,
            city.regions,
            topics,
            starts,
            force=force,
            accept_start=accept_log_start,
        )
        _print_preview(shown, out)
        if dry_run:
            out.print("Dry run: nothing was written.")
        else:
            _rebuild(client, settings, city, shown, out)


def _rebuild(client: Client, settings: Settings, city: City, shown: RebuildPreview, out: Console) -> None:
    import asyncio

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from pulse.app.collector import relax
    from pulse.rebuild import rebuild

    types = city.contract.terms.types
    relax()
    columns = (
        TextColumn("{task.description}"), BarColumn(40), MofNCompleteColumn(), TextColumn("events"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task("counting", total=shown.rows)
        done = asyncio.run(
            rebuild(
                client, shown.plan, city.catalogue, city.regions, types, settings.clock,
                lambda shard, rows: progress.update(
                    bar, advance=rows, description=f"{shard.topic}/{shard.partition}"
                ),
            )
        )  # fmt: skip
        progress.update(bar, description="counted", total=done.rows, completed=done.rows)
    _print_result(done, out)


def _topics(settings: Settings, city: City, out: Console) -> tuple[Topics, Starts]:
    """The plan's topics in Kafka and the first offsets of their logs. Raises MissingTopics.

    Both are empty if Kafka does not answer: then the partitions that were already counted are used.
    """
    from pulse.app.service import found_starts, found_topics
    from streams.ports import Unavailable

    try:
        topics = found_topics(settings, city)
        return topics, found_starts(settings, topics)
    except Unavailable as error:
        out.print(f"{error}: partitions are taken from what was counted.", style="yellow", soft_wrap=True)
        return {}, {}


def _print_preview(shown: RebuildPreview, out: Console) -> None:
    from pulse.terminal.screen import styled

    plan = shown.plan
    if plan.repair:
        out.print(f"Generation {plan.old} answers and is held against the ledger.")
    else:
        out.print(f"Generation {plan.old} answers; counting {plan.generation.id}:")
        for line in plan.differences:
            out.print(f"  {line}", soft_wrap=True)
    for line in plan.notices:
        out.print(styled(("→", "cyan"), f" {line}"), soft_wrap=True, highlight=False)
    for note in shown.notes:
        out.print(styled(("!", "yellow"), f" {note}"), soft_wrap=True)
    out.print(f"{shown.rows:,} events of the ledger in {shown.shards} shards".replace(",", " "))


def _print_result(done: Done, out: Console) -> None:
    from pulse.terminal.screen import styled

    if done.mended is None:
        which = "" if done.plan.begun else " with this catalogue"
        out.print(
            styled(
                (f"Generation {done.plan.generation.id} answers.", "green"),
                f" Stop the old workers and start new ones{which}: they go on from here. `pulse verify` checks the "
                f"figures; `pulse rebuild --drop-old` deletes the old ones.",
            ),
            soft_wrap=True,
        )
        return
    tables = [
        f"{name.replace('_', ' ')}: {written} written, {deleted} deleted"
        for name, (written, deleted) in done.mended._asdict().items()
    ]
    held = styled(("Held against the ledger.", "green"), f" {' · '.join(tables)}. `pulse verify` checks.")
    out.print(held, soft_wrap=True)


def _drop(client: Client, out: Console, *, yes: bool, unfinished: bool) -> None:
    from pulse.rebuild import CannotRebuild, drop_old, leftovers
    from pulse.terminal.screen import styled

    found = leftovers(client)
    if not found:
        out.print("Only the generation that answers is stored: there is nothing to drop.")
        return
    for each in found:
        when = (
            f"last made to answer {each.answered} UTC"
            if each.answered
            else "never answered: a rebuild that runs now or was broken off"
        )
        out.print(f"{each.generation}: {each.facts} facts, {each.cells} cells; {when}", soft_wrap=True)
    if not unfinished and any(not each.answered for each in found):
        raise CannotRebuild(
            "One of them never answered: a rebuild that runs now would lose its rows unseen. Nothing was deleted. Let it "
            "end; or, where none is running, `pulse rebuild --drop-old --unfinished`."
        )
    if not yes:
        click.confirm("Delete them? The ledger stays, so they can be counted again", abort=True)
    if not unfinished:
        with out.status("Watching whether anybody still writes them …"):
            time.sleep(WATCHED)
        if busy := [now.generation for now in leftovers(client) if now not in found]:
            raise CannotRebuild(
                f"{', '.join(busy)}: somebody is writing these figures now, a rebuild or a worker that was not stopped. "
                f"Nothing was deleted: stop them, or let the rebuild end."
            )
    drop_old(client)
    out.print(styled(("Deleted", "green"), f": {len(found)} generations."))

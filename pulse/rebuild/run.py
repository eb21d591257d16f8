"""The whole rebuild: plan, replay shard by shard, catch up, switch. Rows pass in blocks; memory holds a shard's state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.history import History, blocks, whole
from pulse.rebuild.ledger import Extent, entries, extent, inherited, nowhere, passed_over, refused, stored
from pulse.rebuild.lineage import Lineage, Starts, StoredPosition, Stretch, Topics, lineages
from pulse.rebuild.plan import RebuildPlan, plan
from pulse.rebuild.repair import Mended, discard, mend
from pulse.rebuild.replay import LIMIT, Entry, Replay, read_types
from pulse.rebuild.switch import switch
from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from schemas.event_type import EventType
from schemas.regions import Regions
from sinks.clickhouse.logs import begin
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.views.dimensions import Clock
from streams.counting.calendar import Calendar

PASSES = 10
"""How often at most to catch up with what workers wrote meanwhile. New workers read the rest from Kafka."""

BlockCounted = Callable[[Stretch, int], None]
"""Called after each block with its shard and how many rows of the ledger were counted."""


@dataclass(frozen=True)
class RebuildPreview:
    """What a rebuild would do."""

    plan: RebuildPlan
    rows: int
    """Rows of the ledger that are still to be counted."""
    shards: int
    notes: tuple[str, ...]
    """What the ledger cannot give, a line each."""


@dataclass(frozen=True)
class Done:
    """What a rebuild did."""

    plan: RebuildPlan
    rows: int
    passes: int
    mended: Mended | None
    """What a repair changed; None where another generation was counted and answers now."""


def preview(
    client: Client,
    catalogue: Catalogue,
    regions: Regions,
    topics: Topics,
    starts: Starts | None = None,
    *,
    force: bool = False,
    accept_start: bool = False,
) -> RebuildPreview:
    """What a rebuild with this catalogue would do. Writes nothing. Raises CannotRebuild, NewerDatabase.

    `topics`: as Kafka has them; `starts`: where their partitions' logs start, if not at 0.
    """
    known = stored(client)
    made = plan(known, catalogue, regions, topics, starts or {}, force=force, accept_start=accept_start)
    tasks = list(_todo(client, made, fresh=made.repair))
    histories = {
        task.line.topic: History(client, task.line, read_types(catalogue, task.line.topic, made.heard))
        for task in {task.line.topic: task for task in tasks if task.position is None}.values()
    }
    rows, notes = 0, list(made.notes)
    read = [each for history in histories.values() for each in history.extents]
    for stretch, line, position in tasks:
        if position is None:
            rows += histories[line.topic].entries(stretch.partition)
        after = stretch.first - 1 if position is None else position
        if after < stretch.last:
            found = whole(client, stretch, read_types(catalogue, line.topic, made.heard), after)
            rows += found.entries
            read.append((stretch, found))
    for stretch, found in read:
        if missing := found.last - found.first + 1 - found.offsets:
            notes.append(
                f"{stretch.log}/{stretch.partition}: {missing} offsets are not in the ledger: rows that were deleted."
            )
    for event_type, count in refused(client, sorted(catalogue.event_types)).items():
        notes.append(
            f"{event_type}: {count} messages were refused while no measure wanted this type; the ledger has no data of "
            f"them. Once workers of this catalogue run: `pulse dead-letters redrive --reason unknown-type`."
        )
    for event_type, count in passed_over(client, sorted(catalogue.event_types)).items():
        notes.append(
            f"{event_type}: {count} messages were passed over while no measure wanted this type; the ledger has no data of "
            f"them. Ask their department to publish them again once workers of this catalogue run."
        )
    if any(line.startswith("regions: ") for line in made.differences) and (count := nowhere(client)):
        notes.append(
            f"{count} messages were refused because their region was not known; the ledger has no data of them. Once "
            f"workers of these regions run: `pulse dead-letters redrive --reason unknown-region`."
        )
    return RebuildPreview(made, rows, len(tasks), tuple(notes))


async def rebuild(
    client: Client,
    made: RebuildPlan,
    catalogue: Catalogue,
    regions: Regions,
    types: Mapping[str, EventType],
    clock: Clock,
    progress: BlockCounted = lambda stretch, rows: None,
) -> Done:
    """Carry out a plan that `preview` made. Old workers may go on meanwhile, but not during a repair.

    If it is killed anywhere and run again, it goes on where it was; a repair begins again. Raises
    CannotRebuild, NewerDatabase, Unavailable.
    """
    used = {event_type: types[event_type] for event_type in sorted(catalogue.event_types)}
    calendar = Calendar(regions.zone)
    store = ClickHouseStore(client, made.target, calendar)
    counting = _Counting(
        store, made, catalogue, Contract(used, regions, limit=LIMIT, kept=True), calendar, progress
    )
    try:
        await store.run(lambda client: _begin(client, made))
        if made.repair:
            before = await store.run(_ends)
            await store.run(lambda client: discard(client, made))
            await counting.catch_up()
            if await store.run(_ends) != before:
                raise CannotRebuild(
                    "A worker wrote on while the ledger was replayed. Nothing was put right: stop the workers, then run "
                    "`pulse rebuild --force` again."
                )
            mended = await store.run(lambda client: mend(client, made))
            return Done(made, counting.rows, 1, mended)
        passes = 0
        while passes < PASSES and await counting.catch_up():
            passes += 1
        await store.run(lambda client: switch(client, made, catalogue, regions, clock))
        return Done(made, counting.rows, passes, None)
    finally:
        store.close()


class _Counting:
    """Replays what the target generation has not counted yet."""

    def __init__(
        self,
        store: ClickHouseStore,
        made: RebuildPlan,
        catalogue: Catalogue,
        contract: Contract,
        calendar: Calendar,
        progress: BlockCounted,
    ) -> None:
        self.rows = 0
        self._store, self._plan, self._progress = store, made, progress
        self._catalogue, self._contract, self._calendar = catalogue, contract, calendar

    async def catch_up(self) -> bool:
        """Count every shard up to where the ledger is complete now; returns whether there was anything to count."""
        tasks = await self._store.run(lambda client: list(_todo(client, self._plan)))
        histories: dict[str, History] = {}
        for task in tasks:
            await self._shard(task, histories)
        return bool(tasks)

    async def _shard(self, task: Task, histories: dict[str, History]) -> None:
        """Count one shard as a worker does: take over at the position, then flush after flush. Only the log
        is another one.

        `histories`: those of topics that were needed before.
        """
        stretch, line = task.stretch, task.line
        types = read_types(self._catalogue, line.topic, self._plan.heard)
        loaded = await self._store.winners(stretch.log, stretch.partition)
        replay = Replay(
            stretch, loaded.statements, catalogue=self._catalogue, contract=self._contract, calendar=self._calendar,
            generation=self._plan.target, heard=self._plan.heard, mark=self._plan.mark,
        )  # fmt: skip
        after = loaded.position.offset if loaded.position else stretch.first - 1
        if loaded.position is None and line.beginnings:
            if line.topic not in histories:
                histories[line.topic] = await self._store.run(lambda client: History(client, line, types))
            await self._inherit(replay, stretch, histories[line.topic], types)
        del loaded
        if after < stretch.last:
            await self._count(replay, stretch, types, after)

    async def _inherit(self, replay: Replay, stretch: Stretch, history: History, types: list[str]) -> None:
        """Count a shard's history from its first row on. After a kill it begins again and writes the same rows."""
        at = stretch.first - history.rows(stretch.partition)
        for span in history.spans:
            share = span.shares.get(stretch.partition)
            if share is None:
                continue
            if share.entries:
                rows = await self._store.run(partial(inherited, span=span, types=types, home=stretch))
                placed = [(entry, at + place - 1) for entry, place in rows]
                for write in replay.inherit(placed, at + share.rows - 1, span.part.stretch):
                    await self._store.write(write.table, write.columns)
                self._note(stretch, len(rows))
            at += share.rows
        for write in replay.flush([], stretch.first - 1, history.time):
            await self._store.write(write.table, write.columns)

    async def _count(self, replay: Replay, stretch: Stretch, types: list[str], after: int) -> None:
        """Count what the ledger has of the current log."""
        found = await self._store.run(lambda client: whole(client, stretch, types, after))
        for start, last in blocks(max(after, found.first - 1), stretch.last):
            block, rows = await self._store.run(
                partial(_block, stretch=stretch, types=types, after=start, last=last)
            )
            if not block.offsets:
                continue
            for write in replay.flush(rows, block.last, block.time):
                await self._store.write(write.table, write.columns)
            self._note(stretch, len(rows))

    def _note(self, stretch: Stretch, rows: int) -> None:
        self.rows += rows
        self._progress(stretch, rows)


class Task(NamedTuple):
    """A shard that the target has not counted to its end."""

    stretch: Stretch
    line: Lineage
    """The logs of its topic."""
    position: int | None
    """How far the target has come; None where it has not begun."""


def _todo(client: Client, made: RebuildPlan, *, fresh: bool = False) -> Iterator[Task]:
    """The shards that are still to be counted. Those of topics that the catalogue no longer has are among
    them: nothing of theirs is counted, but they get a position."""
    positions, lines = _lines(client, made)
    done = {(held.topic, held.partition): held.offset for held in positions if held.generation == made.target}
    for line in lines:
        for stretch in line.stretches():
            position = None if fresh else done.get((stretch.log, stretch.partition))
            if (position is None and line.beginnings) or (
                -1 if position is None else position
            ) < stretch.last:
                yield Task(stretch, line, position)


def _lines(client: Client, made: RebuildPlan) -> tuple[Sequence[StoredPosition], list[Lineage]]:
    """All positions, and the topics' logs, with those that begin now."""
    known = stored(client)
    recorded = {(log.topic, log.number) for log in known.logs}
    logs = [*known.logs, *(log for log in made.begun if (log.topic, log.number) not in recorded)]
    return known.positions, list(lineages(known.positions, logs).values())


def _begin(client: Client, made: RebuildPlan) -> None:
    """Record which logs begin. From here on they are fixed, whoever goes on with this rebuild. Raises
    CannotRebuild where another rebuild recorded a different beginning."""
    for log in made.begun:
        if not begin(client, log):
            raise CannotRebuild(
                f"{log.topic}: another rebuild has begun its log {log.number} meanwhile, elsewhere than this one: nothing "
                f"was switched. Let one run at a time, and run `pulse rebuild` again."
            )


def _ends(client: Client) -> list[Stretch]:
    """The stretches up to which the ledger is complete now."""
    known = stored(client)
    return [each for line in lineages(known.positions, known.logs).values() for each in line.stretches()]


def _block(
    client: Client, stretch: Stretch, types: Sequence[str], after: int, last: int
) -> tuple[Extent, list[Entry]]:
    """Where a span of the ledger ends, and its rows that count."""
    found = extent(client, stretch, types, after, last)
    return found, entries(client, stretch, types, after, last) if found.entries else []

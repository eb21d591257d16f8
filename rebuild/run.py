"""The whole rebuild: plan, replay shard by shard, catch up, switch. Rows pass in blocks; memory holds a shard's state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from clickhouse_connect.driver.client import Client

from rebuild.errors import CannotRebuild
from rebuild.ledger import Extent, entries, extent, nowhere, refused, stored
from rebuild.plan import Plan, Stretch, Topics, plan, stretches
from rebuild.repair import Mended, discard, mend
from rebuild.replay import LIMIT, RESTORE, Entry, Replay, read_types
from rebuild.switch import switch
from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from schemas.event_type import EventType
from schemas.regions import Regions
from sinks.clickhouse.store import ClickHouseStore
from sinks.clickhouse.views.dimensions import Clock
from streams.counting.calendar import Calendar

BLOCK = 50_000
"""Offsets that are read and folded before their rows are written."""

PASSES = 10
"""How often to look whether a worker wrote on meanwhile. What comes after that, new workers read from Kafka."""

Told = Callable[[Stretch, int], None]
"""Hears after each block: its shard, and how many rows of the ledger were counted."""


@dataclass(frozen=True)
class Shown:
    """What a rebuild would do: said before anything is written."""

    plan: Plan
    rows: int
    """Rows of the ledger that are still to be counted."""
    shards: int
    notes: tuple[str, ...]
    """What the ledger cannot give, a line each."""


@dataclass(frozen=True)
class Done:
    """What a rebuild did."""

    plan: Plan
    rows: int
    passes: int
    mended: Mended | None
    """What a repair found; None where another generation was counted and answers now."""


def look(
    client: Client,
    catalogue: Catalogue,
    regions: Regions,
    topics: Topics,
    *,
    force: bool = False,
) -> Shown:
    """What a rebuild with this catalogue would do. Writes nothing. Raises CannotRebuild, NewerDatabase."""
    known = stored(client)
    made = plan(known, catalogue, regions, topics, force=force)
    rows, notes = 0, list(made.notes)
    todo = list(_todo(client, made, fresh=made.repair))
    for stretch, position in todo:
        found = _extent(client, catalogue, made, stretch, position)
        rows += found.entries
        if missing := found.last - found.first + 1 - found.offsets:
            notes.append(
                f"{stretch.topic}/{stretch.partition}: {missing} offsets are not in the ledger: gaps that Kafka's "
                f"transactions leave, or rows that were deleted."
            )
    for type, count in refused(client, sorted(catalogue.event_types)).items():
        notes.append(
            f"{type}: {count} messages were refused while no measure wanted this type; the ledger has no data of them. Once "
            f"workers of this catalogue run: `pulse dead-letters redrive --reason unknown-type`."
        )
    if any(line.startswith("regions: ") for line in made.differences) and (count := nowhere(client)):
        notes.append(
            f"{count} messages were refused because their region was not known; the ledger has no data of them. Once "
            f"workers of these regions run: `pulse dead-letters redrive --reason unknown-region`."
        )
    return Shown(made, rows, len(todo), tuple(notes))


async def rebuild(
    client: Client,
    made: Plan,
    catalogue: Catalogue,
    regions: Regions,
    types: Mapping[str, EventType],
    clock: Clock,
    told: Told = lambda stretch, rows: None,
) -> Done:
    """Do what `look` has planned. Old workers may run on meanwhile; for a repair they must not.

    Killed anywhere and run again, it goes on where it was. Raises CannotRebuild, Unavailable.
    """
    used = {type: types[type] for type in sorted(catalogue.event_types)}
    calendar = Calendar(regions.zone)
    store = ClickHouseStore(client, made.target, calendar)
    counting = _Counting(store, made, catalogue, Contract(used, regions, limit=LIMIT), calendar, told)
    try:
        if made.repair:
            before = await store.run(_whole)
            await store.run(lambda client: discard(client, made))
            await counting.catch_up()
            if await store.run(_whole) != before:
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
        made: Plan,
        catalogue: Catalogue,
        contract: Contract,
        calendar: Calendar,
        told: Told,
    ) -> None:
        self.rows = 0
        self._store, self._plan, self._told = store, made, told
        self._catalogue, self._contract, self._calendar = catalogue, contract, calendar

    async def catch_up(self) -> bool:
        """Count every shard up to where the ledger is whole now; whether there was anything to count."""
        todo = await self._store.run(lambda client: list(_todo(client, self._plan)))
        for stretch, _ in todo:
            await self._shard(stretch)
        return bool(todo)

    async def _shard(self, stretch: Stretch) -> None:
        """As a worker: take over at the position, then flush after flush. Only the log is another one."""
        catalogue, run = self._catalogue, self._store.run
        types = read_types(catalogue, stretch.topic, self._plan.heard)
        loaded = await self._store.load(stretch.topic, stretch.partition)
        after = loaded.position.offset if loaded.position else -1
        found = await run(lambda client: _extent(client, catalogue, self._plan, stretch, after))
        replay = Replay(
            stretch, loaded.statements, catalogue=catalogue, contract=self._contract, calendar=self._calendar,
            generation=self._plan.target, heard=self._plan.heard, mark=self._plan.mark,
        )  # fmt: skip
        del loaded
        for start, last in _blocks(max(after, found.first - 1), stretch.last):
            block, rows = await run(partial(_block, stretch=stretch, types=types, after=start, last=last))
            if not block.rows:
                continue
            for write in replay.flush(rows, block.last, block.time):
                await self._store.write(write.table, write.columns)
            self.rows += len(rows)
            self._told(stretch, len(rows))


def _todo(client: Client, made: Plan, *, fresh: bool = False) -> Iterator[tuple[Stretch, int]]:
    """The shards of which the ledger has more than the target has counted, with the target's position (-1: none).

    Also those of topics that the catalogue knows no more: nothing of theirs is counted, and the position says so.
    `fresh`: as if the target had counted nothing.
    """
    positions = stored(client).positions
    done = {(held.topic, held.partition): held.offset for held in positions if held.generation == made.target}
    for stretch in stretches(positions):
        position = -1 if fresh else done.get((stretch.topic, stretch.partition), -1)
        if position < stretch.last:
            yield stretch, position


def _whole(client: Client) -> list[Stretch]:
    """Up to where the ledger is whole now."""
    return stretches(stored(client).positions)


def _extent(client: Client, catalogue: Catalogue, made: Plan, stretch: Stretch, after: int) -> Extent:
    """What the ledger has behind offset `after`. Raises CannotRebuild where it ends before the position."""
    found = extent(client, stretch, read_types(catalogue, stretch.topic, made.heard), after, stretch.last)
    if found.last != stretch.last or not found.rows:
        raise CannotRebuild(
            f"{stretch.topic}/{stretch.partition}: counted up to offset {stretch.last}, but the ledger ends before it: its "
            f"last rows were deleted in ClickHouse.\n{RESTORE}"
        )
    return found


def _block(
    client: Client, stretch: Stretch, types: Sequence[str], after: int, last: int
) -> tuple[Extent, list[Entry]]:
    """Where a span of the ledger ends, and its rows that count."""
    found = extent(client, stretch, types, after, last)
    return found, entries(client, stretch, types, after, last) if found.entries else []


def _blocks(after: int, last: int) -> Iterator[tuple[int, int]]:
    """Spans of at most BLOCK offsets, each as (behind this one, up to this one)."""
    for start in range(after, last, BLOCK):
        yield start, min(start + BLOCK, last)

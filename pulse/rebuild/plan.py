"""What a rebuild would do, and whether it can: decided before anything is written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.lineage import (
    MARK,
    Lineage,
    Starts,
    StoredPosition,
    Topics,
    describe_beginning,
    known,
    lineages,
    next_log,
)
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from streams.generation import Generation, changed, generation
from streams.logs import Beginning


class Stored(NamedTuple):
    """What ClickHouse holds."""

    answering: str
    """The generation that answers."""
    details: Mapping[str, str]
    """Generation → what its figures were counted with, for each that ever answered."""
    positions: Sequence[StoredPosition]
    logs: Sequence[Beginning] = ()
    """How the logs after a topic's first began."""


@dataclass(frozen=True)
class RebuildPlan:
    """What is to be done."""

    generation: Generation
    old: str
    """The generation that answers now."""
    differences: tuple[str, ...]
    """How the two generations differ, a line each."""
    heard: frozenset[str]
    """The `seen` measures whose heartbeats are replayed into `device_hours`."""
    notes: tuple[str, ...] = ()
    """What the ledger cannot give."""
    begun: tuple[Beginning, ...] = ()
    """Logs that begin with this rebuild."""
    notices: tuple[str, ...] = ()
    """What to tell the operator about those logs, a line each."""

    @property
    def repair(self) -> bool:
        """Whether the generation that answers is itself counted anew."""
        return self.generation.id == self.old

    @property
    def target(self) -> str:
        """The generation under which rows are written."""
        return self.generation.id + MARK if self.repair else self.generation.id

    @property
    def mark(self) -> str:
        """The suffix of the keys of `heard`."""
        return MARK if self.repair else ""


def plan(
    stored: Stored,
    catalogue: Catalogue,
    regions: Regions,
    topics: Topics,
    starts: Starts,
    *,
    force: bool,
    accept_start: bool,
) -> RebuildPlan:
    """What a rebuild with this catalogue would do. Raises CannotRebuild.

    `topics`: those that are known from Kafka; others are taken as they were counted. `accept_start`: see `next_log`.
    """
    if not stored.answering:
        raise CannotRebuild(
            "Nothing was counted yet, so there is nothing to count anew: start a worker (`pulse worker`)."
        )
    names = dict.fromkeys(measure.topic for measure in catalogue.measures.values())
    counted, logs, begun, notices = _logs(stored, names, topics, starts, accept_start=accept_start)
    if not stored.positions and not begun:
        raise CannotRebuild(
            "The ledger is empty: no worker has written anything yet. Start workers with the catalogue that is stored; or, "
            "where no figure is worth keeping, use an empty database (PULSE_CLICKHOUSE)."
        )
    if unknown := [name for name in names if name not in counted]:
        raise CannotRebuild(
            f"The catalogue has topics that were never counted: {', '.join(unknown)}. How many partitions they have only "
            f"Kafka knows: run this where PULSE_KAFKA answers."
        )
    made = generation(catalogue, regions, {name: counted[name] for name in names}, logs)
    if made.id == stored.answering and not force:
        raise CannotRebuild(
            f"The figures were counted with this catalogue and this release (generation {made.id}): there is nothing to do. "
            f"Where `pulse verify` found differences, `pulse rebuild --force` puts them right."
        )
    differences = tuple(changed(stored.details[stored.answering], made.detail))
    heard, notes = _heard(stored, catalogue, repair=made.id == stored.answering)
    return RebuildPlan(made, stored.answering, differences, heard, notes, begun, notices)


def _logs(
    stored: Stored, names: Iterable[str], topics: Topics, starts: Starts, *, accept_start: bool
) -> tuple[dict[str, int], dict[str, int], tuple[Beginning, ...], tuple[str, ...]]:
    """For the named topics: partitions by topic, the current log's number by topic, logs that begin now, and
    notices about those. A topic that neither Kafka nor ClickHouse knows is in none of these."""
    lines = lineages(stored.positions, stored.logs)
    answering: dict[str, int] = orjson.loads(stored.details[stored.answering])["partitions"]
    partitions: dict[str, int] = {}
    numbers: dict[str, int] = {}
    begun: list[Beginning] = []
    notices: list[str] = []
    for name in names:
        line = lines.get(name, Lineage(name))
        if name not in lines and name not in answering:
            if name in topics:
                partitions[name] = topics[name][0]
            continue
        was = known(line, answering.get(name))
        partitions[name], numbers[name] = was.partitions, line.number
        current = topics.get(name, was)
        if log := next_log(line, was, *current, starts, accept_start=accept_start):
            partitions[name], numbers[name] = log.partitions, log.number
            begun.append(log)
            notices += describe_beginning(log, was)
    return partitions, numbers, tuple(begun), tuple(notices)


def _heard(stored: Stored, catalogue: Catalogue, *, repair: bool) -> tuple[frozenset[str], tuple[str, ...]]:
    """The `seen` measures to replay, and notes about others. Device hours have no generation: a key means the
    same in all of them, so that the old figures stay right and the old workers may go on. Raises
    CannotRebuild where a key would change its meaning."""
    current = _seen(stored.details[stored.answering])
    earlier = [_seen(detail) for detail in stored.details.values()]
    heard, notes = set(), []
    for key, measure in catalogue.measures.items():
        if measure.reducer != "seen":
            continue
        ours = _comparable(measure.model_dump(exclude_defaults=True))
        if any(theirs.get(key, ours) != ours for theirs in earlier):
            raise CannotRebuild(
                f"measures: {key} counts heartbeats and is counted otherwise than before. Their hours are kept once for all "
                f"generations, so another way of counting them needs another key: rename the measure, and name the new key "
                f"in the indicator."
            )
        filtered = any(feed.where or feed.given for feed in measure.feeds)
        if filtered and (repair or key not in current):
            notes.append(
                f"{key} counts heartbeats that meet a filter, and the ledger keeps no data of heartbeats: "
                + (
                    "its hours are left as they are."
                    if repair
                    else "it has no hours before the new workers start."
                )
            )
        elif not filtered and (repair or key not in current):
            heard.add(key)
    return frozenset(heard), tuple(notes)


def _seen(detail: str) -> dict[str, Any]:
    measures = orjson.loads(detail)["measures"]
    return {key: _comparable(measure) for key, measure in measures.items() if measure["reducer"] == "seen"}


def _comparable(measure: Mapping[str, Any]) -> Any:
    """The parts of a measure that decide which heartbeats count, as plain JSON values."""
    return orjson.loads(orjson.dumps({name: measure.get(name) for name in ("topic", "feeds")}))

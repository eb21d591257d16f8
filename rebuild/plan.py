"""What a rebuild would do, and whether it can: decided before anything is written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from rebuild.errors import CannotRebuild
from schemas.catalogue.model import Catalogue
from schemas.regions import Regions
from streams.generation import Generation, changed, generation
from streams.takeover import ELSEWHERE, made_anew

MARK = ".repair"
"""Ends the names under which a repair keeps what it counted, beside what it will be held against."""

Topics = Mapping[str, tuple[int, str]]
"""Bare name → (partitions, Kafka's id of the topic or ""), as `streams.kafka.Topic` has them."""


class Held(NamedTuple):
    """A row of `positions`: up to where a generation's rows of a shard are whole."""

    generation: str
    topic: str
    partition: int
    offset: int
    topic_id: str
    partitions: int


class Stored(NamedTuple):
    """What ClickHouse holds."""

    answering: str
    """The generation that answers."""
    details: Mapping[str, str]
    """Of each generation that ever answered, what its figures were counted with."""
    positions: Sequence[Held]


class Stretch(NamedTuple):
    """A shard of the ledger, up to where it is whole: the highest position that any generation reached."""

    topic: str
    partition: int
    last: int
    topic_id: str
    partitions: int


@dataclass(frozen=True)
class Plan:
    """What is to be done."""

    generation: Generation
    old: str
    """The generation that answers now."""
    differences: tuple[str, ...]
    """In what the two differ, a line each."""
    heard: frozenset[str]
    """The `seen` measures whose heartbeats are replayed into `device_hours`."""
    notes: tuple[str, ...] = ()
    """What the ledger cannot give."""

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
        """What the keys of `heard` are followed by."""
        return MARK if self.repair else ""


def plan(stored: Stored, catalogue: Catalogue, regions: Regions, topics: Topics, *, force: bool) -> Plan:
    """What a rebuild with this catalogue would do. Raises CannotRebuild.

    `topics`: those that Kafka told of; the partitions of others are taken from what is stored.
    """
    if not stored.answering:
        raise CannotRebuild(
            "Nothing was counted yet, so there is nothing to count anew: start a worker (`pulse worker`)."
        )
    if not stored.positions:
        raise CannotRebuild(
            "The ledger is empty: no worker has written anything yet. Start workers with the catalogue that is stored; or, "
            "where no figure is worth keeping, use an empty database (PULSE_CLICKHOUSE)."
        )
    counted = _partitions(stored, topics)
    names = dict.fromkeys(measure.topic for measure in catalogue.measures.values())
    if unknown := [name for name in names if name not in counted]:
        raise CannotRebuild(
            f"The catalogue has topics that were never counted: {', '.join(unknown)}. How many partitions they have only "
            f"Kafka knows: run this where PULSE_KAFKA answers."
        )
    made = generation(catalogue, regions, {name: counted[name] for name in names})
    if made.id == stored.answering and not force:
        raise CannotRebuild(
            f"The figures were counted with this catalogue and this release (generation {made.id}): there is nothing to do. "
            f"Where `pulse verify` found differences, `pulse rebuild --force` puts them right."
        )
    differences = tuple(changed(stored.details[stored.answering], made.detail))
    heard, notes = _heard(stored, catalogue, repair=made.id == stored.answering)
    return Plan(made, stored.answering, differences, heard, notes)


def stretches(positions: Iterable[Held]) -> list[Stretch]:
    """The shards of the ledger. The events of each were written before any generation's position was."""
    highest: dict[tuple[str, int], Held] = {}
    for held in positions:
        known = highest.get((held.topic, held.partition))
        if not held.generation.endswith(MARK) and (known is None or held.offset > known.offset):
            highest[held.topic, held.partition] = held
    return [Stretch._make(highest[shard][1:]) for shard in sorted(highest)]


def _partitions(stored: Stored, topics: Topics) -> dict[str, int]:
    """How many partitions each topic has; those counted and those in Kafka must agree."""
    counted: dict[str, int] = dict(orjson.loads(stored.details[stored.answering])["partitions"])
    ids: dict[str, str] = {}
    for held in stored.positions:
        if counted.setdefault(held.topic, held.partitions) != held.partitions:
            raise CannotRebuild(_moved(held.topic, held.partitions, counted[held.topic]))
        if held.topic_id and ids.setdefault(held.topic, held.topic_id) != held.topic_id:
            raise CannotRebuild(made_anew(held.topic, ids[held.topic], held.topic_id))
    for name, (partitions, id) in topics.items():
        if counted.setdefault(name, partitions) != partitions:
            raise CannotRebuild(_moved(name, counted[name], partitions))
        if id and ids.get(name, id) != id:
            raise CannotRebuild(made_anew(name, ids[name], id))
    return counted


def _moved(topic: str, counted: int, there: int) -> str:
    return f"{topic}: counted with {counted} partitions, now {there}: subjects have moved. {ELSEWHERE}"


def _heard(stored: Stored, catalogue: Catalogue, *, repair: bool) -> tuple[frozenset[str], tuple[str, ...]]:
    """The `seen` measures to replay, and what to say of others. Device hours know no generation: under one key they
    mean one thing, so that the old figures stay right and the old workers may go on."""
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
    """What decides which heartbeats count, as JSON has it."""
    return orjson.loads(orjson.dumps({name: measure.get(name) for name in ("topic", "feeds")}))

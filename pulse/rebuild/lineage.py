"""The logs that a topic has had, as the ledger holds them, and the next one, which begins when Kafka has
another log. Pure.

A subject lies in one partition of each log. Its rows in the earlier logs, in order, are its *history*: with
these its count begins in the current log. Rows that were written after the end of a log are not part of it: a
worker that had not noticed the end went on, or one that was stalled woke up. Those events are counted again
from the next log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pulse.rebuild.errors import CannotRebuild
from streams.logs import Beginning, log_name, topic_of
from streams.takeover import ELSEWHERE

MARK = ".repair"
"""The suffix of the names under which a repair keeps what it counted, beside the rows that it compares with."""

Topics = Mapping[str, tuple[int, str]]
"""Bare name → (partitions, Kafka's id of the topic or ""), as `streams.kafka.Topic` has them."""

Starts = Mapping[tuple[str, int], int]
"""(bare name, partition) → where its log starts in Kafka; 0 where that was not asked."""


class StoredPosition(NamedTuple):
    """A row of `positions`: the offset up to which a generation's rows of a shard are complete. `topic` is
    the log's name."""

    generation: str
    topic: str
    partition: int
    offset: int
    topic_id: str
    partitions: int


class Stretch(NamedTuple):
    """A shard of the ledger: what a partition of a log holds from `first` up to `last`."""

    log: str
    partition: int
    last: int
    """The end of the log where it has ended; else the highest position that any generation reached."""
    topic_id: str
    partitions: int
    first: int = 0
    """Greater than `last` in a stretch without events."""

    @property
    def topic(self) -> str:
        """The bare name of the topic."""
        return topic_of(self.log)


class Part(NamedTuple):
    """A piece of a history: rows of an earlier log."""

    stretch: Stretch
    sent_on: bool
    """Whether these are the rows that were sent on to another partition, of a topic that was then deleted:
    there they may never have been read. They are counted after all logs of that topic; those that were read
    are repeats then."""


@dataclass(frozen=True)
class Lineage:
    """The logs of one topic: the earlier ones, and the current one."""

    topic: str
    beginnings: tuple[Beginning, ...] = ()
    """How each log but the first began."""
    shards: Mapping[int, StoredPosition] = field(default_factory=dict)
    """Partition of the current log → the highest position that any generation has reached there."""

    @property
    def number(self) -> int:
        """The number of the current log."""
        return len(self.beginnings) + 1

    @property
    def log(self) -> str:
        """The name of the current log."""
        return log_name(self.topic, self.number)

    def stretches(self) -> list[Stretch]:
        """The current log: every partition of it, or of a first log only those in which anything was counted."""
        if not self.beginnings:
            return [Stretch(self.log, n, *self.shards[n][3:]) for n in sorted(self.shards)]
        began = self.beginnings[-1]
        return [
            Stretch(self.log, n, max(first - 1, self._position(n)), began.topic_id, began.partitions, first)
            for n, first in enumerate(began.firsts)
        ]

    def history(self) -> list[Part]:
        """The earlier logs, in the order in which they are counted."""
        found = []
        of_topic: list[Stretch] = []
        """All since the topic was last recreated: what was sent on may lie unread in any later log of the same topic."""
        for number, after in enumerate(self.beginnings, start=1):
            firsts = self.beginnings[number - 2].firsts if number > 1 else (0,) * len(after.lasts)
            whole = [
                Stretch(log_name(self.topic, number), n, last, "", len(after.lasts), first)
                for n, (first, last) in enumerate(zip(firsts, after.lasts, strict=True))
                if last >= first
            ]
            found += [Part(stretch, sent_on=False) for stretch in whole]
            of_topic += whole
            if after.anew:
                found += [Part(stretch, sent_on=True) for stretch in of_topic]
                of_topic = []
        return found

    def _position(self, partition: int) -> int:
        held = self.shards.get(partition)
        return held.offset if held else -1


def lineages(positions: Iterable[StoredPosition], logs: Sequence[Beginning]) -> dict[str, Lineage]:
    """Topic → its logs, of all topics that were ever counted. The ledger is complete up to each position, as
    a shard's events are written before its position. Raises CannotRebuild where the positions of one log
    disagree on its partitions or its topic id."""
    held = [each for each in positions if not each.generation.endswith(MARK)]
    topics = dict.fromkeys([*sorted({topic_of(each.topic) for each in held}), *(each.topic for each in logs)])
    return {topic: _lineage(topic, held, [each for each in logs if each.topic == topic]) for topic in topics}


def _lineage(topic: str, held: Iterable[StoredPosition], beginnings: Sequence[Beginning]) -> Lineage:
    name = log_name(topic, len(beginnings) + 1)
    highest: dict[int, StoredPosition] = {}
    for each in held:
        if each.topic == name:
            known = highest.setdefault(each.partition, each)
            if each.offset > known.offset:
                highest[each.partition] = each
    sizes = {each.partitions for each in held if each.topic == name}
    ids = {each.topic_id for each in held if each.topic == name and each.topic_id}
    if len(sizes) > 1 or len(ids) > 1:
        found = f"{_list(sizes)} partitions" if len(sizes) > 1 else f"the topic ids {_list(ids)}"
        raise CannotRebuild(
            f"{name}: the positions in ClickHouse speak of {found}: what was counted with the one cannot be told from what "
            f"was counted with the other. {ELSEWHERE}"
        )
    return Lineage(topic, tuple(beginnings), highest)


def _list(values: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, values)))


# --- Another log ---


class Known(NamedTuple):
    """A topic as it was counted."""

    partitions: int
    topic_id: str
    """Empty where it is not known."""


def known(lineage: Lineage, partitions: int | None = None) -> Known:
    """The topic as it was counted. `partitions`: the number that the answering generation has, for a first
    log. Raises CannotRebuild where the positions have another number, or none is known."""
    if lineage.beginnings:
        began = lineage.beginnings[-1]
        return Known(began.partitions, began.topic_id)
    counted = next(iter(lineage.shards.values())).partitions if lineage.shards else partitions
    if counted is None or (partitions is not None and counted != partitions):
        raise CannotRebuild(
            f"{lineage.topic}: the positions in ClickHouse speak of {counted} partitions, the generation that answers of "
            f"{partitions}. {ELSEWHERE}"
        )
    ids = (held.topic_id for held in lineage.shards.values() if held.topic_id)
    return Known(counted, next(ids, ""))


def next_log(
    lineage: Lineage, known: Known, partitions: int, topic_id: str, starts: Starts, *, accept_start: bool
) -> Beginning | None:
    """How the topic's next log begins; None where Kafka still has the log that was counted.

    A log with more partitions goes on after what was counted; the log of a recreated topic begins at 0.
    Raises CannotRebuild where the log in Kafka starts after that, unless `accept_start`.
    """
    other = bool(known.topic_id and topic_id and known.topic_id != topic_id)
    if not other and partitions == known.partitions:
        return None
    anew = other or partitions < known.partitions
    topic = lineage.topic
    ends = {stretch.partition: stretch.last for stretch in lineage.stretches()}
    lasts = tuple(ends.get(n, -1) for n in range(known.partitions))
    firsts = []
    for n in range(partitions):
        first = 0 if anew or n >= len(lasts) else lasts[n] + 1
        start = starts.get((topic, n), 0)
        if start > first and not accept_start:
            raise CannotRebuild(
                f"{topic}/{n}: counting would go on at offset {first}, but the log in Kafka starts at {start}: offsets "
                f"{first}–{start - 1} were deleted before they were counted. Raise the topic's retention; then "
                f"`pulse rebuild --accept-log-start` goes on without them."
            )
        firsts.append(max(first, start))
    return Beginning(topic, lineage.number + 1, topic_id, anew, tuple(firsts), lasts)


def describe_beginning(log: Beginning, was: Known) -> Iterator[str]:
    """What to tell the operator about a log that begins, a line each."""
    shown = ", ".join(f"{n}: {last}" for n, last in enumerate(log.lasts) if last >= 0) or "nothing"
    if not log.anew:
        yield (
            f"{log.topic} has {log.partitions} partitions in Kafka, {was.partitions} were counted: its log {log.number} "
            f"begins behind what was counted (partition: last offset): {shown}."
        )
        return
    yield (
        f"{log.topic} was deleted in Kafka and made anew, with {log.partitions} partitions (id "
        f"{log.topic_id or 'unknown'}): its log {log.number} begins with its first event."
    )
    yield (
        f"Of the {log.topic} that was deleted this was counted (partition: last offset): {shown}. What it held behind that "
        f"is gone, and its department must publish it again; publishing too much does no harm."
    )

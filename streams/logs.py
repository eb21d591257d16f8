"""The logs that a topic has one after the other, and their names in the tables.

When a topic gets more partitions, or is deleted and made anew, another log begins: subjects lie in other
partitions, and offsets mean something else. Stored rows are keyed by the log. The first log has the topic's
name, later ones are called `topic@2`, `topic@3`, … (Kafka allows no @ in a topic's name). `pulse rebuild`
begins a log; workers count the latest.
"""

from __future__ import annotations

from typing import NamedTuple

LogPartition = tuple[str, int]
"""(log, partition)."""


class LogOffset(NamedTuple):
    """Where a message lies."""

    log: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.log}/{self.partition}/{self.offset}"


def log_name(topic: str, number: int) -> str:
    """The name of a topic's log; `number` counts from 1."""
    return topic if number == 1 else f"{topic}@{number}"


def log_number(log: str) -> int:
    """The number of a log among its topic's logs, counted from 1."""
    return int(log.partition("@")[2] or 1)


def topic_of(log: str) -> str:
    """The topic of a log."""
    return log.partition("@")[0]


class Beginning(NamedTuple):
    """How a log began: a row of the table `logs`, never changed. The first log of a topic has none."""

    topic: str
    number: int
    """2 or more."""
    topic_id: str
    """Kafka's id of the topic; empty where the broker has none."""
    anew: bool
    """True: the topic was deleted and made anew, and the log before this one is gone. False: it got more
    partitions."""
    firsts: tuple[int, ...]
    """For each partition, the first offset that belongs to this log."""
    lasts: tuple[int, ...]
    """For each partition of the log before, the last offset that counts. Rows that a stalled worker writes
    of that log beyond it do not count: those events are counted in this log."""

    @property
    def name(self) -> str:
        """The name of this log."""
        return log_name(self.topic, self.number)

    @property
    def before(self) -> str:
        """The name of the log before this one."""
        return log_name(self.topic, self.number - 1)

    @property
    def partitions(self) -> int:
        """The number of partitions."""
        return len(self.firsts)

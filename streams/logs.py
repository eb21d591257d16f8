"""A topic's logs, one after the other, and what the tables call them.

A topic that got more partitions, or was deleted and made anew, has another log: its subjects lie elsewhere, its offsets
mean something else. What is stored is keyed by the log: the first bears the topic's name, those after it `topic@2`,
`topic@3`, … (Kafka allows no @ in a topic's name). `pulse rebuild` begins a log; workers count the latest.
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
    """What a topic's log is called, counted from 1."""
    return topic if number == 1 else f"{topic}@{number}"


def log_number(log: str) -> int:
    """Which of its topic's logs it is, counted from 1."""
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
    """The topic was deleted and made anew, and the log before it is gone; false: it has more partitions."""
    firsts: tuple[int, ...]
    """Of each partition, the first offset that belongs to it."""
    lasts: tuple[int, ...]
    """Of each partition of the log before it, the last offset that counts. What a stalled worker writes of that log
    behind it counts for nothing: it is counted again from here."""

    @property
    def name(self) -> str:
        """What the log is called."""
        return log_name(self.topic, self.number)

    @property
    def before(self) -> str:
        """What the log before it is called."""
        return log_name(self.topic, self.number - 1)

    @property
    def partitions(self) -> int:
        """How many it has."""
        return len(self.firsts)

"""The logs that a topic has had, from the table `logs`. The ledger calls the first by the topic's name, the second
`topic@2`, and so on; the last is the one that workers count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

_LOGS = """
SELECT topic, number, anew, firsts, lasts FROM logs
ORDER BY topic, number, began, firsts, lasts LIMIT 1 BY topic, number
"""


class TopicLog(NamedTuple):
    """One of a topic's logs."""

    name: str
    firsts: Mapping[int, int] | None = None
    """Partition → its first offset; None for a topic's first log, which may begin at any offset."""
    lasts: Mapping[int, int] | None = None
    """Partition → its last offset that counts; None for the current log."""
    gone: bool = False
    """Whether the topic was deleted after this log, so that events sent on in it may never have been read."""


Logs = Mapping[str, tuple[TopicLog, ...]]
"""Topic → its logs, the earliest first; a topic with a single log need not be in it."""


def topic_of(log: str) -> str:
    """The topic of a log."""
    return log.partition("@")[0]


def logs(client: Client) -> dict[str, tuple[TopicLog, ...]]:
    """The logs of all topics that have more than one."""
    found: dict[str, list[TopicLog]] = {}
    for topic, number, anew, firsts, lasts in client.query(_LOGS).result_rows:
        own = found.setdefault(topic, [TopicLog(topic)])
        own[-1] = own[-1]._replace(lasts=dict(enumerate(lasts)), gone=bool(anew))
        own.append(TopicLog(f"{topic}@{number}", firsts=dict(enumerate(firsts))))
    return {topic: tuple(own) for topic, own in found.items()}


def logs_of(known: Logs, topic: str) -> tuple[TopicLog, ...]:
    """A topic's logs."""
    return known.get(topic, (TopicLog(topic),))

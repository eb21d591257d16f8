"""The table `logs`: how each log of a topic after its first began."""

from __future__ import annotations

import time

from clickhouse_connect.driver.client import Client

from streams.logs import Beginning

_BEGINNINGS = """
SELECT topic, number, topic_id, anew, firsts, lasts FROM logs
ORDER BY topic, number, began, firsts, lasts LIMIT 1 BY topic, number
"""
_BEGIN = """
INSERT INTO logs SELECT {topic:String}, {number:UInt16}, {topic_id:String}, {anew:Bool}, {firsts:Array(Int64)},
    {lasts:Array(Int64)}, now64(6)
"""

_SEEN = 0.2
"""Seconds after which a row whose insert began earlier can be read: an insert takes milliseconds. Without
this wait, two rebuilds at once might each read back only their own row at first, and the earlier row only later."""


def beginnings(client: Client) -> list[Beginning]:
    """The beginnings of all logs, by topic and number."""
    rows = client.query(_BEGINNINGS).result_rows
    return [
        Beginning(topic, number, topic_id, bool(anew), tuple(firsts), tuple(lasts))
        for topic, number, topic_id, anew, firsts, lasts in rows
    ]


def latest(client: Client) -> dict[str, int]:
    """Topic → the number of its current log; topics with a single log are not in it."""
    return {each.topic: each.number for each in beginnings(client)}


def begin(client: Client, log: Beginning) -> bool:
    """Record how a log begins; false where somebody else recorded another beginning first. Blocks for `_SEEN` seconds."""
    arrays = {"firsts": list(log.firsts), "lasts": list(log.lasts)}
    client.command(_BEGIN, parameters=log._asdict() | arrays)
    time.sleep(_SEEN)
    return log in beginnings(client)

"""The Faust app: an agent for each topic, which hands whole fetches to the shards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import faust
from faust.types import TP, StreamT
from yarl import URL

from streams.kafka import Isolation
from streams.pool import Pool
from streams.transport import BatchTransport

DRAIN = 20.0
"""Seconds for finishing what was read when partitions are given back."""

NEVER = 10.0 * 365 * 86_400
"""Seconds, so many that a worker never leaves its group for not reading. It reads nothing while all its
partitions wait for ClickHouse or for the operator, or when it has none. aiokafka would then make it leave
after a while, and Faust, whose flow is stopped at that time, would never join again. The price: a process
whose main loop hangs keeps its partitions until it is restarted."""


def build_app(
    *,
    group: str,
    bootstrap: str,
    topics: Sequence[str],
    instance: str | None = None,
    folder: str,
    poll: int = 10_000,
    session_timeout: float = 30.0,
    isolation: Isolation = "read_committed",
) -> faust.App:
    """An app that reads `topics` (Kafka's names) as consumer group `group`.

    `app.pool` must be set to a Pool before the app starts. `folder`: Faust makes its own folders there, and
    keeps nothing in them. `instance`: a name of this worker that outlives its restarts (static membership),
    or None. `poll`: the most records in one fetch. `session_timeout`: seconds after which a silent worker
    loses its partitions.
    """
    broker = ";".join(f"kafka://{address.strip()}" for address in bootstrap.split(","))
    app = faust.App(
        group,
        broker=broker,
        store="memory://",
        datadir=folder,
        web_enabled=False,
        topic_allow_declare=False,  # only the operator makes and alters topics
        topic_disable_leader=True,
        broker_max_poll_records=poll,
        broker_commit_interval=1.0,
        broker_session_timeout=session_timeout,
        broker_heartbeat_interval=session_timeout / 10,
        broker_max_poll_interval=NEVER,
        consumer_group_instance_id=instance,
        # Applies until a shard has sought its position, and to an offset out of range: `Driver` detects that and halts.
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=4,  # batches
        stream_wait_empty=False,  # the pool drains, within a limit
        stream_recovery_delay=0.0,
        autodiscover=False,
        origin=None,
    )
    app.isolation = isolation
    app.transport = BatchTransport([URL(address) for address in broker.split(";")], app, app.loop)
    for topic in topics:
        _agent(app, topic)
    app.on_partitions_assigned.connect(_assigned)
    app.on_partitions_revoked.connect(_revoked)
    return app


def _agent(app: faust.App, name: str) -> None:
    topic = app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def count(stream: StreamT[Any]) -> None:
        pool: Pool = app.pool
        try:
            async for batch in stream.noack().events():
                await pool.deliver(batch)
        except Exception as error:  # Faust would restart the agent again and again
            pool.fail(error)
            await asyncio.Event().wait()  # nothing more from here: the worker is ending

    app.agent(topic, name=f"count {name}")(count)


async def _assigned(app: faust.App, assigned: set[TP], **_: Any) -> None:
    app.pool.assigned(assigned)


async def _revoked(app: faust.App, revoked: set[TP], **_: Any) -> None:
    await app.pool.revoked(revoked, DRAIN)

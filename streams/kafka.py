"""Kafka beside Faust's consumer: topics as the broker has them, log bounds, and awaited sends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka import TopicPartition as Tp
from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ClusterMetadata, ConfigResource, NewTopic, OffsetSpec

from pulse.errors import OperatorError
from streams.commands import LogBounds, Outgoing
from streams.ports import Unavailable
from streams.takeover import REBUILD

ANSWER = 30.0
"""Seconds to wait for the broker's answer before it counts as unavailable."""

_LOOK = 1.0
"""Seconds between two looks at whether anything listens at all."""

MESSAGE_BYTES = 2 << 20
"""Bytes of the largest message sent: a forwarded event of the largest size that is read, with its headers."""

Isolation = Literal["read_committed", "read_uncommitted"]
"""Whether events of a transaction count only once it is committed, or as they come, aborted ones too."""

_TIMES, _BROKERS = "message.timestamp.type", "LogAppendTime"

FRESH = 2.0
"""Seconds for which the broker's word on topics stands: at a take-over all shards ask at once."""


class Topic(NamedTuple):
    """A topic as the broker has it."""

    partitions: int
    id: str
    """Kafka's id of the topic, a new one when it is made anew; empty where the broker has no ids."""


def topics(bootstrap: str, names: Sequence[str], *, ids: bool = True) -> dict[str, Topic]:
    """Those of the named topics that exist. Blocks. Raises Unavailable.

    `ids` false: do not ask for topic ids, which the in-process broker cannot tell.
    """
    down: list[KafkaError] = []
    admin = _admin(bootstrap, down.append)
    try:
        cluster = _cluster(admin, down)
        found = {name: len(cluster.topics[name].partitions) for name in names if name in cluster.topics}
        known = _ids(admin, list(found)) if ids and found and not _in_process(cluster) else {}
    except KafkaException as error:
        raise unavailable(bootstrap, error) from None
    return {name: Topic(partitions, known.get(name, "")) for name, partitions in found.items()}


def starts(bootstrap: str, partitions: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """(topic, partition) → the first offset that its log still holds, of topics with so many partitions. Blocks.

    Raises Unavailable.
    """
    return _offsets(bootstrap, partitions, OffsetSpec.earliest())


def ends(bootstrap: str, partitions: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """(topic, partition) → the first offset that cannot be read yet: where its log ends, or an open transaction begins.
    Blocks. Raises Unavailable."""
    return _offsets(bootstrap, partitions, OffsetSpec.latest())


def _offsets(bootstrap: str, partitions: Mapping[str, int], which: OffsetSpec) -> dict[tuple[str, int], int]:
    wanted = {TopicPartition(name, n): which for name, count in partitions.items() for n in range(count)}
    admin = _admin(bootstrap)  # it must outlive its answers
    try:
        committed = IsolationLevel.READ_COMMITTED
        asked = (
            admin.list_offsets(wanted, isolation_level=committed, request_timeout=ANSWER) if wanted else {}
        )
        return {(tp.topic, tp.partition): done.result(ANSWER).offset for tp, done in asked.items()}
    except KafkaException as error:
        raise unavailable(bootstrap, error) from None


def create_topics(
    bootstrap: str, wanted: Mapping[str, int], replication: int = 1, *, stamped: bool = True
) -> list[str]:
    """Make the topics (name → partitions) that are missing; returns their names. Blocks. Raises Unavailable.

    `stamped`: the broker gives each message its append time, for "far in the future" must not depend on a publisher's
    clock. False for a year that is replayed: each message keeps the time that it bears.
    """
    have = topics(bootstrap, list(wanted), ids=False)
    missing = [name for name in wanted if name not in have]
    times = _BROKERS if stamped else "CreateTime"
    config = {_TIMES: times, "cleanup.policy": "delete", "retention.ms": "-1"}
    new = [NewTopic(name, wanted[name], replication, config=config) for name in missing]
    admin = _admin(bootstrap)  # it must outlive its answers
    for name, done in (admin.create_topics(new) if new else {}).items():
        try:
            done.result(ANSWER)
        except KafkaException as error:
            raise unavailable(bootstrap, error, f"topic {name}") from None
    return missing


def stamped(bootstrap: str, names: Sequence[str]) -> dict[str, bool]:
    """Topic → whether the broker's time stands in it in place of the message's. Blocks.

    Good for a hint: topics whose configuration the caller may not read are omitted, and all of a broker that has none.
    """
    admin = _admin(bootstrap)  # it must outlive its answers
    with suppress(KafkaException):
        if _in_process(_cluster(admin, ())):
            return {}
    about = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
    asked = admin.describe_configs(about) if about else {}
    found = {}
    for resource, done in asked.items():
        with suppress(KafkaException):
            found[resource.name] = done.result(ANSWER)[_TIMES].value == _BROKERS
    return found


def _admin(bootstrap: str, told: Callable[[KafkaError], None] = lambda error: None) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "error_cb": told})


def _cluster(admin: AdminClient, told: Sequence[KafkaError]) -> ClusterMetadata:
    """What the broker knows. Where nothing listens librdkafka would try for all of ANSWER; this gives up at once.

    `told`: where the admin's `error_cb` puts what it hears. Raises KafkaException.
    """
    last = time.monotonic() + ANSWER
    while True:
        try:
            return admin.list_topics(timeout=_LOOK)
        except KafkaException:
            admin.poll(0)
            if time.monotonic() >= last or any(
                error.code() == KafkaError._ALL_BROKERS_DOWN for error in told
            ):
                raise


def _in_process(cluster: ClusterMetadata) -> bool:
    """Whether it is librdkafka's own broker: that has no topic ids and no configuration, and never answers who asks."""
    return str(cluster.cluster_id).startswith("mockCluster")


def _ids(admin: AdminClient, names: list[str]) -> dict[str, str]:
    described = admin.describe_topics(TopicCollection(names), request_timeout=ANSWER)
    return {name: str(done.result().topic_id) for name, done in described.items()}


def unavailable(bootstrap: str, error: Exception, where: str = "") -> Unavailable:
    """What a client library or a time-out said, as an error for people; `where`: what was asked about."""
    said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
    if isinstance(error, TimeoutError):
        said = "no answer in time"
    about = f"{where}: " if where else ""
    return Unavailable(
        f"Kafka at {bootstrap}: {about}{said or type(error).__name__}. Is PULSE_KAFKA right, is that broker running, and "
        f"may this account ask it?"
    )


def passes(error: errors.KafkaError) -> bool:
    """Whether the same may succeed later: Kafka, or what was asked for, is away."""
    away = errors.KafkaConnectionError, errors.KafkaTimeoutError
    return error.retriable or isinstance(error, away)


class Logs:
    """The bounds of logs, and which topics they are of, asked of the broker each time."""

    def __init__(
        self, bootstrap: str, known: Mapping[str, Topic], isolation: Isolation = "read_committed"
    ) -> None:
        """`known`: Kafka's topic name → what it was when the worker started."""
        self._bootstrap, self._known = bootstrap, known
        self._client = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self._reader = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level=isolation
        )
        """To it a log ends where an open transaction begins, unless these are read as they come."""
        self._asking = asyncio.Lock()
        self._asked, self._there = -FRESH, dict(known)

    async def start(self) -> None:
        """Connect. Raises Unavailable."""
        try:
            await self._client.start()
            await self._reader.start()
        except errors.KafkaError as error:
            raise unavailable(self._bootstrap, error) from error

    async def stop(self) -> None:
        """Disconnect."""
        await self._client.stop()
        await self._reader.stop()

    async def bounds(self, topic: str, partition: int) -> LogBounds:
        """The log's start and end now, and the topic as it is now. Raises Unavailable."""
        tp = Tp(topic, partition)
        there = (await self.topics()).get(topic)
        if there is None:
            raise Unavailable(f"Kafka at {self._bootstrap}: topic {topic} is gone")
        try:
            async with asyncio.timeout(ANSWER):
                start = (await self._client.beginning_offsets([tp]))[tp]
                end = (await self._client.end_offsets([tp]))[tp]
        except (errors.KafkaError, TimeoutError) as error:
            raise unavailable(self._bootstrap, error, f"{topic}/{partition}") from error
        return LogBounds(start, end, there.id, there.partitions)

    async def topics(self) -> dict[str, Topic]:
        """The known topics as they are now (some seconds ago at most). Raises Unavailable."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now - self._asked > FRESH:
                ids = any(topic.id for topic in self._known.values())
                self._there = await asyncio.to_thread(topics, self._bootstrap, list(self._known), ids=ids)
                self._asked = now
            return self._there

    async def changed(self) -> str | None:
        """Which topic is not the one that was there when the worker started, with the way out. Raises Unavailable."""
        there = await self.topics()
        for name, was in self._known.items():
            now = there.get(name)
            if now is None:
                continue  # gone: reading it waits, and the worker says so
            if now.id != was.id:
                return f"{name}: the topic was deleted and made anew (id {was.id}, now {now.id}). {REBUILD}"
            if now.partitions != was.partitions:
                return (
                    f"{name}: counted with {was.partitions} partitions, now {now.partitions}: subjects have moved. "
                    f"{REBUILD}"
                )
        return None

    async def ends(self) -> dict[tuple[str, int], int]:
        """Up to where every known partition may be read now. Raises Unavailable."""
        tps = [Tp(name, n) for name, topic in self._known.items() for n in range(topic.partitions)]
        try:
            async with asyncio.timeout(ANSWER):
                return {
                    (tp.topic, tp.partition): end for tp, end in (await self._reader.end_offsets(tps)).items()
                }
        except (errors.KafkaError, TimeoutError) as error:
            raise unavailable(self._bootstrap, error) from error


class Unsendable(OperatorError):
    """The broker takes no message of this size or of this time, however often it is sent; the text says what to do."""


class KafkaSender:
    """Sends messages, each awaited to the broker's acknowledgement: implements `streams.ports.Sender`."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", max_request_size=MESSAGE_BYTES, linger_ms=5
        )

    async def start(self) -> None:
        """Connect. Raises Unavailable."""
        try:
            await self._producer.start()
        except errors.KafkaError as error:
            raise unavailable(self._bootstrap, error) from error

    async def stop(self) -> None:
        """Flush and disconnect."""
        await self._producer.stop()

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Send all; returns when the broker has acknowledged each. Raises Unavailable."""
        try:
            sent = [
                await self._producer.send(
                    self._prefix + message.topic,
                    value=message.value,
                    key=message.key,
                    partition=message.partition,
                    headers=message.headers,
                    timestamp_ms=message.timestamp,
                )
                for message in messages
            ]
            await asyncio.gather(*sent)
        except errors.InvalidTimestampError as error:
            raise Unsendable(
                f"Kafka at {self._bootstrap} refuses an event that is sent on to its partition: it is older than "
                f"message.timestamp.before.max.ms of {self._names(messages)} allows; raise that, or set "
                f"{_TIMES}={_BROKERS} there"
            ) from error
        except errors.MessageSizeTooLargeError as error:
            names = self._names(messages)
            raise Unsendable(
                f"Kafka at {self._bootstrap} refuses a message as too large: raise max.message.bytes of {names} "
                f"to Kafka's default of 1048588 or more"
            ) from error
        except errors.KafkaError as error:
            if passes(error):
                raise unavailable(self._bootstrap, error) from error
            raise

    def _names(self, messages: Sequence[Outgoing]) -> str:
        return ", ".join(sorted({self._prefix + message.topic for message in messages}))

"""Kafka beside Faust's consumer: topics as the broker has them, log bounds, and sends that wait for their
acks."""

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
"""Seconds for one attempt to reach the broker. After each it is checked whether anything listens at all."""

MESSAGE_BYTES = 2 << 20
"""Bytes of the largest message that is sent: room for the largest event that is read, with its headers."""

Isolation = Literal["read_committed", "read_uncommitted"]
"""read_committed: events of a transaction count once it is committed. read_uncommitted: they count as they
come, even those of aborted transactions."""

_TIMES, _BROKERS = "message.timestamp.type", "LogAppendTime"

FRESH = 2.0
"""Seconds for which the broker's answer about topics is reused: at a take-over all shards ask at once."""


class Topic(NamedTuple):
    """A topic as the broker has it."""

    partitions: int
    id: str
    """Kafka's id of the topic. A topic that is deleted and made anew gets another one. Empty if the broker
    has no ids."""


def topics(bootstrap: str, names: Sequence[str], *, ids: bool = True) -> dict[str, Topic]:
    """Those of the named topics that exist. Blocks. Raises Unavailable.

    `ids` false: do not ask for topic ids. The in-process broker is never asked for them.
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
    """(topic, partition) → the first offset that its log still holds. Blocks. Raises Unavailable.

    `partitions`: topic → its number of partitions.
    """
    return _offsets(bootstrap, partitions, OffsetSpec.earliest())


def ends(bootstrap: str, partitions: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """(topic, partition) → the first offset that cannot be read yet: the log's end, or the start of an open
    transaction.

    `partitions`: topic → its number of partitions. Blocks. Raises Unavailable.
    """
    return _offsets(bootstrap, partitions, OffsetSpec.latest())


def _offsets(bootstrap: str, partitions: Mapping[str, int], which: OffsetSpec) -> dict[tuple[str, int], int]:
    wanted = {TopicPartition(name, n): which for name, count in partitions.items() for n in range(count)}
    admin = _admin(bootstrap)  # it must live until its answers have come
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
    """Create the missing topics (name → partitions); returns their names. Blocks. Raises Unavailable.

    `stamped`: the broker stamps each message with its append time, because the check for times in the far
    future must not depend on a publisher's clock. False, for a replayed year: each message keeps its own
    timestamp.
    """
    have = topics(bootstrap, list(wanted), ids=False)
    missing = [name for name in wanted if name not in have]
    times = _BROKERS if stamped else "CreateTime"
    config = {_TIMES: times, "cleanup.policy": "delete", "retention.ms": "-1"}
    new = [NewTopic(name, wanted[name], replication, config=config) for name in missing]
    admin = _admin(bootstrap)  # it must live until its answers have come
    for name, done in (admin.create_topics(new) if new else {}).items():
        try:
            done.result(ANSWER)
        except KafkaException as error:
            raise unavailable(bootstrap, error, f"topic {name}") from None
    return missing


def stamped(bootstrap: str, names: Sequence[str]) -> dict[str, bool]:
    """Topic → whether the broker stamps its messages with append times. Blocks.

    Only a hint: topics whose configuration the caller may not read are left out. The answer is empty for the
    in-process broker, which has no configuration.
    """
    admin = _admin(bootstrap)  # it must live until its answers have come
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
    """The broker's metadata. If nothing listens, librdkafka would try for all of ANSWER; this gives up at
    once.

    `told`: the errors that the admin's `error_cb` collected. Raises KafkaException.
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
    """Whether this is librdkafka's in-process broker: it has neither topic ids nor configuration, and
    never answers requests for them."""
    return str(cluster.cluster_id).startswith("mockCluster")


def _ids(admin: AdminClient, names: list[str]) -> dict[str, str]:
    described = admin.describe_topics(TopicCollection(names), request_timeout=ANSWER)
    return {name: str(done.result().topic_id) for name, done in described.items()}


def unavailable(bootstrap: str, error: Exception, where: str = "") -> Unavailable:
    """An error of a client library, or a time-out, as an error for people; `where`: what was asked about."""
    said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
    if isinstance(error, TimeoutError):
        said = "no answer in time"
    about = f"{where}: " if where else ""
    return Unavailable(
        f"Kafka at {bootstrap}: {about}{said or type(error).__name__}. Is PULSE_KAFKA right, is that broker running, and "
        f"may this account ask it?"
    )


def passes(error: errors.KafkaError) -> bool:
    """Whether a retry may succeed later: Kafka, or what was asked for, is not available now."""
    away = errors.KafkaConnectionError, errors.KafkaTimeoutError
    return error.retriable or isinstance(error, away)


class Logs:
    """Asks the broker for the bounds of logs, and whether their topics are still the same."""

    def __init__(
        self, bootstrap: str, known: Mapping[str, Topic], isolation: Isolation = "read_committed"
    ) -> None:
        """`known`: Kafka's topic name → the topic as it was when the worker started."""
        self._bootstrap, self._known = bootstrap, known
        self._client = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self._reader = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level=isolation
        )
        """With `read_committed` it sees a log end where an open transaction begins."""
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
        """Those of the known topics that exist now. The answer may be FRESH seconds old. Raises
        Unavailable."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now - self._asked > FRESH:
                ids = any(topic.id for topic in self._known.values())
                self._there = await asyncio.to_thread(topics, self._bootstrap, list(self._known), ids=ids)
                self._asked = now
            return self._there

    async def changed(self) -> str | None:
        """How a topic differs from when the worker started, with the way out; None if none does. Raises
        Unavailable."""
        there = await self.topics()
        for name, was in self._known.items():
            now = there.get(name)
            if now is None:
                continue  # deleted: its readers wait, and the worker reports that
            if now.id != was.id:
                return f"{name}: the topic was deleted and made anew (id {was.id}, now {now.id}). {REBUILD}"
            if now.partitions != was.partitions:
                return (
                    f"{name}: counted with {was.partitions} partitions, now {now.partitions}: subjects have moved. "
                    f"{REBUILD}"
                )
        return None

    async def ends(self) -> dict[tuple[str, int], int]:
        """(Kafka's topic, partition) → the first offset that cannot be read yet, for all known topics.
        Raises Unavailable."""
        tps = [Tp(name, n) for name, topic in self._known.items() for n in range(topic.partitions)]
        try:
            async with asyncio.timeout(ANSWER):
                return {
                    (tp.topic, tp.partition): end for tp, end in (await self._reader.end_offsets(tps)).items()
                }
        except (errors.KafkaError, TimeoutError) as error:
            raise unavailable(self._bootstrap, error) from error


class Unsendable(OperatorError):
    """The broker refuses a message for its size or its time, so that a retry is useless; the text says
    what to do."""


class KafkaSender:
    """Sends messages and waits until the broker has acknowledged each: implements `streams.ports.Sender`."""

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
        """Send all; returns when the broker has acknowledged each.

        Raises Unavailable; Unsendable if the broker refuses a message for its size or its time; other
        KafkaErrors as they are.
        """
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

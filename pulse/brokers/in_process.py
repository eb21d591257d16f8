"""A Kafka broker inside this process, for the demo and for quick tests: librdkafka's mock cluster.

It listens on loopback and speaks the real protocol, so the worker, producers and other tools use it as they
would use Kafka. It is not Kafka: it keeps everything in memory and forgets it at exit, sets no append time
(a message keeps its producer's time), and keeps at most 100 000 messages or 5 MiB a partition, dropping older
ones **silently**. So a publisher must not run further ahead of its reader than `MESSAGES` and `BYTES`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import cimpl

from pulse.brokers.errors import BrokerError

MESSAGES = 100_000
"""Messages that a partition of the in-process broker keeps."""

BYTES = 5 * 1024 * 1024
"""Bytes that a partition of the in-process broker keeps."""

_PRODUCER = 0


@contextmanager
def in_process_broker(topics: Mapping[str, int]) -> Iterator[str]:
    """Run a broker with `topics` (name → number of partitions); yields its address, "127.0.0.1:port".

    Starting blocks for some milliseconds. Raises BrokerError if it cannot start.
    """
    library = _librdkafka()
    error = ctypes.create_string_buffer(512)
    configuration = library.rd_kafka_conf_new()
    library.rd_kafka_conf_set(
        configuration, b"log_level", b"0", error, len(error)
    )  # no log: it would complain about a missing bootstrap server
    handle = library.rd_kafka_new(_PRODUCER, configuration, error, len(error))
    if not handle:
        raise BrokerError(f"in-process broker: {error.value.decode()}. `--kafka HOST:PORT` takes another one")
    cluster = library.rd_kafka_mock_cluster_new(handle, 1)
    try:
        if not cluster:
            raise BrokerError(
                "in-process broker: no port to listen on. `--kafka HOST:PORT` takes another broker"
            )
        for topic, partitions in topics.items():
            library.rd_kafka_mock_topic_create(cluster, topic.encode(), partitions, 1)
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
        yield library.rd_kafka_mock_cluster_bootstraps(cluster).decode()
    finally:
        if cluster:
            library.rd_kafka_mock_cluster_destroy(cluster)
        library.rd_kafka_destroy(handle)


def _librdkafka() -> ctypes.CDLL:
    """librdkafka as shipped with confluent-kafka: its symbols resolve through the extension that links to it."""
    library = ctypes.CDLL(cimpl.__file__)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, []),
        ("rd_kafka_conf_set", number, [pointer, text, text, text, ctypes.c_size_t]),
        ("rd_kafka_new", pointer, [number, pointer, text, ctypes.c_size_t]),
        ("rd_kafka_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
        ("rd_kafka_mock_cluster_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
        ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library

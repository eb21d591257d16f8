"""The two ports through which a worker stores and sends, each with a real and an in-memory implementation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pulse.errors import OperatorError
from streams.commands import Columns, Loaded, Outgoing


class Unavailable(OperatorError):
    """The other side does not answer now: try again later. Any other exception ends the worker."""


class Store(Protocol):
    """The durable side: ClickHouse, or memory."""

    async def load(self, topic: str, partition: int) -> Loaded:
        """The state of a shard as of its position. Raises Unavailable."""

    async def write(self, table: str, columns: Columns) -> None:
        """Insert rows; returns when they are durable. Writing the same rows again changes nothing.

        Raises Unavailable.
        """


class Sender(Protocol):
    """The outgoing side: Kafka, or memory."""

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Send all; returns when the broker has acknowledged each. Raises Unavailable."""

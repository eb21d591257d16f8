"""Events and refusals: what a message becomes, as plain data that the counting core understands."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import msgspec


class Record(NamedTuple):
    """The name of a record in a department's system. The type and subject of an id never change."""

    source: str
    id: str
    type: str
    subject: str


class Version(NamedTuple):
    """The version of a record; the highest wins, whatever the order of arrival."""

    revision: int
    void: bool
    fingerprint: int
    """xxh3-64 of the canonical event (type, subject, UTC instant, region, data), unsigned."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """A valid event.

    `time` and `recorded` are microseconds since the epoch, UTC. `region` is empty and `data` is None only in
    a void event without data. `data` is an instance of the type's model or of the struct made from it: the
    same attributes either way. `canonical` is the data as canonical JSON, as kept in the ledger.
    """

    record: Record
    version: Version
    time: int
    recorded: int | None
    region: str
    data: Any
    canonical: bytes
    dataschema: str
    unknown: tuple[str, ...] = ()
    """Fields of a newer minor schema that this release does not know. The event counts, but they are not
    read."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a message cannot count, for the department's engineer who must mend it.

    `reason` is a short stable code (a metric's label); `field` the path of the offending field, `value` its
    value, masked and shortened, `expected` what would have been right. `hint` says what to do. `source`, `type` and
    `id` are the message's own, masked, as far as they could be read.
    """

    reason: str
    field: str
    value: str
    expected: str
    hint: str = ""
    source: str = ""
    type: str = ""
    id: str = ""

    def __str__(self) -> str:
        """One line, Chinese first, naming field, value and expectation."""
        where = f"{self.field}: " if self.field else ""
        hint = f" → {self.hint}" if self.hint else ""
        return f"[{self.reason}] {where}得到 {self.value!r}，应为 {self.expected}{hint}"


class PassedOver(msgspec.Struct, frozen=True):
    """A message of another plan: it is not read or judged any further."""

    source: str
    type: str


CREATE_TIME = 0
"""A record's `timestamp_type` if its timestamp is the publisher's; 1 means the broker's append time."""
STOPPED_CLOCK = 2
"""A value of ours, not Kafka's: the record's timestamp is the time at which the clock of a replayed year
stands."""


class Message(Protocol):
    """A record of a partition as Kafka hands it over: aiokafka's ConsumerRecord fits as it is.

    `timestamp_type` may be missing; then the time is taken for the broker's.
    """

    @property
    def offset(self) -> int:
        """Its place in the partition's log."""
        ...

    @property
    def timestamp(self) -> int:
        """The append time (the publisher's time if `timestamp_type` is CREATE_TIME), milliseconds since
        the epoch."""
        ...

    @property
    def key(self) -> bytes | None:
        """The subject."""
        ...

    @property
    def value(self) -> bytes | None:
        """The event, or its data alone."""
        ...

    @property
    def headers(self) -> Any:
        """Pairs of (name, bytes). Bytes of a name that are not UTF-8 come as `\\xNN`; the value may be
        None."""
        ...

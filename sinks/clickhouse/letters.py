"""Dead letters as operators work with them: chosen by department, reason, time and state; marked when dealt with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from streams.logs import LogOffset


class Letter(NamedTuple):
    """A dead letter and what became of it. `payload` and `value` are masked; `append_time` is UTC, naive."""

    topic: str
    """The bare topic, which is its department's."""
    log: str
    partition: int
    offset: int
    append_time: datetime
    reason: str
    field: str
    value: str
    expected: str
    hint: str
    source: str
    type: str
    id: str
    payload: str
    to_log: str
    to_partition: int
    to_offset: int
    note: str
    state: str
    """open, dropped, redriven (not read yet), recovered, refused again."""

    @property
    def place(self) -> LogOffset:
        """Where the message lies."""
        return LogOffset(self.log, self.partition, self.offset)

    @property
    def sent_to(self) -> LogOffset:
        """Where the message lies that was sent again in its place; meaningful only if it was redriven."""
        return LogOffset(self.to_log, self.to_partition, self.to_offset)


@dataclass(frozen=True)
class Choice:
    """Selects letters: all given fields must match. `since` and `until` bound the append time (aware; until
    exclusive)."""

    topic: str | None = None
    reason: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    places: Sequence[LogOffset] = ()


def letters(client: Client, choice: Choice, limit: int = 0) -> list[Letter]:
    """The chosen letters, the latest first; at most `limit` of them (0: all). Blocks."""
    where, parameters = _where(choice)
    columns = ", ".join(Letter._fields)
    order = "append_time DESC, log, partition, offset DESC"
    sql = f"SELECT {columns} FROM letters WHERE {where} ORDER BY {order}"
    rows = client.query(sql + (f" LIMIT {limit}" if limit else ""), parameters=parameters).result_rows
    return [Letter(*row) for row in rows]


def summary(client: Client, choice: Choice) -> list[tuple[str, str, str, int]]:
    """(topic, reason, state, letters) of the chosen ones, the most frequent first. Blocks."""
    where, parameters = _where(choice)
    sql = (
        f"SELECT topic, reason, state, count() AS n FROM letters WHERE {where} "
        f"GROUP BY topic, reason, state ORDER BY n DESC, topic, reason"
    )
    return [tuple(row) for row in client.query(sql, parameters=parameters).result_rows]


def mark(client: Client, action: str, done: Iterable[tuple[LogOffset, LogOffset | None]], note: str) -> None:
    """Record that letters were `redriven` (each with its new place) or `dropped` (None). Blocks."""
    now = datetime.now(UTC)
    rows = [[*place, action, now, note, *(to or place._replace(offset=-1))] for place, to in done]
    if rows:
        names = [
            "topic", "partition", "offset", "action", "at", "note", "to_topic", "to_partition", "to_offset",
        ]  # fmt: skip
        client.insert("letter_actions", rows, column_names=names)


def _where(choice: Choice) -> tuple[str, dict[str, Any]]:
    terms: list[str] = []
    parameters: dict[str, Any] = {}
    for name in ("topic", "reason", "state"):
        if (value := getattr(choice, name)) is not None:
            terms.append(f"{name} = {{{name}:String}}")
            parameters[name] = value
    for name, sign in (("since", ">="), ("until", "<")):
        if (value := getattr(choice, name)) is not None:
            terms.append(f"append_time {sign} fromUnixTimestamp64Milli({{{name}:Int64}}, 'UTC')")
            parameters[name] = round(value.timestamp() * 1000)
    if choice.places:
        terms.append("concat(log, '/', toString(partition), '/', toString(offset)) IN {places:Array(String)}")
        parameters["places"] = [str(place) for place in choice.places]
    return " AND ".join(terms) or "true", parameters


def resume(client: Client, shards: Iterable[tuple[str, int]]) -> None:
    """Ask the workers of paused partitions, (bare topic, partition), to go on; they notice it within seconds. Blocks."""
    now = datetime.now(UTC)
    client.insert(
        "resumptions", [[*shard, now] for shard in shards], column_names=["topic", "partition", "at"]
    )


def resumed(client: Client, since: dict[tuple[str, int], datetime]) -> list[tuple[str, int]]:
    """Which of the shards were asked to go on at or after the given (aware) instants. Blocks."""
    rows = client.query(
        "SELECT topic, partition, toUnixTimestamp64Milli(max(at)) FROM resumptions GROUP BY topic, partition"
    )
    latest = {(topic, partition): at for topic, partition, at in rows.result_rows}
    return [shard for shard, at in since.items() if latest.get(shard, 0) >= at.timestamp() * 1000]

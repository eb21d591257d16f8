"""Killed at any write, before or after it is done, and run again: the same rows; until the switch the old figures."""

from __future__ import annotations

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

import pulse.rebuild.history
import pulse.rebuild.run
from pulse.verify import verify
from tests.rebuild import world
from tests.rebuild.world import NEW, OLD
from tests.verify import toy

Rows = dict[str, list[tuple[Any, ...]]]
WRITES = ("INSERT", "DELETE", "CREATE")


class Killed(Exception):
    """The process ends here: nothing that it would do later is done."""


class Dying:
    """A client whose process is killed at its nth write: before it is done, or when it is and nobody has heard."""

    def __init__(self, client: Client, nth: int, *, done: bool) -> None:
        self._client, self._left, self._done = client, nth, done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def insert_arrow(self, table: str, rows: Any) -> None:
        self._write(lambda: self._client.insert_arrow(table, rows))

    def command(self, statement: str, *words: Any, **named: Any) -> Any:
        if statement.lstrip().startswith(WRITES):
            return self._write(lambda: self._client.command(statement, *words, **named))
        return self._client.command(statement, *words, **named)

    def _write(self, write: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._done:
            raise Killed
        result = write()
        if self._left == 0:
            raise Killed
        return result


def killed(client: Client, nth: int, *, done: bool, catalogue: Any = NEW, force: bool = False) -> bool:
    """Run with a client that dies; whether it did."""
    try:
        world.run(Dying(client, nth, done=done), catalogue, force=force)
    except (Killed, RuntimeError) as error:  # the writer hands an error on as a RuntimeError
        if not isinstance(error.__cause__ or error, Killed):
            raise
        return True
    return False


def answering(client: Client) -> str:
    return str(world.one(client, "SELECT generation FROM answering")[0])


def test_at_one_write_after_the_other(client: Client, fresh: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse.rebuild.history, "BLOCK", 100)
    before, old = world.figures(client), world.stored(client, OLD)
    kills = switched = 0
    while killed(client, kills + 1, done=False):
        kills += 1
        assert world.stored(client, OLD) == old
        if answering(client) == world.made(OLD).id:
            assert world.figures(client) == before
        else:
            switched += 1
            break
    assert kills > 6
    assert world.stored(client, NEW) == fresh
    if switched:  # nothing is left to do but the views, which the next start of a worker makes
        assert verify(client, NEW, toy.REGIONS, toy.TYPES).differences == ()


@pytest.mark.parametrize("nth", range(1, 17))
def test_at_each_write_of_the_first_run(client: Client, fresh: Rows, nth: int) -> None:
    assert killed(client, nth, done=bool(nth % 2))
    assert answering(client) == world.made(OLD).id
    world.run(client)
    assert world.stored(client, NEW) == fresh


def test_around_the_switch(client: Client) -> None:
    """The statements of the switch: the figures are all of the old before its row, and all of the new from then on.

    Every statement up to the row and the ten behind it, then every seventh: there the views are made, one after the other.
    """
    before = world.figures(client)
    world.run(client)
    after = world.figures(client)
    assert before != after
    world.fill(client, world.counted("old"))
    seen = {False: 0, True: 0}
    nth = 1
    while killed(client, nth, done=True):
        new = answering(client) == world.made(NEW).id
        assert world.figures(client) == (after if new else before), f"write {nth}"
        seen[new] += 1
        if new:  # the next run would find nothing to do: go back before the row, keep what is counted
            client.command("TRUNCATE TABLE generations")
            world.answer(client, OLD)
        nth += 1 if seen[True] < 10 else 7
    assert seen[False]
    assert seen[True] > 10

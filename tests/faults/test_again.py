"""Everything again: the log read from its start, the messages published once more, the ledger counted anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulse.app.city import load_city
from pulse.app.settings import load_settings
from pulse.brokers.apache import ApacheKafka
from tests.faults.chatter import Chatter
from tests.faults.nursery import Nursery
from tests.faults.recount import cells
from tests.faults.test_stalls import figures
from tests.faults.world import TOWN, World

ANOTHER_MEASURE = """
measures:
  visits:
    name: {zh: 探访次数, en: Visits}
    topic: civil-affairs
    reducer: sum
    unit: 次
    feeds: [{type: civil-affairs.elder-visit}]
"""


@pytest.fixture
def larger(tmp_path: Path) -> Path:
    """The town's catalogue with a measure more, and so another generation."""
    file = tmp_path / "larger.yaml"
    town = TOWN.read_text("utf-8").replace("\nmeasures:\n", ANOTHER_MEASURE, 1)
    town += INDICATOR
    file.write_text(town, "utf-8")
    return file


INDICATOR = """
  - id: a01.each_visit
    name: {zh: 探访人次, en: Visits}
    sentence: 探访
    kind: monitor
    department: civil-affairs
    unit: 次
    formula: {kind: count, measure: visits}
    window: month
    cadence: month
    pace: {kind: none}
"""


def test_published_again_and_counted_anew(
    broker: ApacheKafka, nursery: Nursery, tmp_path: Path, larger: Path
) -> None:
    """A department sends all of it again: no cell moves. Then the ledger in place: no row moves. Then the ledger into a
    generation beside it, while workers count on: the rows of a count from Kafka."""
    chatter = Chatter(1102, malformed=0.05)
    with World(broker, nursery, tmp_path) as world:
        messages = chatter.say(1000)
        world.publish(messages)
        old = world.start()
        world.settle()
        counted = cells(world.client)
        world.publish(messages)
        world.settle()
        assert cells(world.client) == counted
        old.stop()
        stood = figures(world)
        said = world.run("rebuild", "--force")
        assert "cells: 0 written, 0 deleted" in said, said
        assert figures(world) == stood
        old = world.start()
        with world.load(chatter, at_once=5, pause=0.5):
            world.run("rebuild", catalogue=larger)
        old.stop()
        world.city = load_city(load_settings(catalogue=larger))
        world.start(catalogue=larger)
        world.publish(chatter.say(300))
        assert world.check() >= 2300
        assert world.client.query("SELECT uniqExact(generation) FROM cells").result_rows == [(2,)]

"""One message in ten is broken, in every way that departments know."""

from __future__ import annotations

from pulse.simulate.faults import MALFORMED
from tests.faults.chatter import Chatter
from tests.faults.world import World


def test_one_in_ten_is_broken(world: World) -> None:
    chatter = Chatter(501, malformed=0.1)
    world.start()
    while chatter.broken < 12 * len(MALFORMED):
        world.publish(chatter.say(200))
    world.check()
    refused, reasons = world.client.query(
        "SELECT count(), uniqExact(reason) FROM events FINAL WHERE outcome = 'refused'"
    ).result_rows[0]
    assert refused == chatter.broken
    assert reasons >= 10
    assert all(worker.alive for worker in world.workers)

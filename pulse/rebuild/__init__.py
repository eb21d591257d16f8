"""Counts the ledger anew, by another catalogue or another release, while the old figures go on answering.

A rebuilt shard is a shard whose log is the ledger. As a worker does, it takes over at its generation's
position, folds the next events, and writes facts, cells and the position. So it may be killed anywhere and
run again, and it writes what a worker would have written if it had counted this way from the first event on.
Start reading at `run.py`. `plan.py` decides what can be rebuilt at all; `lineage.py` decides what happens to
a topic whose log in Kafka is not the one that was counted.
"""

from pulse.rebuild.errors import CannotRebuild
from pulse.rebuild.lineage import Stretch
from pulse.rebuild.old import Leftover, drop_old, leftovers
from pulse.rebuild.plan import RebuildPlan
from pulse.rebuild.run import Done, preview, rebuild

__all__ = [
    "CannotRebuild",
    "Done",
    "Leftover",
    "RebuildPlan",
    "Stretch",
    "drop_old",
    "leftovers",
    "preview",
    "rebuild",
]

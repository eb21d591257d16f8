"""The ledger counted anew, by another catalogue or another release, while the old figures go on answering.

A rebuilt shard is a shard whose log is the ledger: it takes over where its generation's position stands, folds the
next events, writes facts, cells and the position, as a worker does. So it may be killed anywhere and run again, and
it writes what a worker would have written that had counted this way from the first event on. Start reading at
`run.py`; what can be rebuilt at all is decided in `plan.py`, what becomes of a topic that Kafka has otherwise than it
was counted in `lineage.py`.
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

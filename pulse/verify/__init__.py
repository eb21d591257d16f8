"""Computes every figure again, from the ledger alone, by another method than the counting core and the views.

The core keeps differences by day and adds them up. Here each figure follows its definition: the state of each
subject at the end of each reading day, and the sum over subjects. Start reading at `run.py`.
"""

from pulse.verify.difference import Difference
from pulse.verify.moment import CannotVerify
from pulse.verify.report import Report
from pulse.verify.run import verify

__all__ = ["CannotVerify", "Difference", "Report", "verify"]

"""Every figure again, from the ledger alone, by another route than the counting core and the views.

The core keeps differences by day and adds them up; here each figure is what its definition says: the state of
each subject at the end of each reading day, and the sum over subjects. Start reading at `run.py`.
"""

from verify.difference import Difference
from verify.moment import CannotVerify
from verify.report import Report
from verify.run import verify

__all__ = ["CannotVerify", "Difference", "Report", "verify"]

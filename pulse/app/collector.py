"""The garbage collector of a process that counts: its state is millions of objects that live on and are in no cycle."""

from __future__ import annotations

import gc

NEW = 500_000
"""New containers after which the youngest generation is looked through; Python's 700, and 50 000 too, cost a tenth of the
counting thread, for nearly all of them are rows of a flush that reference counting frees anyway."""


def relax() -> None:
    """Look through new objects rarely, and through all hardly ever."""
    gc.set_threshold(NEW, 20, 100)

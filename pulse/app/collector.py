"""Garbage collector settings for a process that counts: its state is millions of long-lived objects without cycles."""

from __future__ import annotations

import gc

NEW = 500_000
"""New containers that trigger a collection of the youngest generation. Python's default of 700, and 50 000
too, cost a tenth of the counting thread: nearly all of these objects are rows of a flush, which reference
counting frees anyway."""


def relax() -> None:
    """Make collections of new objects rare, and full collections very rare."""
    gc.set_threshold(NEW, 20, 100)

"""Waiting for a condition: nothing here sleeps for a time that was guessed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONG = 120.0
"""Seconds after which nobody expects it any more, even on a machine that has much else to do."""


def until(
    condition: Callable[[], T], within: float = LONG, why: Callable[[], str] = lambda: "not in time"
) -> T:
    """The condition's value once it is true of something; what it was about if that takes too long."""
    last = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > last:
            raise AssertionError(why())
        time.sleep(0.03)
    return found

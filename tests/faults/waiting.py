"""Waiting for a condition: nothing here sleeps for a time that was guessed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

LONG = 120.0
"""Seconds after which nobody expects it any more, even on a machine that has much else to do."""


def until(
    condition: Callable[[], T | None], within: float = LONG, why: Callable[[], str] = lambda: "not in time"
) -> T:
    """The condition's value once it is true of something; what it was about if that takes too long."""
    last = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > last:
            raise AssertionError(why())
        time.sleep(0.03)
    return found


@contextmanager
def meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """`work` goes on in a thread beside the block; the event that it is given says that the block is over."""
    over = threading.Event()
    worker = threading.Thread(target=work, args=[over])
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()

"""When to stop reading: a bad release must not drain a whole topic into the dead letters.

Pure: after each folded slice of messages it decides whether the partition should pause.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How many refusals are too many: `run` in a row, or a share above `ratio` of the last `window` messages.

    A `run` of 0 and a `ratio` of 1 never stop anything.
    """

    run: int = 1_000
    ratio: float = 0.5
    window: int = 2_000


NORMAL = Limits()


class Breaker:
    """Watches one partition. Its counts start anew at a take-over: at worst one more window of messages is
    refused."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._slices: deque[tuple[int, int]] = deque()
        """(messages, refused) of the latest slices: as many as make up a window."""
        self._run = 0
        """Refusals in a row up to now."""

    def trips(self, messages: int, refused: Sequence[int]) -> str | None:
        """Why the partition should pause after a slice of `messages` messages, in words; None if it may go
        on.

        `refused`: the indices in the slice, 0 ≤ n < `messages`, of the refused messages, in order.
        """
        limits, run = self._limits, self._longest(messages, refused)
        self._slices.append((messages, len(refused)))
        while len(self._slices) > 1 and sum(n for n, _ in self._slices) - self._slices[0][0] >= limits.window:
            self._slices.popleft()
        if limits.run and run >= limits.run:
            return f"{run} messages in a row were refused (limit {limits.run})"
        seen, bad = sum(n for n, _ in self._slices), sum(n for _, n in self._slices)
        if seen >= limits.window and bad > limits.ratio * seen:
            return f"{bad} of the last {seen} messages were refused (limit {limits.ratio:.0%})"
        return None

    def reset(self) -> None:
        """Count anew, because the operator resumes the partition."""
        self._slices.clear()
        self._run = 0

    def _longest(self, messages: int, refused: Sequence[int]) -> int:
        """The longest run of refusals in the slice; the first run may have begun before it."""
        run, longest, last = self._run, 0, -1
        for n in refused:
            run = run + 1 if n == last + 1 else 1
            longest, last = max(longest, run), n
        self._run = run if last == messages - 1 else 0
        return longest

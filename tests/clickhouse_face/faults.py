"""What can go wrong between a client and ClickHouse, as data: one line of JSON each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Literal

from sinks.clickhouse.beside.statement import Kind


@dataclass(frozen=True)
class Fault:
    """One way in which statements fail, and which ones.

    | does | what a client sees |
    |---|---|
    | `error` | ClickHouse's error `code`; with code 0 a bare HTTP `status`, as a proxy answers |
    | `cut` | the connection ends without an answer |
    | `slow` | nothing, for `seconds` |
    | `hold` | nothing, until other faults are put in force, or none |
    | `half_read` | a `share` of its statement was read, nothing was done; then an error, or with code 0 a cut |
    | `half_sent` | the statement took effect, and a `share` of the answer comes |

    `when` says whether an error, a cut or a delay comes before or after the statement took effect.
    """

    does: Literal["error", "cut", "slow", "hold", "half_read", "half_sent"]
    when: Literal["before", "after"] = "before"
    code: int = 0
    status: int = 500
    seconds: float = 0
    share: float = 0.5
    """How much of the statement is read, or of the answer sent; 1 is all of it, but not its end."""
    on: Kind | None = None
    """Only statements of this kind."""
    table: str = ""
    """Only statements that write to this table or read from it."""
    skip: int = 0
    """So many statements that match pass unharmed first."""
    times: int | None = 1
    """How often it strikes; None: until it is taken back."""
    probability: float = 1
    seed: int = 0

    def concerns(self, kind: Kind, statement: str) -> bool:
        """Whether a statement is one of those that may fail."""
        if self.on is not None and self.on != kind:
            return False
        return (
            not self.table
            or re.search(rf"\b(INTO|FROM|JOIN)\s+`?{self.table}\b", statement, re.I) is not None
        )


class Faults:
    """The faults in force, and how often each has struck."""

    def __init__(self) -> None:
        self.set(())

    def set(self, faults: Iterable[Fault]) -> None:
        """These, and no others any more."""
        self._faults = list(faults)
        self._random = [Random(fault.seed) for fault in self._faults]
        self._seen = [0] * len(self._faults)
        self.struck = [0] * len(self._faults)

    def strike(self, kind: Kind, statement: str) -> Fault | None:
        """The first fault that strikes this statement."""
        for n, fault in enumerate(self._faults):
            if not fault.concerns(kind, statement) or self.struck[n] == fault.times:
                continue
            self._seen[n] += 1
            if self._seen[n] > fault.skip and self._random[n].random() < fault.probability:
                self.struck[n] += 1
                return fault
        return None

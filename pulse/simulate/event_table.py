"""Events of one type in columns: what really happened, before a department records and sends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pulse.simulate.seasons import DAY, Micros

Column = NDArray[np.generic]
Delay = Literal["office", "batch", "machine"]
"""How soon a feed publishes: "office" mostly within hours (a few after weeks), "batch" mostly after some days,
"machine" within seconds. See `pulse.simulate.sheet.lateness`."""


@dataclass(frozen=True)
class EventTable:
    """Events of one type, one a row, in any order of time.

    `data` are the type's own fields; `region` goes into the event's data as well. `delay` says how soon the
    feed publishes. The other flags say which corrections are plausible: `moves`: the region changes (never if
    the subject is the place itself); `shifts`: the time changes; `voids`: the record is withdrawn; `swaps`:
    fields that may get another row's value; `nudges`: amounts that may change by some percent.
    """

    type: str
    source: str
    subject: NDArray[np.object_]
    region: NDArray[np.object_]
    time: Micros
    data: dict[str, Column] = field(default_factory=dict)
    delay: Delay = "office"
    moves: bool = True
    shifts: bool = True
    voids: bool = True
    swaps: tuple[str, ...] = ()
    nudges: tuple[str, ...] = ()
    dataschema: str = ""
    """Set only if the department uses a newer schema version than the known one."""

    def __post_init__(self) -> None:
        lengths = {len(self.subject), len(self.region), len(self.time), *map(len, self.data.values())}
        if len(lengths) != 1:
            raise ValueError(f"{self.type}: columns of different lengths {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.time)

    @property
    def system(self) -> str:
        """The source system, which is the topic without its prefix."""
        return self.type.partition(".")[0]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> EventTable:
        """These rows only."""
        return replace(
            self,
            subject=self.subject[rows],
            region=self.region[rows],
            time=self.time[rows],
            data={name: column[rows] for name, column in self.data.items()},
        )

    def followed(self, *others: EventTable) -> EventTable:
        """This table with the rows of other tables of the same type appended."""
        parts = (self, *others)
        return replace(
            self,
            subject=np.concatenate([part.subject for part in parts]),
            region=np.concatenate([part.region for part in parts]),
            time=np.concatenate([part.time for part in parts]),
            data={name: np.concatenate([part.data[name] for part in parts]) for name in self.data},
        )

    def upgraded(self, name: str, column: Column) -> EventTable:
        """The same events from a system on the next minor schema version, which adds a field."""
        return replace(self, data={**self.data, name: column}, dataschema=f"urn:pulse:{self.type}:1.1")


Story = Iterator[EventTable]


def constant(value: object, count: int) -> NDArray[np.object_]:
    """A column of one value."""
    column = np.empty(count, dtype=object)
    column[:] = value
    return column


def status(on: EventTable, name: str, ends: NDArray[np.int64], times: Micros) -> EventTable:
    """A level that is on from each row of `on`, and off again at `times` for its rows `ends`.

    An end within a day of the beginning, or before it, is dropped: that level stays on.
    """
    begun = replace(on, data={**on.data, name: np.ones(len(on), dtype=bool)})
    lasted = times > on.time[ends] + DAY
    over = on.take(ends[lasted])
    return begun.followed(
        replace(over, time=times[lasted], data={**over.data, name: np.zeros(len(over), dtype=bool)})
    )


def lasting(on: EventTable, name: str) -> EventTable:
    """A level that is on from each row of `on` and stays on."""
    return replace(on, data={**on.data, name: np.ones(len(on), dtype=bool)})

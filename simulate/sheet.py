"""An account as it was written down and sent: records, revisions, lateness, corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulate.account import Account, Delay
from simulate.seasons import DAY, HOUR, SECOND, START, Micros

MINUTE = 60 * SECOND

LATEST = 40 * DAY
"""No event of the year is published later than this after it happened."""

LOADING = START - 12 * DAY
"""From here on, before the year begins, the departments load what they have from earlier years."""


@dataclass(frozen=True)
class Sheet:
    """Rows of an account with what the feed adds to each."""

    account: Account
    record: NDArray[np.int64]
    """Number of the record within the event type; rows of one number are accounts of the same record."""
    revision: NDArray[np.int64]
    void: NDArray[np.bool_]
    recorded: Micros
    published: Micros

    def __len__(self) -> int:
        return len(self.record)

    def take(self, rows: NDArray[np.int64]) -> Sheet:
        """These rows only."""
        return Sheet(
            self.account.take(rows),
            self.record[rows],
            self.revision[rows],
            self.void[rows],
            self.recorded[rows],
            self.published[rows],
        )

    def followed(self, *others: Sheet) -> Sheet:
        """Together with other sheets of the same account."""
        parts = (self, *others)
        return Sheet(
            self.account.followed(*(other.account for other in others)),
            np.concatenate([part.record for part in parts]),
            np.concatenate([part.revision for part in parts]),
            np.concatenate([part.void for part in parts]),
            np.concatenate([part.recorded for part in parts]),
            np.concatenate([part.published for part in parts]),
        )


def written(rng: np.random.Generator, account: Account, first: int) -> Sheet:
    """Each event as the first account of its own record, numbered from `first`, published after a while."""
    count = len(account)
    waited = lateness(rng, count, account.delay)
    published = account.time + waited
    old = account.time < START
    loaded = LOADING + (rng.random(count) * 11 * DAY).astype(np.int64)
    return Sheet(
        account,
        np.arange(first, first + count),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=bool),
        account.time + (waited * rng.uniform(0.2, 0.95, count)).astype(np.int64),
        np.where(old, np.maximum(loaded, published), published),
    )


def lateness(rng: np.random.Generator, count: int, delay: Delay) -> Micros:
    """Microseconds from an event to its publication: mostly hours, 4 % days, 0.6 % up to forty."""
    if delay == "machine":
        return (rng.gamma(2.0, 2.0, count).clip(0.2, 60) * SECOND).astype(np.int64)
    hours = rng.lognormal(np.log(3.0 if delay == "office" else 60.0), 1.0, count).clip(0.05, 240)
    kind = rng.random(count)
    hours = np.where(kind < 0.04, rng.uniform(24, 240, count), hours)
    hours = np.where(kind < 0.006, rng.uniform(240, 24 * 39, count), hours)
    waited = (hours * HOUR).astype(np.int64)
    return np.minimum(waited, LATEST)


def corrected(rng: np.random.Generator, sheet: Sheet, share: float = 0.005) -> Sheet:
    """With corrections and voids of about `share` of its records, and a conflict in every five thousand.

    A correction moves an event to another place or another month, or changes a field; one in sixteen
    arrives before what it corrects, one in ten is corrected back.
    """
    account = sheet.account
    if not (account.moves or account.shifts or account.voids or account.swaps):
        return sheet
    chance = rng.random(len(sheet))
    chosen = np.flatnonzero(chance < share * 0.68)
    changed = _changed(rng, sheet, chosen)
    again = np.flatnonzero(rng.random(len(chosen)) < 0.1)
    restored = _next(rng, sheet.take(chosen[again]), changed.published[again], 2)
    parts = [changed, restored]
    if account.voids:
        voided = sheet.take(np.flatnonzero((chance >= share * 0.7) & (chance < share)))
        parts.append(replace(_next(rng, voided, voided.published, 1), void=np.ones(len(voided), dtype=bool)))
    conflicting = sheet.take(np.flatnonzero(chance > 1 - 0.0002))
    other = replace(conflicting.account, time=conflicting.account.time - MINUTE)
    parts.append(replace(_next(rng, conflicting, conflicting.published, 0), account=other))

    early = np.flatnonzero(rng.random(len(chosen)) < 1 / 16)
    published = sheet.published.copy()
    published[chosen[early]], changed.published[early] = (
        changed.published[early],
        published[chosen[early]],
    )
    return replace(sheet, published=published).followed(*parts)


def _next(rng: np.random.Generator, sheet: Sheet, after: Micros, revision: int) -> Sheet:
    """The next account of these records: hours to weeks later."""
    count = len(sheet)
    waited = (rng.lognormal(np.log(4.0), 1.0, count).clip(0.05, 30) * DAY).astype(np.int64)
    published = after + waited
    return replace(
        sheet,
        revision=np.full(count, revision),
        recorded=published - (rng.uniform(0.01, 0.2, count) * waited).astype(np.int64),
        published=published,
    )


def _changed(rng: np.random.Generator, sheet: Sheet, chosen: NDArray[np.int64]) -> Sheet:
    """Revision 1 of these rows: another region, another time, or another value of a field."""
    one = _next(rng, sheet.take(chosen), sheet.published[chosen], 1)
    account, whole = one.account, sheet.account
    ways = [name for name, can in (("moves", whole.moves), ("shifts", whole.shifts)) if can]
    ways += ["swaps"] * 2 if whole.swaps else []
    way = np.array(ways, dtype=object)[rng.integers(0, max(1, len(ways)), len(chosen))] if ways else chosen
    elsewhere = rng.integers(0, max(1, len(whole)), len(chosen))

    region = np.where(way == "moves", whole.region[elsewhere], account.region)
    shift = rng.integers(15, 45, len(chosen)) * DAY * np.where(rng.random(len(chosen)) < 0.8, -1, 1)
    # Neither of the two may say what had not happened yet when it was published.
    shifted = np.minimum(account.time + shift, sheet.published[chosen] - MINUTE)
    time = np.where(way == "shifts", shifted, account.time)
    data = dict(account.data)
    for name in whole.swaps:
        column = whole.data[name]
        other = ~account.data[name] if column.dtype == bool else column[elsewhere]
        data[name] = np.where(way == "swaps", other, account.data[name])
    return replace(one, account=replace(account, region=region, time=time, data=data))

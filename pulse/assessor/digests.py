"""A digest for each light: unchanged, the row that is stored stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from pulse.lights.assess import Lights
from pulse.lights.status import NAMES_PERIODS

Uints = NDArray[np.uint64]


def digests(found: Lights) -> Uints:
    """A number for each row, [region, day], that changes when anything changes that the row is made of.

    The catalogue and the code take no part: when they change, everything is judged anew.
    """
    days_and_ranks = (*found.judged, found.last_report)
    return _hashed(
        (
            *(number.astype(np.float64) for number in found.numbers.values()),
            *(text.astype("S12") for text in found.texts.values()),
            *(number.astype(np.int64) for number in days_and_ranks),
            np.where(NAMES_PERIODS[found.judged.rule], _periods(found)[:, None], np.uint64(0)),
        )
    )


def _periods(found: Lights) -> Uints:
    """A number for each region that changes when another period ended short, or did with another value."""
    ends = np.minimum(found.aim.periods.last, found.figures.value.shape[1] - 1)
    missed = found.closed.missed
    return _hashed((missed, np.where(missed, found.figures.value[:, ends], np.nan)), axes=1)


def _hashed(parts: Iterable[NDArray[Any]], axes: int = 2) -> Uints:
    """One number for all that the arrays hold at each place of their first axes."""
    arrays = [np.ascontiguousarray(part) for part in parts]
    shape = arrays[0].shape[:axes]
    columns = [array.view(np.uint8).reshape(*shape, -1) for array in arrays]
    data = np.ascontiguousarray(np.concatenate(columns, axis=axes)).tobytes()
    width = len(data) // max(1, int(np.prod(shape)))
    hashes = [xxh3_64_intdigest(data[at : at + width]) for at in range(0, len(data), width)]
    return np.array(hashes, np.uint64).reshape(shape)

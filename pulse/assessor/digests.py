"""A digest for each light: where it is unchanged, the stored row stays as it is."""

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
    """A hash for each row, [region, day], which changes when anything changes that the row is made from.

    The catalogue and the code are not part of it: when they change, everything is judged anew.
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
    """A hash for each region of the periods that ended short and of their values."""
    ends = np.minimum(found.aim.periods.last, found.figures.value.shape[1] - 1)
    missed = found.closed.missed
    return _hashed((missed, np.where(missed, found.figures.value[:, ends], np.nan)), axes=1)


def _hashed(parts: Iterable[NDArray[Any]], axes: int = 2) -> Uints:
    """One hash of the contents of all arrays, for each place in their first `axes` axes."""
    arrays = [np.ascontiguousarray(part) for part in parts]
    shape = arrays[0].shape[:axes]
    columns = [array.view(np.uint8).reshape(*shape, -1) for array in arrays]
    data = np.ascontiguousarray(np.concatenate(columns, axis=axes)).tobytes()
    width = len(data) // max(1, int(np.prod(shape)))
    hashes = [xxh3_64_intdigest(data[at : at + width]) for at in range(0, len(data), width)]
    return np.array(hashes, np.uint64).reshape(shape)

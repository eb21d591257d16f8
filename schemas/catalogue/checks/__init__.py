"""The cross checks: what pydantic cannot see, because it needs two entries, the event types or the city.

Each check is a plain function from a draft to the problems it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schemas.catalogue.checks import allocations, departments, feeds, formulas, indicators, measures, readings
from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Problem

Check = Callable[[Draft], Iterator[Problem]]

CHECKS: tuple[Check, ...] = tuple(
    check
    for module in (departments, measures, feeds, indicators, allocations, formulas, readings)
    for check in module.CHECKS
)

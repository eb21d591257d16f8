"""Decimal fields are JSON numbers, read digit for digit.

pydantic alone would accept text as a number (`"1_000"`, full-width digits) and read numbers through floats,
which lose digits. So it is given each number as text with all its digits, and never the text that a publisher
wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.canonical import dumps, exact


class Spelt(NamedTuple):
    """Data as pydantic is to read it, and the original values of the decimal fields."""

    text: bytes
    decimals: dict[str, Any]


def spelt(model: type[BaseModel], data: bytes) -> Spelt:
    """Canonical data with the numbers in a model's decimal fields as text.

    Anything else in these fields becomes `false`, which is never a valid decimal; null stays.
    """
    names = _decimals(model)
    if not names:
        return Spelt(data, {})
    fields: dict[str, Any] = exact(data)
    given = {name: fields[name] for name in names if name in fields}
    for name, value in given.items():
        if isinstance(value, orjson.Fragment):
            fields[name] = dumps(value).decode()
        elif value is not None:
            fields[name] = False
    return Spelt(dumps(fields), given)


def errors_of(error: ValidationError, decimals: Mapping[str, Any]) -> list[ErrorDetails]:
    """pydantic's errors, with the original values of decimal fields."""
    found = error.errors(include_url=False)
    for each in found:
        name = str(each["loc"][0]) if each["loc"] else ""
        if name in decimals:
            value = decimals[name]
            each["input"] = Decimal(dumps(value).decode()) if isinstance(value, orjson.Fragment) else value
    return found


@cache
def _decimals(model: type[BaseModel]) -> frozenset[str]:
    """A model's fields that hold decimals."""
    return frozenset(name for name, field in model.model_fields.items() if _holds(field.annotation))


def _holds(annotation: Any) -> bool:
    return annotation is Decimal or any(map(_holds, getattr(annotation, "__args__", ())))

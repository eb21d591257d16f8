"""Decimal fields are JSON numbers, read digit for digit.

pydantic alone would take text for a number (`"1_000"`, full-width digits) and read numbers through floats, which cut off
what is too fine for them. So it is given each number as text with all its digits, and no text at all.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.canonical import dumps, exact


def spelt(model: type[BaseModel], data: bytes) -> bytes:
    """Canonical data as pydantic is to read it: numbers in a model's decimal fields as text, anything else there `false`,
    which no decimal can be; but null stays."""
    names = _decimals(model)
    if not names:
        return data
    fields: dict[str, Any] = exact(data)
    for name in names & fields.keys():
        value = fields[name]
        if isinstance(value, orjson.Fragment):
            fields[name] = dumps(value).decode()
        elif value is not None:
            fields[name] = False
    return dumps(fields)


def errors_of(error: ValidationError, model: type[BaseModel], data: bytes) -> list[ErrorDetails]:
    """What pydantic found, with the values that the canonical data has."""
    found = error.errors(include_url=False, include_context=True)
    names = _decimals(model)
    if not names:
        return found
    fields: dict[str, Any] = exact(data)
    for each in found:
        name = each["loc"][0] if each["loc"] else None
        if name in names and name in fields:
            value = fields[name]
            each["input"] = Decimal(dumps(value).decode()) if isinstance(value, orjson.Fragment) else value
    return found


@cache
def _decimals(model: type[BaseModel]) -> frozenset[str]:
    """A model's fields that hold decimals."""
    return frozenset(name for name, field in model.model_fields.items() if _holds(field.annotation))


def _holds(annotation: Any) -> bool:
    return annotation is Decimal or any(map(_holds, getattr(annotation, "__args__", ())))

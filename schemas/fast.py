"""Structs made from the pydantic models: the same fields under the same constraints, many times faster.

A struct may refuse what its model accepts, and then the model is asked. It never accepts what its model
refuses. Whatever cannot be translated faithfully is an error when the program starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import annotated_types as limits
import msgspec
from pydantic import BaseModel, Strict
from pydantic.fields import FieldInfo

_CONFIG = {"extra", "strict", "frozen", "title", "json_schema_extra", "use_attribute_docstrings"}
"""The settings that a model may have: `strict` and `extra`, which must be set, and others that do not
change what it accepts."""

_FLOAT_DIGITS = 15
"""pydantic reads JSON numbers through floats, which keep up to this many digits exactly."""

_PATTERN = re.compile(r"\^(?:[A-Za-z0-9_\-:]|\\d|\[[A-Za-z0-9_:.\-]+\]|\{\d+(?:,\d*)?\}|[+*?()|])*\$")
"""Patterns that mean the same to Rust's engine and to Python's, once `$` becomes the very end and `\\d`
ASCII digits."""


Limit = limits.Ge | limits.Gt | limits.Le | limits.Lt


class Untranslatable(TypeError):
    """A model uses something that has no faithful counterpart in a struct."""


class Bound(NamedTuple):
    """Limits of a decimal field, which msgspec cannot check."""

    name: str
    digits: int
    whole: int
    """Digits before the point."""
    places: int
    limits: tuple[Limit, ...]

    def holds(self, value: Decimal | None) -> bool:
        """Whether the value is surely within the limits, with no more digits than a float can carry."""
        if value is None:
            return True
        _, digits, exponent = value.as_tuple()
        plain = isinstance(exponent, int) and -self.places <= exponent <= 0  # else NaN, or 1E+5
        if not plain or len(digits) > self.digits or value.adjusted() >= self.whole:
            return False
        return all(_within(value, limit) for limit in self.limits)


class Twin(NamedTuple):
    """The struct of a model, with its fields sorted as in canonical JSON."""

    struct: type[msgspec.Struct]
    bounds: tuple[Bound, ...]
    integers: bool
    """Whether its numbers are all integers of at most 17 digits, which msgspec writes canonically."""


def twin(model: type[BaseModel]) -> Twin:
    """The struct made from a model. Raises Untranslatable."""
    _check_model(model)
    bounds: list[Bound] = []
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, field in sorted(model.model_fields.items()):
        if field.alias or field.validation_alias or field.default_factory:
            raise Untranslatable(
                f"{model.__name__}.{name}: aliases and default factories have no counterpart"
            )
        try:
            annotation = _translate(field.annotation, field.metadata, name, bounds)
        except Untranslatable as error:
            raise Untranslatable(f"{model.__name__}.{name}: {error}") from None
        fields.append((name, annotation) if field.is_required() else (name, annotation, field.default))
    struct = msgspec.defstruct(
        model.__name__,
        fields,
        kw_only=True,
        frozen=True,
        gc=False,
        forbid_unknown_fields=True,
        omit_defaults=True,
    )
    integers = not bounds and all(_short(annotation) for _, annotation, *_ in fields)
    return Twin(struct, tuple(bounds), integers)


def _short(annotation: Any) -> bool:
    """Whether an annotation is no integer, or an integer that is bounded to at most 17 digits."""
    if get_origin(annotation) in (Union, UnionType):
        return all(_short(member) for member in get_args(annotation))
    if get_origin(annotation) is not Annotated or get_args(annotation)[0] is not int:
        return True
    meta = get_args(annotation)[1]
    low = meta.ge if meta.ge is not None else meta.gt
    high = meta.le if meta.le is not None else meta.lt
    return low is not None and high is not None and max(abs(low), abs(high)) < 10**17


def _check_model(model: type[BaseModel]) -> None:
    config = model.model_config
    if config.get("extra") != "forbid" or not config.get("strict"):
        raise Untranslatable(f"{model.__name__}: expected the configuration extra='forbid', strict=True")
    if others := set(config) - _CONFIG:
        raise Untranslatable(f"{model.__name__}: configuration {', '.join(sorted(others))}")
    found = model.__pydantic_decorators__
    if found.field_validators or found.model_validators or found.validators or found.root_validators:
        raise Untranslatable(f"{model.__name__}: validators; a rule over fields belongs into `fault`")


def _translate(annotation: Any, metadata: Iterable[Any], name: str, bounds: list[Bound]) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _translate(inner, [*more, *metadata], name, bounds)
    if origin in (Union, UnionType):
        members = [arg for arg in get_args(annotation) if arg is not NoneType]
        if len(members) != 1:
            raise Untranslatable("a union of several types")
        return _translate(members[0], metadata, name, bounds) | None
    constraints = list(flat(metadata))
    if annotation is Decimal:
        bounds.append(_bound(name, constraints))
        return Decimal
    if annotation is str or annotation is int:
        return Annotated[annotation, msgspec.Meta(**_meta(annotation, constraints))]
    if (annotation in (bool, date) or origin is Literal) and not constraints:
        return annotation
    raise Untranslatable(f"{annotation} with {constraints}")


def flat(metadata: Iterable[Any]) -> Iterator[Any]:
    """Constraints one by one; pydantic nests those of `Field` inside an annotation."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from flat(item.metadata)
        elif isinstance(item, limits.GroupedMetadata):
            yield from flat(item)
        elif not isinstance(item, Strict):
            yield item


def _meta(annotation: type, constraints: list[Any]) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    for item in constraints:
        match item:
            case limits.Ge(ge=limit) if annotation is int:
                meta["ge"] = limit
            case limits.Gt(gt=limit) if annotation is int:
                meta["gt"] = limit
            case limits.Le(le=limit) if annotation is int:
                meta["le"] = limit
            case limits.Lt(lt=limit) if annotation is int:
                meta["lt"] = limit
            case limits.MinLen(min_length=length) if annotation is str:
                meta["min_length"] = length
            case limits.MaxLen(max_length=length) if annotation is str:
                meta["max_length"] = length
            case _ if annotation is str and set(general(item)) == {"pattern"}:
                meta["pattern"] = _pattern(general(item)["pattern"])
            case _:
                raise Untranslatable(f"{annotation.__name__} with {item}")
    return meta


def general(item: Any) -> dict[str, Any]:
    """Constraints that pydantic keeps in a class of its own: pattern, max_digits, decimal_places, ..."""
    return {key: value for key, value in getattr(item, "__dict__", {}).items() if value is not None}


def _pattern(pattern: str) -> str:
    if not _PATTERN.fullmatch(pattern):
        raise Untranslatable(f"pattern {pattern!r}: expected a plain one from ^ to $")
    return pattern[:-1].replace("\\d", "[0-9]") + r"\Z"


def _bound(name: str, constraints: list[Any]) -> Bound:
    given: dict[str, int] = {}
    within: list[Limit] = []
    for item in constraints:
        found = general(item)
        if isinstance(item, limits.Ge | limits.Gt | limits.Le | limits.Lt):
            within.append(item)
        elif found and set(found) <= {"max_digits", "decimal_places"}:
            given |= found
        else:
            raise Untranslatable(f"Decimal with {item}")
    digits = min(given.get("max_digits", _FLOAT_DIGITS), _FLOAT_DIGITS)
    whole = digits - given.get("decimal_places", 0)
    return Bound(name, digits, whole, given.get("decimal_places", digits), tuple(within))


def _within(value: Any, limit: Limit) -> bool:
    match limit:
        case limits.Ge(ge=least):
            return bool(value >= least)
        case limits.Gt(gt=least):
            return bool(value > least)
        case limits.Le(le=most):
            return bool(value <= most)
        case limits.Lt(lt=most):
            return bool(value < most)
    raise AssertionError(limit)

"""Checks of feeds against the event types: they exist, and they have the fields that are counted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from schemas.catalogue.draft import Draft
from schemas.catalogue.faults import Path, Problem, listed, nearest
from schemas.catalogue.model import Feed
from schemas.passing import Passing
from schemas.shapes import Shape


def types(draft: Draft) -> Iterator[Problem]:
    """Every feed's event type exists."""
    for path, _, feed in draft.feeds():
        if feed.type not in draft.types:
            found = f"there is no event type {feed.type!r}: no event feeds it"
            yield Problem((*path, "type"), found, nearest(feed.type, draft.types))


def heartbeats(draft: Draft) -> Iterator[Problem]:
    """Heartbeats feed `seen` measures, and nothing else does."""
    for path, measure, feed in draft.feeds():
        kind = draft.types.get(feed.type)
        if kind is not None and kind.heartbeat != (measure.reducer == "seen"):
            what = "a heartbeat" if kind.heartbeat else "no heartbeat"
            expected = "the reducer seen" if kind.heartbeat else "a reducer other than seen"
            yield Problem(
                (*path, "type"), f"{feed.type} is {what}, and is fed to {measure.reducer}", expected
            )


def fields(draft: Draft) -> Iterator[Problem]:
    """`value`, `where` and `given` name fields of the event's data, of a kind that can be counted or compared."""
    for path, measure, feed in draft.feeds():
        if measure.scale % feed.scale:
            found = f"{feed.value} is multiplied by {feed.scale}, and shown after division by {measure.scale}"
            remedy = "set the measure's `scale`"
            yield Problem((*path, "scale"), found, f"the measure's scale a multiple of {feed.scale}", remedy)
        if feed.type in draft.types:
            model = draft.types[feed.type].model
            yield from _value(path, feed, model)
            yield from _where(path, feed, model)
            yield from _given(path, feed, model)


def _value(path: Path, feed: Feed, model: type[Shape]) -> Iterator[Problem]:
    if feed.value is None:
        if feed.scale != 1:
            remedy = "name the value, or take the scale out"
            yield Problem((*path, "scale"), "a scale without a value", "a value to be scaled", remedy)
        return
    here = (*path, "value")
    if feed.value not in model.model_fields:
        yield _no_field(here, feed, feed.value, model)
        return
    field = model.model_fields[feed.value]
    plain, optional = _plain(field.annotation)
    if plain not in (bool, int, Decimal) or optional:
        found = f"{feed.value} is {'optional' if optional else _name(plain)}"
        yield Problem(here, found, "a boolean, an integer or a decimal that is always there")
    elif plain is Decimal:
        places = _decimal_places(field)
        if places is None or feed.scale % 10**places:
            found = f"{feed.value} has {'any number of' if places is None else places} decimals, scale {feed.scale}"
            expected = "decimal_places in the model" if places is None else f"a multiple of {10**places}"
            yield Problem(
                here, found, expected, "counts are integers: set `scale` so that nothing is left over"
            )


def _where(path: Path, feed: Feed, model: type[Shape]) -> Iterator[Problem]:
    for name, wanted in feed.where.items():
        here = (*path, "where", name)
        if name not in model.model_fields:
            yield _no_field(here, feed, name, model)
            continue
        plain, _ = _plain(model.model_fields[name].annotation)
        values = wanted if isinstance(wanted, list) else [wanted]
        if plain is bool:
            allowed: tuple[object, ...] = (True, False)
        elif get_origin(plain) is Literal:
            allowed = get_args(plain)
        else:
            yield Problem(
                here, f"{name} is {_name(plain)}", "a field with a closed list of values, or a boolean"
            )
            continue
        wrong = [
            value for value in values if value not in allowed or isinstance(value, bool) != (plain is bool)
        ]
        if wrong or not values:
            found = f"{name} is never {listed(wrong)}" if wrong else "an empty list, which nothing meets"
            shown = "true or false" if plain is bool else f"of {listed(allowed)}"
            yield Problem(here, found, f"values {shown}")


def _given(path: Path, feed: Feed, model: type[Shape]) -> Iterator[Problem]:
    for index, name in enumerate(feed.given):
        here = (*path, "given", index)
        if name not in model.model_fields:
            yield _no_field(here, feed, name, model)
        elif not _plain(model.model_fields[name].annotation)[1]:
            yield Problem(here, f"{name} is always given", "an optional field", "take it out")


def _no_field(path: Path, feed: Feed, name: str, model: type[Shape]) -> Problem:
    return Problem(path, f"{feed.type} has no field {name!r}", nearest(name, model.model_fields))


def _plain(annotation: Any) -> tuple[Any, bool]:
    """(the type without its constraints, whether it is optional)."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        inner = [argument for argument in get_args(annotation) if argument is not NoneType]
        return _plain(inner[0])[0], len(inner) < len(get_args(annotation))
    return annotation, False


def _name(plain: Any) -> str:
    return "one of a list" if get_origin(plain) is Literal else f"a {getattr(plain, '__name__', plain)}"


def _decimal_places(field: FieldInfo) -> int | None:
    found = (getattr(item, "decimal_places", None) for item in field.metadata)
    return next((places for places in found if places is not None), None)


def passed_over(draft: Draft) -> Iterator[Problem]:
    """`passes_over` names no type that this plan counts, and none that this release knows."""
    fed = {feed.type for _, _, feed in draft.feeds()}
    for index, named in draft.passes_over.items():
        passes = Passing(named=[named])
        if counted := sorted(type for type in fed if passes("", type)):
            found = f"{named} would pass {listed(counted)} over, which this plan counts"
            yield Problem(("passes_over", index), found, "types that no measure is fed with")
        elif named in draft.types:
            found = f"{named} is known and not counted: it is passed over anyway"
            yield Problem(
                ("passes_over", index), found, "a type that this release does not know", "take it out"
            )


CHECKS = (types, heartbeats, fields, passed_over)

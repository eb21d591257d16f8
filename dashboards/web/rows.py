"""Reads rows of views into structs by column name; the fields of a struct are the columns of its query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import fields

S = TypeVar("S", bound=Struct)

Row = Sequence[Any]


def columns(kind: type[Struct]) -> list[str]:
    """The columns of a struct, in the order of its fields. A field that is a struct is replaced by its columns."""
    names: list[str] = []
    for field in fields(kind):
        names += columns(field.type) if _is_struct(field.type) else [field.encode_name]
    return names


def read(kind: type[S], names: Sequence[str], rows: Sequence[Row]) -> list[S]:
    """Structs from rows with these column names. Columns without a field in `kind` are ignored.

    Raises KeyError if a column is missing and there are rows.
    """
    if not rows:  # the embedded engine then returns no column names
        return []
    build = _builder(kind, {name: n for n, name in enumerate(names)})
    return [build(row) for row in rows]


def _builder(kind: type[S], at: Mapping[str, int]) -> Callable[[Row], S]:
    takes: list[tuple[str, Callable[[Row], Any]]] = [
        (
            field.name,
            _builder(field.type, at) if _is_struct(field.type) else itemgetter(at[field.encode_name]),
        )
        for field in fields(kind)
    ]

    def build(row: Row) -> S:
        return kind(**{name: take(row) for name, take in takes})

    return build


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)

"""Canonical JSON: one form for data that means the same. Keys are sorted, there are no spaces, and numbers
are written by their value, not as they were spelt.

Publishers that write 87.50 and 87.5, or 1.0 and 1, mean the same, so their fingerprints must be equal.
Numbers never pass through floats: 12345678901234567.89 keeps all its digits.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import orjson
from xxhash import xxh3_64_intdigest

_PLAIN = 40
"""A number with at most this many digits on either side of the point is written without an exponent."""


def canonical(data: bytes) -> bytes:
    """JSON text as canonical JSON. Raises ValueError for text that is not JSON, is nested too deep or repeats a key."""
    orjson.loads(data)
    return dumps(exact(data))


def exact(data: bytes) -> Any:
    """Well-formed JSON text as plain values whose numbers `dumps` writes canonically.

    Raises ValueError if it is nested too deep or an exponent is too large; Repeated if a key occurs twice in
    an object.
    """
    try:
        return _decode(data.decode())
    except RecursionError:
        raise ValueError("nested too deep") from None
    except _Twice:
        found: Any = json.loads(data, object_pairs_hook=_Pairs, parse_float=str, parse_int=str)
        raise _where(found) from None


def once(data: bytes) -> dict[str, Any]:
    """A JSON object without objects in it, as plain values. Raises ValueError if a key may occur twice in it.

    It counts quotation marks: each key and each text needs two. An escaped one gives a false alarm.
    """
    parsed: dict[str, Any] = orjson.loads(data)
    if data.count(b'"') != 2 * (len(parsed) + sum(type(value) is str for value in parsed.values())):
        raise ValueError("a key may stand in it twice")
    return parsed


class Repeated(ValueError):
    """A key occurs more than once in one object. Holds the key's path and its values: numbers as text,
    objects empty."""

    def __init__(self, path: tuple[str, ...], values: list[Any]) -> None:
        super().__init__(f"{'.'.join(path)} stands {len(values)} times")
        self.path, self.values = path, values


class _Twice(Exception):
    """Somewhere a key occurs twice in an object."""


class _Pairs(list[tuple[str, Any]]):
    """An object's keys and values as they are written."""


def _where(parsed: Any) -> Repeated:
    """The first key that is repeated in an object."""
    rest: list[tuple[Any, tuple[str, ...]]] = [(parsed, ())]
    while rest:
        value, path = rest.pop()
        inner = value
        if isinstance(value, _Pairs):
            for key, times in Counter(key for key, _ in value).items():
                if times > 1:
                    given = [each for name, each in value if name == key]
                    return Repeated(
                        (*path, key), [{} if isinstance(each, _Pairs) else each for each in given]
                    )
        else:
            inner = [(str(n), each) for n, each in enumerate(value)]
        rest += [(each, (*path, key)) for key, each in reversed(inner) if isinstance(each, list)]
    raise AssertionError("no key stands twice")


def dumps(parsed: Any) -> bytes:
    """Plain values as JSON with sorted keys. Raises ValueError where they are nested too deep."""
    try:
        return orjson.dumps(parsed, None, orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from None


def _number(text: str) -> orjson.Fragment:
    """A number by its value, in its shortest exact spelling."""
    sign, digits, exponent = _parts(text)
    point = len(digits) + exponent
    if max(point, -exponent) > _PLAIN:
        spelling = f"{digits}E{exponent}"
    elif exponent >= 0:
        spelling = digits + "0" * exponent
    else:
        digits = digits.rjust(1 - exponent, "0")
        spelling = f"{digits[:exponent]}.{digits[exponent:]}"
    return orjson.Fragment((sign + spelling).encode())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_number).decode


def _parts(text: str) -> tuple[str, str, int]:
    """Sign, digits without zeros at either end, and the power of ten that multiplies them.

    Raises ValueError if the exponent is too large.
    """
    mantissa, _, power = text.lower().partition("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    stripped = digits.rstrip("0")
    if not stripped:
        return "", "0", 0
    if len(power) > 9:
        raise ValueError("exponent too large")
    return sign, stripped, int(power or 0) - len(fraction) + len(digits) - len(stripped)


def fingerprint(type: str, subject: str, time: int, region: str, data: bytes) -> int:
    """xxh3-64 of an event's content: `time` in microseconds UTC, `data` canonical (empty without data).

    None of the parts before `data` can hold a line break, so no two contents run together.
    """
    head = "\n".join((type, subject, repr(time), region, ""))  # half the time of an f-string
    return xxh3_64_intdigest(head.encode() + data)

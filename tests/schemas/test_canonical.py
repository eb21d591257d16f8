import json
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonical, fingerprint

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=6)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        (["1", "1.0", "1.00", "10e-1", "0.1E1", "1E+0"], "1"),
        (["87.5", "87.50", "875e-1", "0.875E2"], "87.5"),
        (["0", "-0", "0.0", "-0.0", "0e5"], "0"),
        (["-1.25", "-125e-2"], "-1.25"),
        (["1000000000000000000000", "1e21", "1000000000000000000000.0"], "1000000000000000000000"),
        (["12345678901234567.89", "1234567890123456789e-2"], "12345678901234567.89"),
        (["0.001", "1e-3"], "0.001"),
        (["1e60", "10e59"], "1E60"),
        (["25e-60", "2.5e-59"], "25E-60"),
    ],
)
def test_numbers_equal_in_value_are_written_alike(spellings: list[str], expected: str) -> None:
    assert {canonical(f'{{"a":{text}}}'.encode()) for text in spellings} == {f'{{"a":{expected}}}'.encode()}


@given(numbers)
def test_no_digit_is_lost(number: Decimal) -> None:
    assert json.loads(canonical(str(number).encode()), parse_float=Decimal, parse_int=Decimal) == number


@given(numbers, numbers)
def test_different_numbers_are_written_differently(one: Decimal, other: Decimal) -> None:
    alike = canonical(str(one).encode()) == canonical(str(other).encode())
    assert alike == (one == other)


@given(plain)
def test_writing_again_changes_nothing(data: dict[str, Any] | list[Any] | list[str] | None) -> None:
    once = canonical(orjson.dumps(data))
    assert canonical(once) == once
    assert json.loads(once) == data


def test_keys_are_sorted_and_spaces_gone() -> None:
    assert canonical(b'{"b": [1, {"d": 2, "c": 3}],\n "a": "x y"}') == b'{"a":"x y","b":[1,{"c":3,"d":2}]}'


def test_escapes_do_not_matter() -> None:
    assert canonical(b'{"a":"\\u5f20"}') == canonical('{"a":"张"}'.encode())


@pytest.mark.parametrize(
    "text", [b"", b"{", b"NaN", b"1e400", b"1e99999999999", b"[" * 300 + b"1.5" + b"]" * 300]
)
def test_what_has_no_canonical_form_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(text)


def test_each_part_of_the_content_is_in_the_fingerprint() -> None:
    parts = ("a.b", "s", 1, "370811", b"{}")
    changed = [("a.c", *parts[1:]), ("a.b", "t", *parts[2:]), ("a.b", "s", 2, *parts[3:]),
               (*parts[:3], "370812", b"{}"), (*parts[:4], b"")]  # fmt: skip
    found = {fingerprint(*parts), *(fingerprint(*other) for other in changed)}
    assert len(found) == 6
    assert all(0 <= each < 2**64 for each in found)


def test_the_fingerprint_is_the_same_on_every_machine_and_release() -> None:
    found = fingerprint("civil-affairs.elder", "e-1", 1_682_899_933_000_000, "370811", b'{"listed":true}')
    assert found == 12353235319261056878

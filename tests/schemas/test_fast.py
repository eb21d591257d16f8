"""Structs made from models: what they accept, the models accept."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from schemas.canonical import canonical
from schemas.fast import Untranslatable, twin


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Everything(Strict):
    """Each construct that can be translated."""

    flag: bool
    count: Annotated[int, Field(ge=0, le=100)]
    between: Annotated[int, Field(gt=-5, lt=5)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=5)] = "?"
    code: Annotated[str, Field(pattern=r"^\d{2}$")] | None = None
    kind: Literal["urban", "rural"] = "urban"
    on: date | None = None
    yuan: Annotated[Decimal, Field(ge=0, lt=1000, max_digits=6, decimal_places=2)] | None = None
    score: Decimal | None = Field(default=None, gt=0, le=100)


VALUES = [
    "true", "false", "null", "0", "1", "5", "-5", "100", "101", "-1", "-0", "1.0", "1e2", "0.5", "87.50", "87.505",
    "999.99", "1000", "999.990", "100.00", "0.10000000000000000001", "12345678901234567.89", "123456789012345678901",
    '"a"', '""', '"12"', '"12\\n"', '"123"', '"١٢"', '"五个字的名"', '"六个字的名字"', '"urban"', '"rural"', '"2023-06-01"',
    '"2023-6-1"', '"2023-06-01T00:00:00"', '"2023-02-30"', '"12.5"', '"NaN"', '"Infinity"', "[]", "{}", "1e400",
]  # fmt: skip
fields = st.dictionaries(
    st.sampled_from([*Everything.model_fields, "other"]), st.sampled_from(VALUES), max_size=5
)


@given(st.booleans(), st.integers(0, 100), fields)
def test_what_the_struct_accepts_the_model_accepts_alike(
    flag: bool, count: int, others: dict[str, Any]
) -> None:
    values = {"flag": str(flag).lower(), "count": str(count)} | others
    text = b"{%b}" % ",".join(f'"{name}":{value}' for name, value in values.items()).encode()
    made = twin(Everything)
    try:
        data = msgspec.json.decode(text, type=made.struct)
    except msgspec.DecodeError:
        return
    if all(bound.holds(getattr(data, bound.name)) for bound in made.bounds):
        model = Everything.model_validate_json(canonical(text))
        for name in Everything.model_fields:
            assert getattr(data, name) == getattr(model, name)
            assert type(getattr(data, name)) is type(getattr(model, name))


@pytest.mark.parametrize(
    "text",
    [
        b'{"flag":true,"count":7}',
        b'{"flag":true,"count":7,"between":4,"name":"n","code":"07","kind":"rural","on":"2023-06-01"}',
        b'{"flag":false,"count":0,"yuan":999.99,"score":100}',
        b'{"flag":false,"count":0,"yuan":0,"score":0.1,"on":null}',
    ],
)
def test_plain_data_takes_the_fast_way(text: bytes) -> None:
    made = twin(Everything)
    data = msgspec.json.decode(text, type=made.struct)
    assert all(bound.holds(getattr(data, bound.name)) for bound in made.bounds)


def fails(model: type[BaseModel], text: bytes) -> bool:
    with pytest.raises(ValidationError):
        model.model_validate_json(text)
    return True


@pytest.mark.parametrize(
    "text",
    [
        b'{"flag":true,"count":-1}',
        b'{"flag":true,"count":101}',
        b'{"flag":1,"count":1}',
        b'{"flag":true,"count":1,"between":5}',
        b'{"flag":true,"count":1,"name":""}',
        b'{"flag":true,"count":1,"code":"07\\n"}',
        b'{"flag":true,"count":1,"kind":"town"}',
        b'{"flag":true,"count":1,"more":1}',
        b'{"flag":true}',
    ],
)
def test_what_the_model_refuses_the_struct_refuses(text: bytes) -> None:
    assert fails(Everything, text)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=twin(Everything).struct)


def model(annotation: Any, **config: Any) -> type[BaseModel]:
    settings = {"strict": True, "extra": "forbid"} | config
    return type("Made", (BaseModel,), {"__annotations__": {"field": annotation}, "model_config": settings})


class Validated(Strict):
    count: int

    @field_validator("count")
    @classmethod
    def even(cls, value: int) -> int:
        return value


class Aliased(Strict):
    count: int = Field(alias="number")


class Made(Strict):
    names: str = Field(default_factory=str)


@pytest.mark.parametrize(
    "untranslatable",
    [
        model(int, strict=False),
        model(int, extra="ignore"),
        model(str, str_strip_whitespace=True),
        model(float),
        model(list[int]),
        model(int | str),
        model(Any),
        model(Annotated[int, Field(multiple_of=5)]),
        model(Annotated[str, Field(pattern="[a-z]")]),
        model(Annotated[str, Field(pattern=r"^\w+$")]),
        model(Annotated[Decimal, Field(allow_inf_nan=True)]),
        Validated,
        Aliased,
        Made,
    ],
)
def test_what_cannot_be_translated_is_an_error_at_the_start(untranslatable: type[BaseModel]) -> None:
    with pytest.raises(Untranslatable, match=untranslatable.__name__):
        twin(untranslatable)


def test_only_short_integers_are_canonical_as_they_are() -> None:
    assert twin(model(Annotated[int, Field(ge=0, le=100)])).integers
    assert twin(model(Annotated[int, Field(ge=0, le=100)] | None)).integers
    assert twin(model(str)).integers
    assert not twin(model(Annotated[int, Field(ge=0)])).integers
    assert not twin(model(int | None)).integers
    assert not twin(model(Decimal)).integers

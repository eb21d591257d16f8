"""Which region codes exist."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.regions import Regions, level
from tests.schemas.messages import REGIONS


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("370800", "city"),
        ("370811", "county"),
        ("370871", "county"),
        ("370811001", "town"),
        ("370811001002", "place"),
    ],
)
def test_codes_that_exist(code: str, where: str) -> None:
    assert REGIONS.fault(code) is None
    assert level(code) == where


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "统计用区划代码"),
        ("3708", "统计用区划代码"),
        ("37081100", "统计用区划代码"),
        ("3708110010021", "统计用区划代码"),
        ("37081a", "统计用区划代码"),
        ("３７０８１１", "统计用区划代码"),
        ("37081²", "统计用区划代码"),
        (" 370811", "统计用区划代码"),
        ("370811\n", "统计用区划代码"),
        ("任城区", "统计用区划代码"),
        ("110101", "下辖县"),
        ("370899", "下辖县"),
        ("370800001", "下辖县"),
        ("370811000", "不补 0"),
        ("370811000002", "不补 0"),
        ("370811001000", "不补 0"),
        ("370811000000", "不补 0"),
    ],
)
def test_codes_that_do_not_exist_and_what_was_expected(code: str, expected: str) -> None:
    assert expected in (REGIONS.fault(code) or "")


def test_another_citys_code_is_answered_with_the_citys_counties() -> None:
    fault = REGIONS.fault("110101") or ""
    assert all(county.code in fault for county in REGIONS.counties)


def city(**changes: Any) -> tuple[dict[str, Any], dict[str, str]]:
    county = {"code": "370811", "zh": "任城区", "en": "Rencheng", "kind": "statutory"}
    whole = {"code": "370800", "zh": "济宁市", "en": "Jining", "zone": "Asia/Shanghai", "counties": [county]}
    return whole | changes, county


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zone": "Asia/Jining"}, "no IANA time zone"),
        ({"code": "370811"}, "code"),
        ({"counties": [city()[1], city()[1]]}, "370811 given more than once"),
        ({"counties": [city()[1] | {"code": "110101"}]}, "110101 expected to begin with 3708"),
        ({"counties": [city()[1] | {"code": "370800"}]}, "370800 expected to begin with"),
        ({"counties": [city()[1] | {"kind": "other"}]}, "kind"),
    ],
)
def test_a_file_that_contradicts_itself(changes: dict[str, Any], message: str) -> None:
    assert Regions.model_validate(city()[0])
    with pytest.raises(ValidationError, match=message):
        Regions.model_validate(city(**changes)[0])

"""Words pydantic's errors for the department's engineer: the first one in full, the others by name."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from schemas.masking import mask_value
from schemas.refusals import EXPLANATIONS, Reason, Refused

_WORDS = {
    "missing": "必需的字段",
    "extra_forbidden": "没有这个字段",
    "int_type": "整数",
    "int_from_float": "整数",
    "int_parsing": "整数",
    "int_parsing_size": "大小合理的整数",
    "string_type": "文本",
    "bool_type": "true 或 false",
    "decimal_type": "JSON 数字，不加引号",
    "decimal_parsing": "数字",
    "finite_number": "大小合理的数字",
    "date_type": "日期，例如 2023-06-01",
    "date_parsing": "日期，例如 2023-06-01",
    "date_from_datetime_parsing": "日期，例如 2023-06-01",
    "date_from_datetime_inexact": "不带时刻的日期，例如 2023-06-01",
    "greater_than_equal": "不小于 {ge}",
    "greater_than": "大于 {gt}",
    "less_than_equal": "不大于 {le}",
    "less_than": "小于 {lt}",
    "literal_error": "{expected} 之一",
    "string_too_short": "至少 {min_length} 个字的文本",
    "string_too_long": "至多 {max_length} 个字的文本",
    "string_pattern_mismatch": "符合 {pattern} 的文本",
    "decimal_max_digits": "至多 {max_digits} 位数字",
    "decimal_max_places": "至多 {decimal_places} 位小数",
    "decimal_whole_digits": "整数部分至多 {whole_digits} 位",
    "model_type": "JSON 对象",
}

_NUMBERS = (int, float, Decimal)


def refused(errors: Sequence[ErrorDetails], model: type[BaseModel]) -> Refused:
    """The refusal for a model's errors. A wrong field comes first, then a missing one, then an unknown
    one."""
    ranked = sorted(errors, key=lambda error: _RANK.get(error["type"], 0))
    first, others = ranked[0], ranked[1:]
    reason = _reason(first)
    field = path(first)
    shown = "无" if reason is Reason.MISSING_FIELD else _value(first, model)
    hint = EXPLANATIONS[reason].todo_zh
    if others:
        hint += f"。另有 {len(others)} 处：{'、'.join(path(error) for error in others[:5])}"
    return Refused(reason, field, shown, _expected(first, model), hint)


_RANK = {"missing": 1, "extra_forbidden": 2}


def path(error: ErrorDetails) -> str:
    """Where an error lies, from `data` on."""
    return ".".join(["data", *(mask_value(str(part)) for part in error["loc"])])


def _reason(error: ErrorDetails) -> Reason:
    if error["type"] == "missing":
        return Reason.MISSING_FIELD
    if error["type"] == "extra_forbidden":
        return Reason.UNKNOWN_FIELD
    value = error["input"]
    too_small = error["type"] in ("greater_than_equal", "greater_than")
    if too_small and isinstance(value, _NUMBERS) and value < 0:
        return Reason.NEGATIVE
    return Reason.BAD_FIELD


def _expected(error: ErrorDetails, model: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden":
        return f"这一版的字段：{'、'.join(model.model_fields)}"
    context: dict[str, Any] = {
        name: str(value).replace(" or ", "、") for name, value in error.get("ctx", {}).items()
    }
    words = _WORDS.get(error["type"])
    return words.format_map(context) if words else error["msg"]


def _value(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The value, masked; masked entirely if the field is free text or unknown."""
    field = model.model_fields.get(str(error["loc"][0])) if error["loc"] else None
    free = field is None or (field.annotation is not None and "str" in _names(field.annotation))
    return mask_value(error["input"], text=free)


def _names(annotation: Any) -> set[str]:
    """Names of the plain types in an annotation."""
    arguments = getattr(annotation, "__args__", ())
    if not arguments:
        return {getattr(annotation, "__name__", "")}
    return {name for argument in arguments for name in _names(argument)}

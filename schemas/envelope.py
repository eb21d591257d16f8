"""CloudEvents 1.0 on Kafka: from headers and value to attributes and data, in both modes.

Rules: CloudEvents 1.0.2 (`spec.md`, `formats/json-format.md`, `bindings/kafka-protocol-binding.md`). The
rules for any CloudEvent are here; the further rules for ours are in `schemas.judge`.
"""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple

import orjson

from schemas.canonical import Repeated, dumps, exact
from schemas.event import Message
from schemas.look_alikes import named, odd
from schemas.masking import MASK, mask_runs, mask_value
from schemas.refusals import Reason, Refused

CHARSETS = ("utf-8", "utf8", "us-ascii")
STRUCTURED = "application/cloudevents+json"
JSON = "application/json"

Headers = list[tuple[str, bytes | None]]


class Envelope(NamedTuple):
    """A well-formed CloudEvent.

    Attribute values are str, int or bool as JSON has them in structured mode, and all str in binary mode.
    `data` is the bytes of JSON text: canonical if it was the `data` of a structured message, else not yet
    parsed; None if the event has no data.
    """

    attributes: dict[str, Any]
    data: bytes | None
    binary: bool


def open_envelope(message: Message, *, kept: bool = False) -> Envelope:
    """The envelope of a message. Raises Refused.

    `kept`: the spelling of the source is not checked, because it was judged before.
    """
    headers: Headers = list(message.headers or ())
    binary = any(name.startswith("ce_") for name, _ in headers)
    if message.value is None and not binary:
        raise Refused(Reason.NULL_VALUE, "", "null", "一个 CloudEvents 事件")
    value = message.value or b""
    content_type = _content_type(headers)
    media, charset = media_type(content_type or "")
    if media.startswith("application/cloudevents"):
        if media.startswith("application/cloudevents-batch"):
            raise Refused(Reason.BATCH_MODE, "content-type", mask_value(media), STRUCTURED)
        if media != STRUCTURED or charset not in CHARSETS:
            raise Refused(Reason.CONTENT_TYPE, "content-type", mask_value(content_type), STRUCTURED)
        envelope = _structured(value)
    elif binary:
        if content_type is not None:
            _check_data_type("content-type", content_type)
        envelope = Envelope(_from_headers(headers, content_type), value or None, binary=True)
    else:
        raise _unmarked(headers, content_type, value)
    _check(envelope.attributes, kept)
    return envelope


def media_type(content_type: str) -> tuple[str, str]:
    """Media type and charset (utf-8 where none is named) of a content type, in lower case."""
    media, *parameters = content_type.lower().split(";")
    charset = "utf-8"
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            charset = value.strip().strip('"')
    return media.strip(), charset


_needs_care = re.compile(rb"[0-9][.eE]|[0-9]{18}").search
"""Finds numbers that orjson may not keep or write as `exact` does: fractions, exponents, more than 64
bits. A digit before a point inside a string gives a false alarm, which costs time only."""


class Parsed(NamedTuple):
    """JSON text as plain values, and as values that `dumps` writes canonically."""

    plain: Any
    exact: Any


def parse(value: bytes, path: str = "") -> Parsed:
    """Read JSON text. Raises Refused if it is not UTF-8, not JSON, nested too deep, or repeats a key.

    `path` is where the text lies in the message; empty if it is the whole value.
    """
    try:
        value.decode()
    except UnicodeDecodeError as error:
        where = f"第 {error.start + 1} 个字节 0x{value[error.start]:02x}"
        raise Refused(Reason.NOT_UTF8, "", where, "UTF-8 编码", _gbk(value)) from None
    if value.startswith(b"\xef\xbb\xbf"):
        raise Refused(Reason.NOT_UTF8, "", "开头的 BOM(ef bb bf)", "不带 BOM 的 UTF-8")
    try:
        plain = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise _not_json(value, error) from None
    try:
        written = dumps(plain)  # raises ValueError if nested too deep for what follows
        if written == value and not _needs_care(value):
            return Parsed(plain, plain)
        return Parsed(plain, exact(value))
    except Repeated as error:
        raise _repeated(error, path) from None
    except ValueError as error:
        raise Refused(Reason.NOT_JSON, path, str(error), "嵌套和数字大小合理的 JSON") from None


def _not_json(value: bytes, error: orjson.JSONDecodeError) -> Refused:
    if "depth" in error.msg or "memory" in error.msg:
        return Refused(Reason.NOT_JSON, "", f"第 {error.colno} 列：嵌套太深", "嵌套和数字大小合理的 JSON")
    cut = "内容在末尾中断，可能被截断" if error.pos >= len(value.decode().rstrip()) - 1 else ""
    hint = _look_alike(value) or cut
    where = f"第 {error.lineno} 行第 {error.colno} 列：{error.msg}" if value else "空内容"
    return Refused(Reason.NOT_JSON, "", where, "完整的 JSON", hint)


def _repeated(error: Repeated, path: str) -> Refused:
    where = ".".join([*([path] if path else []), *map(mask_value, error.path[:20])])
    free = bool(path) or error.path[0] == "data"
    shown = "、".join(_shown(each, free) for each in error.values[:5])
    return Refused(Reason.REPEATED_KEY, where, shown, "每个键只出现一次")


def _shown(value: Any, free: bool) -> str:
    """A value of a repeated key, masked; numbers come as text."""
    number = isinstance(value, str) and _NUMBER.fullmatch(value)
    return mask_value(value, text=free and not number)


_NUMBER = re.compile(r"-?[0-9][0-9.eE+\-]*")


def _look_alike(value: bytes) -> str:
    """A hint at what writes text that only looks like JSON; empty if there is none."""
    if value.startswith(b"[object "):
        return "JavaScript 把对象直接转成了文本：用 JSON.stringify"
    if value.startswith((b"{'", b"[{'")):
        return "这是 Python 的 str(dict)，不是 JSON：用 json.dumps"
    return ""


def _gbk(value: bytes) -> str:
    try:
        value.decode("gbk")
    except UnicodeDecodeError:
        return ""
    return "内容看来是 GBK 编码：发布前转成 UTF-8"


def _structured(value: bytes) -> Envelope:
    event, exactly = parse(value)
    if not isinstance(event, dict):
        raise Refused(Reason.NOT_JSON, "", mask_value(event), "一个 JSON 对象（一个 CloudEvents 事件）")
    data, encoded = event.pop("data", None), event.pop("data_base64", None)
    attributes = {name: given for name, given in event.items() if given is not None}  # null: not set
    if "datacontenttype" in attributes:
        _check_data_type("datacontenttype", attributes["datacontenttype"])
    if encoded is not None:
        if data is not None:
            shown = f"data {mask_value(data, text=True)}、data_base64 {mask_value(encoded, text=True)}"
            raise Refused(Reason.BAD_DATA, "data_base64", shown, "data 和 data_base64 只能有一个")
        return Envelope(attributes, _decoded(encoded), binary=False)
    return Envelope(attributes, None if data is None else dumps(exactly["data"]), binary=False)


def _decoded(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError):
        raise Refused(Reason.BAD_DATA, "data_base64", mask_value(encoded, text=True), "Base64 文本") from None


def _check_data_type(field: str, content_type: Any) -> None:
    media, charset = media_type(content_type) if isinstance(content_type, str) else ("", "")
    if media != JSON or charset not in CHARSETS:
        raise Refused(Reason.CONTENT_TYPE, field, mask_value(content_type), JSON)


# --- Headers ---


def _content_type(headers: Headers) -> str | None:
    found = [value for name, value in headers if name == "content-type"]
    if len(found) > 1:
        shown = "、".join(mask_value(_readable(value)) for value in found[:5])
        raise Refused(Reason.BAD_HEADER, "content-type", f"出现 {len(found)} 次：{shown}", "只出现一次")
    return _text("content-type", found[0]) if found else None


def _from_headers(headers: Headers, content_type: str | None) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for header, value in headers:
        if header.startswith("ce_"):
            name = header[3:]
            if name in attributes:
                given = [_readable(value) for other, value in headers if other == header][:5]
                shown = f"出现多次：{'、'.join(map(mask_value, given))}"
                raise Refused(Reason.BAD_HEADER, _named(header), shown, "只出现一次")
            attributes[name] = _text(header, value)
    if (data_type := attributes.pop("datacontenttype", None)) is not None:
        _check_repetition(data_type, content_type)
    return attributes


def _check_repetition(data_type: str, content_type: str | None) -> None:
    """Some clients write the data's type twice: as content-type, where it belongs, and as an attribute.

    Raises Refused unless both are there and equal.
    """
    if content_type is None:
        raise Refused(
            Reason.BAD_HEADER,
            "ce_datacontenttype",
            mask_value(data_type),
            "写在 content-type 头里（Kafka 绑定）",
        )
    if media_type(data_type) != media_type(content_type):
        expected = f"与 content-type 头相同：{mask_value(content_type)}"
        raise Refused(Reason.BAD_HEADER, "ce_datacontenttype", mask_value(data_type), expected)


def _text(header: str, value: bytes | None) -> str:
    if value is None:
        raise Refused(Reason.BAD_HEADER, _named(header), "null", "UTF-8 文本")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        where = f"第 {error.start + 1} 个字节 0x{value[error.start]:02x}"
        raise Refused(Reason.BAD_HEADER, _named(header), where, "UTF-8 文本", _gbk(value)) from None


_NOT_ASCII = re.compile(r"[^ -~]+")


def _named(header: str) -> str:
    """A header's name, masked and cut short. Bytes that are not UTF-8 come as `\\xNN` from the transport."""
    return mask_runs(_NOT_ASCII.sub(MASK, header[:80]))


def _readable(value: bytes | None) -> str | None:
    """A header's value as text, whatever its bytes."""
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _unmarked(headers: Headers, content_type: str | None, value: bytes) -> Refused:
    """The refusal of a message without the marks of a CloudEvent: what it has, and what it should have.
    Recognises near misses."""
    hint = ""
    if value.lstrip()[:1] == b"{" and b'"specversion"' in value:
        given = "没有 content-type" if content_type is None else f"是 {mask_value(content_type)}"
        hint = (
            f"内容是一个完整的事件（结构化模式），消息头却{given}：把 content-type 写为 {STRUCTURED}。"
            "Python cloudevents 1.x 的 to_structured 会这样写：发送前改掉这个消息头，或改用 2.x"
        )
    if content_type is None:
        names = "、".join(_named(name) for name, _ in headers[:20]) or "无消息头"
        return Refused(Reason.NOT_CLOUDEVENTS, "", names, _marker(headers), hint)
    shown = f"content-type: {mask_value(content_type)}"
    return Refused(Reason.NOT_CLOUDEVENTS, "", shown, _marker(headers), hint)


def _marker(headers: Headers) -> str:
    """What would have marked the message as a CloudEvent, with advice on near misses."""
    for name, _ in headers:
        if name != "content-type" and name.lower() == "content-type":
            return "消息头名为小写的 content-type，值为 " + STRUCTURED
        if name.lower().startswith(("ce-", "ce_", "cloudevents")):
            return f"以小写 ce_ 开头的消息头（Kafka 绑定用下划线），不是 {_named(name)}"
    return f"content-type: {STRUCTURED}，或 ce_ 开头的消息头"


# --- Attributes ---

_NAME = re.compile(r"[a-z0-9]+")
_LAST = "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
_FORBIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_LAST}]")
"""Control characters, surrogates, and what Unicode calls noncharacters."""
_CHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_FIRST = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})"
_HOST = (
    r"(?:\[(?:[0-9A-Fa-f:.]+|v[0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]"
    r"|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
)
_AUTHORITY = rf"//(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{{2}})*@)?{_HOST}(?::[0-9]*)?(?:/{_CHAR}*)*"
_URI_REFERENCE = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+\-.]*:(?:{_AUTHORITY}|/?(?:{_CHAR}+(?:/{_CHAR}*)*)?)"
    rf"|{_AUTHORITY}|/(?:{_CHAR}+(?:/{_CHAR}*)*)?|(?:{_FIRST}+(?:/{_CHAR}*)*)?)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:#(?:{_CHAR}|[/?])*)?"
)
"""URI-reference of RFC 3986, 4.1; it is not fully checked that the text between brackets is an IPv6
address."""
_INT32 = 1 << 31


def _check(attributes: dict[str, Any], kept: bool) -> None:
    for name, value in attributes.items():
        _check_attribute(name, value)
    if (specversion := attributes.get("specversion")) is None:
        raise Refused(Reason.MISSING_ATTRIBUTE, "specversion", "无", '"1.0"')
    if specversion != "1.0":
        raise Refused(Reason.SPECVERSION, "specversion", mask_value(specversion), '"1.0"')
    for name in ("id", "source", "type"):
        if name not in attributes:
            raise Refused(Reason.MISSING_ATTRIBUTE, name, "无", "非空文本")
        if not isinstance(attributes[name], str) or not attributes[name]:
            raise Refused(Reason.BAD_ATTRIBUTE, name, mask_value(attributes[name]), "非空文本")
    if not kept:
        _check_source(attributes["source"])


def _check_source(source: str) -> None:
    check_plain("source", source)
    if not is_uri_reference(source):
        expected = "URI 引用，例如 //minzheng.jining/elders；中文须用 %XX 转义"
        raise Refused(Reason.BAD_ATTRIBUTE, "source", mask_value(source), expected)


def check_plain(name: str, text: str) -> None:
    """Refuse an identifier that would look like another one. Raises Refused."""
    if found := odd(text):
        raise Refused(Reason.LOOK_ALIKE, name, f"{mask_value(text)}（{found}）", found.expected)


def _check_attribute(name: str, value: Any) -> None:
    """Check an attribute's name, and its value's type: CloudEvents String, Integer (32 bits) or Boolean.
    Raises Refused."""
    if not _NAME.fullmatch(name) or name == "data":
        raise Refused(Reason.BAD_ATTRIBUTE, _named(name), mask_value(value), "属性名只含小写字母和数字")
    if isinstance(value, str):
        if found := _FORBIDDEN.search(value):
            shown = f"{mask_value(value)}（第 {found.start() + 1} 个字是 {named(found[0])}）"
            raise Refused(Reason.BAD_ATTRIBUTE, mask_value(name), shown, "不含控制字符的文本")
    elif not isinstance(value, int) or not -_INT32 <= value < _INT32:
        raise Refused(Reason.BAD_ATTRIBUTE, mask_value(name), mask_value(value), "文本、32 位整数或布尔值")


def is_uri_reference(text: str) -> bool:
    """Whether text is a non-empty URI-reference of RFC 3986."""
    return bool(text) and _URI_REFERENCE.fullmatch(text) is not None

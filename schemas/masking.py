"""Masks what may be personal data in refused messages before they are stored or shown.

A department's engineer must recognise the message, not the person in it: keys, numbers, codes and times stay,
other text is masked. Nothing here raises, whatever the bytes.
"""

from __future__ import annotations

import re
from decimal import Decimal
from unicodedata import decimal, normalize

from schemas.look_alikes import INVISIBLE

MASK = "***"

STRUCTURAL = frozenset({
    "specversion", "id", "source", "type", "subject", "time", "recordedtime", "datacontenttype", "dataschema",
    "region", "revision", "void",
})  # fmt: skip
"""Keys whose text is not personal, as long as it looks like a code and not like a person's name."""

_DIGITS = re.compile(r"(?<!\d)(?:\+ ?)?\d(?:[ \-‐-―]?\d){10,}[ -]?[Xx]?")
_PHONE = re.compile(r"(?:0{0,2}86|0)?1[3-9]\d{9}")
_TOKEN = re.compile(
    r"""
      "(?P<key>(?:[^"\\]|\\.)*+)"(?P<colon>\s*+:\s*+)(?:"(?P<value>(?:[^"\\]|\\.)*+)(?P<end>"?))?
    | "(?P<text>(?:[^"\\]|\\.)*+)(?P<close>"?)
    | (?<![^\s{}\[\],:"])(?!(?:-?\d[\d.+\-eE]*+|true|false|null)(?![^\s{}\[\],:"]))[^\s{}\[\],:"]++
    | (?<=")[^\s{}\[\],:"]++
    """,
    re.VERBOSE | re.DOTALL,
)
"""A key with its text, another text, or what cannot be in JSON. Numbers, true, false, null and punctuation
lie between matches."""
_CODE = re.compile(r"[!-\[\]-~]*+(?:(?:(?<=[^A-Za-z ]) |(?<=[A-Za-z]) (?![A-Za-z]))[!-\[\]-~]++)*+")
"""Printable ASCII without the backslash, because an escape may spell anything. A space is allowed as in a
time or a content type, but not between two letters, as in a name."""
_UNSEEN = re.compile(rf"[\x00-\x1f\x7f-\x9f]|^\s|\s$|{INVISIBLE.pattern}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")


def mask_payload(payload: bytes | None, limit: int = 2000) -> str:
    """A refused message's value as text of at most `limit` characters.

    In JSON the keys, numbers and structural codes stay. All other text, and what is not JSON at all, is
    masked.
    """
    if not payload:
        return ""
    window = payload[: 4 * limit].decode("utf-8", "replace")
    if len(payload) > 4 * limit:
        window = window.rstrip("0123456789-+.Xx")
    masked = _mask_json(window)
    whole = len(payload) <= 4 * limit and len(masked) <= limit
    return masked if whole else _cut(masked, limit, f"…({len(payload)} B)")


def mask_value(value: object, limit: int = 80, *, text: bool = False) -> str:
    """One offending value as text of at most `limit` characters.

    Text that looks like a code stays, so that a misspelt one can be recognised, unless the field is free
    `text`, such as a name. Invisible characters in it are shown as `<U+200B>`.
    """
    if isinstance(value, str):
        shown = _code(value[: 4 * limit]) if value and not text else MASK if value else ""
    elif value is None or isinstance(value, bool):
        shown = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, int | float | Decimal):
        shown = _bounded(value)
    elif isinstance(value, bytes):
        return mask_payload(value, limit)
    else:
        shown = "[…]" if isinstance(value, list | tuple) else "{…}"
    return _cut(mask_runs(shown[: 4 * limit]), limit, "…")


def _code(text: str) -> str:
    """The text if it is a code, even in full-width characters, with invisible characters spelt out; else
    the mask."""
    if _CODE.fullmatch(text):
        return text
    seen = normalize("NFKC", _UNSEEN.sub("", text))
    if not _CODE.fullmatch(seen) or mask_runs(seen) != seen:
        return MASK
    return _UNSEEN.sub(lambda unseen: f"<U+{ord(unseen[0]):04X}>", text)


def mask_runs(text: str) -> str:
    """Text with identity-card, bank-card and phone numbers masked; region codes and times stay."""
    return _DIGITS.sub(_mask_run, text) if len(text) > 10 else text


def _mask_run(run: re.Match[str]) -> str:
    digits = "".join(str(decimal(char)) for char in run[0] if char.isdecimal())  # full-width ones too
    personal = len(digits) >= 15 or _PHONE.fullmatch(digits) or run[0].startswith("+")
    return digits[:2] + MASK if personal else run[0]


def _mask_json(text: str) -> str:
    return mask_runs(_TOKEN.sub(_mask_token, text))


def _mask_token(token: re.Match[str]) -> str:
    key, value = token["key"], token["value"]
    if key is not None:
        name = key if not key or _KEY.fullmatch(key) else MASK
        if value is None:
            return f'"{name}"{token["colon"]}'
        keep = not value or (key in STRUCTURAL and _CODE.fullmatch(value))
        return f'"{name}"{token["colon"]}"{value if keep else MASK}{token["end"]}'
    if (string := token["text"]) is not None:
        return f'"{MASK if string else ""}{token["close"]}'
    return MASK


def _bounded(number: float | Decimal) -> str:
    """A number's digits, or an ellipsis: Python refuses to write integers of thousands of digits."""
    try:
        return str(number)
    except ValueError:
        return f"{'-' if number < 0 else ''}…"


def _cut(text: str, limit: int, ending: str) -> str:
    return text if len(text) <= limit else text[: max(0, limit - len(ending))] + ending

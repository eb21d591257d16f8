"""Refusals by the shard itself, as codes with parameters, and their texts in both languages.

The contract refuses a message for what it says. The shard refuses it for the partition in which it lies, for
its size if it must be forwarded, or because an operator set it aside. These refusals are plain data;
`rendered` makes the text when a dead letter is written.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import msgspec

from schemas.event import Refusal
from schemas.masking import mask_value
from schemas.refusals import EXPLANATIONS, Reason

Language = Literal["zh", "en"]


class Publisher(NamedTuple):
    """Who sent a message, according to its event."""

    source: str
    type: str


class Misplaced(msgspec.Struct, frozen=True):
    """The message was already forwarded in this log, and still is not in the partition of its subject."""

    reason: ClassVar[Reason] = Reason.MISPLACED
    sender: Publisher
    subject: str
    partition: int
    """The partition of its subject."""
    partitions: int


class TooLargeToForward(msgspec.Struct, frozen=True):
    """The message is in a wrong partition, and too large to be forwarded."""

    reason: ClassVar[Reason] = Reason.TOO_LARGE
    sender: Publisher
    size: int
    """Bytes, with key and headers."""
    limit: int
    partition: int
    """The partition of its subject."""
    partitions: int


class PutAside(msgspec.Struct, frozen=True):
    """An operator set the message aside."""

    reason: ClassVar[Reason] = Reason.SET_ASIDE
    why: str
    """In the operator's words."""


ShardRefusal = Misplaced | TooLargeToForward | PutAside

_RIGHT_PARTITION: dict[Language, str] = {
    "zh": "分区 {0.partition}（murmur2(subject) 对 {0.partitions} 取模）",
    "en": "partition {0.partition} (murmur2(subject) modulo {0.partitions})",
}
_SIZE: dict[Language, str] = {"zh": "{0.size} 字节", "en": "{0.size} bytes"}
_SMALL_ENOUGH: dict[Language, str] = {
    "zh": "至多 {0.limit} 字节，或发到" + _RIGHT_PARTITION["zh"],
    "en": "at most {0.limit} bytes, or published to " + _RIGHT_PARTITION["en"],
}


def rendered(refusal: ShardRefusal, language: Language = "zh") -> Refusal:
    """The refusal as a department's engineer reads it."""
    match refusal:
        case PutAside(why=why):
            explanation = EXPLANATIONS[refusal.reason]
            means = explanation.zh if language == "zh" else explanation.en
            return Refusal(refusal.reason, "", "", means, why)
        case Misplaced(sender=sender, subject=subject):
            expected = _RIGHT_PARTITION[language].format(refusal)
            return Refusal(refusal.reason, "key", mask_value(subject), expected, _move(language), *sender)
        case TooLargeToForward(sender=sender):
            size, expected = _SIZE[language].format(refusal), _SMALL_ENOUGH[language].format(refusal)
            return Refusal(refusal.reason, "", size, expected, _move(language), *sender)


def _move(language: Language) -> str:
    """What to do about a message in a wrong partition, whatever it is refused for."""
    explanation = EXPLANATIONS[Reason.MISPLACED]
    return explanation.todo_zh if language == "zh" else explanation.todo_en

"""What the shard itself refuses, by codes and parameters, and the texts of it in both languages.

The contract refuses what a message says; the shard refuses where it lies, how large it is once it must be sent on, and what
an operator put aside. It says so in plain data: `rendered` makes the text where a dead letter is written.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import msgspec

from schemas.event import Refusal
from schemas.masking import mask_value
from schemas.refusals import EXPLANATIONS, Reason

Language = Literal["zh", "en"]


class Sender(NamedTuple):
    """Whose message it is, as its event says."""

    source: str
    type: str


class Misplaced(msgspec.Struct, frozen=True):
    """The message was sent on once in this log, and still does not lie in the partition of its subject."""

    reason: ClassVar[Reason] = Reason.MISPLACED
    sender: Sender
    subject: str
    partition: int
    """The right one."""
    partitions: int


class TooLargeToForward(msgspec.Struct, frozen=True):
    """The message lies in a wrong partition, and is too large to be sent on."""

    reason: ClassVar[Reason] = Reason.TOO_LARGE
    sender: Sender
    size: int
    """Bytes, with key and headers."""
    limit: int
    partition: int
    """The right one."""
    partitions: int


class PutAside(msgspec.Struct, frozen=True):
    """An operator put the message aside."""

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
    explanation = EXPLANATIONS[refusal.reason]
    means, todo = (
        (explanation.zh, explanation.todo_zh) if language == "zh" else (explanation.en, explanation.todo_en)
    )
    match refusal:
        case PutAside(why=why):
            return Refusal(refusal.reason, "", "", means, why)
        case Misplaced(sender=sender, subject=subject):
            expected = _RIGHT_PARTITION[language].format(refusal)
            return Refusal(refusal.reason, "key", mask_value(subject), expected, todo, *sender)
        case TooLargeToForward(sender=sender):
            misplaced = EXPLANATIONS[
                Reason.MISPLACED
            ]  # that it lies in a wrong partition is what can be mended
            advice = misplaced.todo_zh if language == "zh" else misplaced.todo_en
            size = _SIZE[language].format(refusal)
            return Refusal(refusal.reason, "", size, _SMALL_ENOUGH[language].format(refusal), advice, *sender)

"""What the shard refuses, in both languages: the Chinese texts are those that stand in the tables of dead letters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import streams
from schemas.event import Refusal
from schemas.refusals import EXPLANATIONS, Reason
from streams.refusals import Misplaced, Publisher, PutAside, ShardRefusal, TooLargeToForward, rendered

SENDER = Publisher("//minzheng", "civil-affairs.elder-visit")
MISPLACED = EXPLANATIONS[Reason.MISPLACED]
REFUSALS: dict[str, tuple[ShardRefusal, Refusal, Refusal]] = {
    "misplaced": (
        Misplaced(SENDER, "elder-1", 3, 8),
        Refusal(
            "misplaced", "key", "elder-1", "分区 3（murmur2(subject) 对 8 取模）", MISPLACED.todo_zh, *SENDER
        ),
        Refusal(
            "misplaced", "key", "elder-1", "partition 3 (murmur2(subject) modulo 8)", MISPLACED.todo_en, *SENDER
        ),
    ),
    "too-large": (
        TooLargeToForward(SENDER, 1_050_000, 1_040_000, 3, 8),
        Refusal(
            "too-large", "", "1050000 字节", "至多 1040000 字节，或发到分区 3（murmur2(subject) 对 8 取模）",
            MISPLACED.todo_zh, *SENDER,
        ),
        Refusal(
            "too-large", "", "1050000 bytes",
            "at most 1040000 bytes, or published to partition 3 (murmur2(subject) modulo 8)",
            MISPLACED.todo_en, *SENDER,
        ),
    ),
    "set-aside": (
        PutAside("damaged on disk"),
        Refusal("set-aside", "", "", "平台无法读取或统计这条消息，由运维人员搁置", "damaged on disk"),
        Refusal(
            "set-aside", "", "", "the platform could not read or count the message: an operator put it aside",
            "damaged on disk",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("refusal", "zh", "en"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_speaks_both_languages(refusal: ShardRefusal, zh: Refusal, en: Refusal) -> None:
    assert rendered(refusal) == zh
    assert rendered(refusal, "en") == en
    assert refusal.reason == zh.reason == en.reason


def test_a_subject_is_masked() -> None:
    shown = rendered(Misplaced(SENDER, "370811195001011234", 3, 8)).value
    assert "195001011234" not in shown


def test_the_shard_holds_no_prose_of_departments() -> None:
    root = Path(streams.__path__[0])
    prose = {
        path.name for path in root.rglob("*.py") if re.search(r"[\u4e00-\u9fff]", path.read_text("utf-8"))
    }
    assert prose == {"refusals.py"}

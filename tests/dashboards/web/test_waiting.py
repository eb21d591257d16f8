from __future__ import annotations

import pytest

from dashboards.web.address import View
from dashboards.web.model.frame import DepartmentInfo
from dashboards.web.pages import waiting
from dashboards.web.pages.waiting import Progress
from dashboards.web.texts import say
from tests.dashboards.web.town import FRAME, TODAY

COUNTING = Progress(
    FRAME.plan, "counting", 0.5, 17.6, TODAY, 52_197, 104_394, 3_020.4,
    [(DepartmentInfo("sports", "体育局", "Sports Bureau"), 6)]
)  # fmt: skip


def _html(progress: Progress | None, lang: str = "zh", *, trouble: bool = False) -> str:
    view = View("/", "en" if lang == "en" else "zh")
    return "".join(piece.html for piece in waiting.pieces(progress, view, trouble=trouble)).replace(
        "\u00a0", " "
    )


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ["云川市行动方案", "6月30日", "第 181 天，共 365 天", "52 197 / 104 394 条", "3 020 条/秒", "约 18 秒",
                "体育局"]),
        ("en", ["Yunchuan's plan", "30 Jun", "Day 181 of 365", "52 197 of 104 394 events", "3 020 events/s", "about 18 s",
                "Sports Bureau"]),
    ],
)  # fmt: skip
def test_how_far_a_year_is(lang: str, words: list[str]) -> None:
    shown = _html(COUNTING, lang)
    assert [word for word in words if word not in shown] == []


def test_before_the_year_there_is_no_day_of_it() -> None:
    shown = _html(COUNTING._replace(day=None, seconds=None))
    assert "年初底数" in shown
    assert "第" not in shown


def test_minutes_are_not_told_in_seconds() -> None:
    assert "约 4 分钟" in _html(COUNTING._replace(seconds=250.0))


def test_one_step_is_the_present_one_and_those_before_are_done() -> None:
    for n, stage in enumerate(waiting.STAGES):
        steps = waiting.pieces(COUNTING._replace(stage=stage), View())[1].html
        assert steps.count('aria-current="step"') == 1
        assert steps.count(say("zh", "done")) == n
        present = steps[steps.index("aria-current") :]
        assert say("zh", stage) in present[: present.index("</li>")]


def test_the_pieces_are_the_same_at_every_stage() -> None:
    """A page that is shown renews what is in them; it makes none and takes none away."""
    keys = [
        [piece.key for piece in waiting.pieces(COUNTING._replace(stage=stage), View())]
        for stage in waiting.STAGES
    ]
    assert keys[0] == keys[1] == keys[2]


def test_without_a_year_under_way_it_says_what_is_missing() -> None:
    assert "pulse assess" in _html(None)
    assert "pulse assess" not in _html(None, trouble=True)
    assert "没有回答" in _html(None, trouble=True)

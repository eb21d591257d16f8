"""The page before there are lights: the progress of a simulated year, or what the board is waiting for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from dashboards.web import names, numerals
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.frame import DepartmentInfo, PlanInfo
from dashboards.web.parts import Piece, facts, panel
from dashboards.web.texts import say

Stage = Literal["begin", "counting", "judging"]
STAGES: Sequence[Stage] = ("begin", "counting", "judging")


class Progress(NamedTuple):
    """Progress of a year that is published and counted, then judged as a whole."""

    plan: PlanInfo
    stage: Stage = "begin"
    done: float = 0.0
    """The share of the stage that is done, 0…1."""
    seconds: float | None = None
    """Seconds left of the stage at the present speed; None: not known yet."""
    day: date | None = None
    """The day of the plan's year that is being counted; None: data from before its first day."""
    counted: int = 0
    """Number of messages counted, of `total`."""
    total: int = 0
    rate: float = 0.0
    """Recent messages a second."""
    sent: Sequence[tuple[DepartmentInfo, int]] = ()
    """Number of messages counted from each department."""


def title(progress: Progress | None, view: View) -> str:
    """The title of the browser's tab, which can be read while another tab is open."""
    if progress is None:
        return say(view.lang, "waiting")
    return f"{numerals.share(progress.done)} · {say(view.lang, progress.stage)}"


def pieces(progress: Progress | None, view: View, *, trouble: bool = False) -> list[Piece]:
    """All pieces of the page except the bar, which is moved instead of rendered again.

    Without a progress, no year is being replayed: then the page says what is missing. `trouble`: the database
    does not answer.
    """
    if progress is None:
        return [Piece("waiting", _missing(view, trouble=trouble), "section", "panel waiting")]
    return [
        Piece("title", _title(progress, view), "div", "title"),
        Piece("steps", _steps(progress, view), "section", "steps"),
        Piece("numbers", _numbers(progress, view), "section", "panel numbers", calm=True),
        Piece("sent", _sent(progress, view), "section", "panel sent"),
        Piece("about", tag("p", say(view.lang, "waiting_about"), class_="hint"), "div", "about"),
    ]


def _missing(view: View, *, trouble: bool) -> Html:
    return tag(
        "div",
        tag("h1", say(view.lang, "waiting")),
        tag("p", say(view.lang, "no_answer" if trouble else "starting"), role="status"),
        tag("p", say(view.lang, "renews"), class_="hint"),
    )


def _title(progress: Progress, view: View) -> Html:
    lang, plan = view.lang, progress.plan
    return tag(
        "div",
        tag("p", say(lang, "demo"), class_="over"),
        tag("h1", names.name(plan, lang)),
    )


def _steps(progress: Progress, view: View) -> Html:
    """The stages in order, with the present one marked."""
    now = STAGES.index(progress.stage)
    steps = []
    for n, stage in enumerate((*STAGES, "open")):
        state = "past" if n < now else "present" if n == now else "future"
        mark = tag("i", "✓" if n < now else str(n + 1), aria_hidden="true")
        name = tag("span", say(view.lang, stage))
        past = tag("span", say(view.lang, "done"), class_="away") if n < now else None
        steps.append(tag("li", mark, name, past, class_=state, aria_current="step" if n == now else None))
    return tag("ol", steps, role="list", aria_label=say(view.lang, "stages"))


_DOING: dict[Stage, str] = {"begin": "begin", "counting": "simulated_day", "judging": "counted_up_to"}


def _numbers(progress: Progress, view: View) -> Html:
    lang, plan = view.lang, progress.plan
    whole = (plan.due - plan.start).days + 1
    if progress.day is not None:
        gone = min(whole, (progress.day - plan.start).days + 1)
        big, small = numerals.day(progress.day, lang), say(lang, "day_of", day=gone, days=whole)
    elif progress.stage == "begin":
        big, small = say(lang, "getting_ready"), ""
    else:
        big, small = say(lang, "registers"), say(lang, "before_year")
    known = [
        ("counted", _counted(progress, view)),
        ("rate", say(lang, "per_second", n=numerals.amount(progress.rate)) if progress.stage == "counting" else ""),
        ("seconds_left", _left(progress, view)),
    ]  # fmt: skip
    return tag(
        "div",
        tag(
            "p",
            tag("span", say(lang, _DOING[progress.stage]), class_="over"),
            tag("b", big, class_="huge"),
            tag("span", small, class_="muted"),
            class_="simulated",
        ),
        facts([(say(lang, key), shown) for key, shown in known]),
    )


def _counted(progress: Progress, view: View) -> str:
    if not progress.total:
        return ""
    return say(
        view.lang, "of_messages", n=numerals.amount(progress.counted), of=numerals.amount(progress.total)
    )


def _left(progress: Progress, view: View) -> str:
    """The time left in words, rounded to seconds or minutes; empty if it is not known."""
    seconds = progress.seconds
    if seconds is None:
        return ""
    if seconds < 90:
        return say(view.lang, "about_seconds", n=max(1, round(seconds)))
    return say(view.lang, "about_minutes", n=round(seconds / 60))


def _sent(progress: Progress, view: View) -> Html:
    items = [
        tag("li", tag("span", names.name(department, view.lang)), tag("b", numerals.amount(n)))
        for department, n in progress.sent
    ]
    return panel(say(view.lang, "sent"), tag("ol", items, class_="senders"), hint=say(view.lang, "sent_hint"))

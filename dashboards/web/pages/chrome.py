"""The parts around every page: a header with the navigation, and a footer with the stream's health."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from dashboards.web import names, numerals
from dashboards.web.address import View
from dashboards.web.markup import Html, join, tag
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.texts import say


class Health(NamedTuple):
    """The stream's health: events a second, events waiting in Kafka (None: not known), and whether the
    database fails to answer (`trouble`)."""

    rate: float
    lag: int | None
    trouble: bool = False


def head(snapshot: Snapshot, view: View) -> Html:
    """The header: the city's name, links to the pages, and switches for language, theme and wall."""
    lang = view.lang
    plain = view._replace(query=())
    city = snapshot.frame.region[snapshot.city]
    pages = [("/", "overview"), (f"/county/{snapshot.frame.counties[0].code}", "counties"), ("/data", "data")]
    links = []
    for path, key in pages:
        here = view.path == path if path in ("/", "/data") else view.path.startswith("/county/")
        links.append(tag("a", say(lang, key), href=plain.url(path), aria_current="page" if here else None))
    other = view._replace(lang="en" if lang == "zh" else "zh")
    turned = view._replace(theme="light" if view.theme == "dark" else "dark")
    return join(
        tag("a", say(lang, "skip"), href="#content", class_="skip"),
        tag(
            "a",
            tag("span", "●", class_="seal", aria_hidden="true"),
            names.name(city, lang),
            href=plain.url("/"),
            class_="brand",
        ),
        tag("nav", links, aria_label=say(lang, "pages")),
        tag(
            "div",
            tag("a", say(lang, "other_language"), href=other.url(), lang="en" if lang == "zh" else "zh-CN"),
            tag("a", say(lang, turned.theme), href=turned.url()),
            tag("a", say(lang, "wall"), href=View("/", lang, "dark", wall=True).url(), class_="minor"),
            class_="switches",
        ),
    )


def foot(snapshot: Snapshot, view: View, health: Health, least: int = 0) -> Html:
    """The footer: date of the data, last event, events a second, lag. `least`: smallest group that a public board shows."""
    lang = view.lang
    zone = ZoneInfo(snapshot.frame.plan.zone)
    stream = snapshot.stream
    rate = numerals.amount(health.rate, 0 if health.rate >= 10 or not health.rate else 1)
    lag = (
        say(lang, "lag_unknown")
        if health.lag is None
        else say(lang, "messages", n=numerals.amount(health.lag))
    )
    pairs = [
        ("as_of", numerals.moment(stream.last, zone, lang)),
        ("last_event", numerals.moment(stream.last_event, zone, lang, snapshot.frame.plan.start.year)),
        ("rate", say(lang, "per_second", n=rate)),
        ("lag", lag),
    ]
    return tag(
        "div",
        tag("p", say(lang, "trouble"), class_="trouble", role="status") if health.trouble else None,
        tag("p", _unlit(snapshot, view), class_="trouble", role="status") if snapshot.unlit else None,
        tag("dl", [tag("div", tag("dt", say(lang, key)), tag("dd", shown)) for key, shown in pairs]),
        tag("p", say(lang, "public", n=least), class_="hint", title=say(lang, "hidden_why", n=least))
        if least > 1
        else None,
    )


NAMED = 3
"""The most indicators without a light that are named."""


def _unlit(snapshot: Snapshot, view: View) -> str:
    """A warning that some lights are missing, with their indicators."""
    indicators = sorted({indicator for indicator, _ in snapshot.unlit})
    return say(
        view.lang,
        "unlit",
        n=len(snapshot.unlit),
        of=len(snapshot.unlit) + len(snapshot.lights),
        names="、".join(indicators[:NAMED]) + ("…" if len(indicators) > NAMED else ""),
    )

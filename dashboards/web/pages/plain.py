"""Pages without figures."""

from __future__ import annotations

from dashboards.web.address import View
from dashboards.web.markup import tag
from dashboards.web.parts import Page, Piece
from dashboards.web.texts import say


def not_found(view: View) -> Page:
    """The page for an address that does not exist."""
    shown = tag(
        "div",
        tag("h1", say(view.lang, "not_found")),
        tag("p", say(view.lang, "not_found_text", path=view.path)),
        tag("p", tag("a", say(view.lang, "overview"), href=view.url("/"))),
    )
    return Page(say(view.lang, "not_found"), [Piece("title", shown, "div", "title")], found=False)

"""The board's addresses: the URL contains everything that determines what is shown, so that links can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple
from urllib.parse import quote, urlencode

Language = Literal["zh", "en"]
Theme = Literal["light", "dark"]


class View(NamedTuple):
    """A page address: path, language, theme, mode and query."""

    path: str = "/"
    lang: Language = "zh"
    theme: Theme = "light"
    wall: bool = False
    """For a wall screen: large, without header and navigation, and switching between its sheets."""
    query: tuple[tuple[str, str], ...] = ()
    """The page's own parameters: `region` and `status`."""

    @classmethod
    def of(cls, path: str, query: Mapping[str, str]) -> View:
        """The view that a request asks for; unknown values get their defaults."""
        wall = "wall" in query
        theme: Theme = "dark" if query.get("theme", "dark" if wall else "light") == "dark" else "light"
        own = tuple((key, value) for key, value in query.items() if key in ("region", "status"))
        return cls(path, "en" if query.get("lang") == "en" else "zh", theme, wall, own)

    def url(self, path: str | None = None, **query: str) -> str:
        """The address of a page in this language, theme and mode; without `path`, of this page with its own query."""
        own = dict(self.query) if path is None else {}
        asked = {**own, **query}
        if self.lang != "zh":
            asked["lang"] = self.lang
        if self.theme != ("dark" if self.wall else "light"):
            asked["theme"] = self.theme
        if self.wall:
            asked["wall"] = ""
        where = quote(self.path if path is None else path)
        return where + (f"?{urlencode(asked)}" if asked else "")

    def csv(self, table: str) -> str:
        """The address of a table of this page as CSV."""
        return self._replace(path="/csv" + self.path, theme="light", wall=False).url(table=table)

    def asked(self, key: str, default: str = "") -> str:
        """A parameter of the page's own query."""
        return dict(self.query).get(key, default)

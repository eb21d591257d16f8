"""Maps addresses to pages."""

from __future__ import annotations

import re

from dashboards.web.address import View
from dashboards.web.data import DoesNotAnswer
from dashboards.web.feed import Feed
from dashboards.web.pages import action, county, feeds, indicator, overview, plain, wall
from dashboards.web.parts import Page
from dashboards.web.shared import Shared

_PATH = re.compile(r"/(?P<page>action|indicator|county)/(?P<which>[\w.\-]+)")


KEPT = 64
"""The most pages kept for the present version. Viewers of the same page share it."""


class Router:
    """Renders each page once for each version of the feed, for all its viewers."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._version = -1
        self._drawn: Shared[View, Page] = Shared(KEPT)

    async def page(self, view: View) -> Page:
        """The page for a view, from the feed's snapshot. Raises DoesNotAnswer."""
        version = self.feed.version
        if version != self._version:
            self._version = version
            self._drawn.clear()
        return await self._drawn.get(view, lambda: _draw(self.feed, view))


async def _draw(feed: Feed, view: View) -> Page:
    snapshot = feed.snapshot
    if snapshot is None:
        raise DoesNotAnswer("no lights yet")
    frame = snapshot.frame
    if view.asked("region") and view.asked("region") not in frame.region:
        return plain.not_found(view)
    if view.path == "/":
        return wall.page(snapshot, view) if view.wall else overview.page(snapshot, view)
    if view.path == "/data":
        return feeds.page(snapshot, view, await feed.findings())
    found = _PATH.fullmatch(view.path)
    match found and (found["page"], found["which"]):
        case ("action", number) if number.isdecimal() and int(number) in frame.action:
            return action.page(snapshot, view, frame.action[int(number)])
        case ("county", code) if code in frame.region:
            return county.page(snapshot, view, frame.region[code])
        case ("indicator", name):
            light = snapshot.light.get((name, view.asked("region", snapshot.city)))
            if light is not None:
                return indicator.page(snapshot, view, light, await feed.course(light.indicator, light.region))
    return plain.not_found(view)

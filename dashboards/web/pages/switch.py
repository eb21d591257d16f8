"""The row of regions on pages that can show the city or one county."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.web import names
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.frame import Region
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.parts import region_query


def regions(snapshot: Snapshot, view: View, here: str, known: frozenset[str] | None = None) -> Html:
    """Links to this page for the city and each county. `known`: codes of the regions to list; None: all."""
    own = view._replace(query=()).url
    shown = [region for region in snapshot.frame.regions if known is None or region.code in known]
    return chips([(region, own(None, **region_query(snapshot, region.code))) for region in shown], here, view)


def chips(links: Iterable[tuple[Region, str]], here: str, view: View) -> Html:
    """A row of links, given as (region, address); `here` is the code of the present region."""
    items = [
        tag(
            "a",
            names.name(region, view.lang),
            href=address,
            aria_current="true" if region.code == here else None,
        )
        for region, address in links
    ]
    return tag("ul", [tag("li", item) for item in items], class_="chips")

"""The row of regions on pages that can show the city or one county."""

from __future__ import annotations

from dashboards.web import names
from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.model.snapshot import Snapshot


def regions(snapshot: Snapshot, view: View, here: str, known: frozenset[str] | None = None) -> Html:
    """Links to this page for the city and each county; `known`: those that have something to show."""
    items = []
    for region in snapshot.frame.regions:
        if known is not None and region.code not in known:
            continue
        plain = view._replace(query=())
        url = plain.url() if region.kind == "city" else plain.url(None, region=region.code)
        items.append(
            tag(
                "li",
                tag(
                    "a",
                    names.name(region, view.lang),
                    href=url,
                    aria_current="true" if region.code == here else None,
                ),
            )
        )
    return tag("ul", items, class_="chips")

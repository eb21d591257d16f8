"""Events that count for nobody and conflicts, on the data page: all that a department needs to mend them, and no more."""

from __future__ import annotations

import pytest

from dashboards.web.address import Language, View
from dashboards.web.model.findings import Findings
from dashboards.web.pages import feeds
from dashboards.web.pages.findings import conflicts_table, orphans_table
from dashboards.web.suppression import guarded_findings
from dashboards.web.tables import body, to_csv
from schemas.catalogue.links import KINDS
from tests.dashboards.web.town import CONFLICTS, ORPHANS, REFUSALS, snapshot

FOUND = Findings(REFUSALS, ORPHANS, CONFLICTS)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ("对象没有登记", "同一对象的 civil-affairs.elder", "月探访率", "编号像是每月重新开始")),
        ("en", ("subject on no roster", "of the same subject: civil-affairs.elder", "Elders visited", "starts again")),
    ],
)  # fmt: skip
def test_what_is_missing_and_what_would_have_moved(lang: Language, said: tuple[str, ...]) -> None:
    page = feeds.page(snapshot(), View(lang=lang), FOUND)
    shown = "".join(str(piece.html) for piece in page.pieces)
    for words in (*said, "elder-0", "civil-affairs/0/1", "2023-07-10T08:00:00+08:00"):
        assert words in shown
    assert "/indicator/a01.visits" in shown


def test_counties_are_added_up_and_the_most_comes_first() -> None:
    stations = ORPHANS[0]._replace(measure="stations", kind="place-unknown", events=40)
    table = orphans_table(snapshot(), View(), FOUND._replace(orphans=[*ORPHANS, stations]))
    assert [row[1].raw for row in table.rows] == [40, 6]


def test_what_counts_of_a_conflict_is_bold() -> None:
    table = conflicts_table(snapshot(), View(), FOUND)
    assert "<strong>civil-affairs/0/9: time 2023-07-10" in body(table, View())
    settled = conflicts_table(
        snapshot(), View(), FOUND._replace(conflicts=[CONFLICTS[0]._replace(stands=None)])
    )
    assert "已由更高的修订取代" in body(settled, View())
    assert "<strong>" not in body(settled, View())


def test_a_public_board_names_nobody() -> None:
    shown = guarded_findings(FOUND, 5)
    tables = (orphans_table(snapshot(), View(), shown), conflicts_table(snapshot(), View(), shown))
    said = "".join(body(table, View()) + to_csv(table).decode() for table in tables)
    assert "elder-0" not in said
    assert "elder-4" not in said
    assert "公开看板不列出" in said
    few = guarded_findings(FOUND._replace(orphans=ORPHANS[:1]), 5)
    assert "不足5" in body(orphans_table(snapshot(), View(), few), View())
    assert guarded_findings(FOUND, 0) == FOUND


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_is_missing(kind: object) -> None:
    one = ORPHANS[0]._replace(kind=kind.kind, kind_zh=kind.zh, kind_en=kind.en)  # type: ignore[attr-defined]
    for lang in ("zh", "en"):
        assert "civil-affairs.elder" in body(
            orphans_table(snapshot(), View(lang=lang), FOUND._replace(orphans=[one])), View()
        )
    city = one._replace(types=())
    assert "县" in body(orphans_table(snapshot(), View(), FOUND._replace(orphans=[city])), View())

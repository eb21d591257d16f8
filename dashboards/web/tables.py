"""Tables that can be shown as HTML and downloaded as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from dashboards.web.address import View
from dashboards.web.markup import Child, Html, tag
from dashboards.web.texts import say
from schemas.visible import visible

Raw = str | int | float | bool | date | datetime | None


class Column(NamedTuple):
    """A column. `numeric`: right-aligned, with digits of equal width. `hint`: tooltip of the heading."""

    title: str
    numeric: bool = False
    hint: str = ""
    minor: bool = False
    """Left out on narrow screens."""
    only: Literal["", "page", "csv"] = ""
    """Where it appears: "page" (such as a drawing), "csv" (such as a unit, which the page shows with each
    figure), or both if empty."""


class Cell(NamedTuple):
    """A cell: `shown` on the page, `raw` in the CSV. `head`: it is the heading of its row."""

    shown: Child
    raw: Raw
    class_: str = ""
    head: bool = False


@dataclass(frozen=True)
class Table:
    """Columns and rows. `key` names the table in the address of its CSV; `empty` is shown if there are no rows."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    hint: str = ""
    empty: str = ""
    class_: str = ""
    """CSS classes. `stack`: on narrow screens each row becomes a block whose cells show their column's title."""
    marked: frozenset[int] = field(default=frozenset())
    """Indices of highlighted rows."""


def html(table: Table, view: View) -> Html:
    """The table with its title and the link to its CSV."""
    return tag("div", heading(table.title, view, table.hint, table), body(table, view), class_="panel-in")


def titled(table: Table, view: View) -> Html:
    """The table with its title and the link to its CSV, without the padding of a box."""
    head = tag("div", tag("h2", table.title), csv_link(table, view), class_="panel-head")
    return tag("div", head, body(table, view))


def heading(title: str, view: View, hint: str = "", table: Table | None = None) -> Html:
    """A panel's title line, with a link to the CSV if `table` has rows."""
    return tag(
        "div",
        tag("h2", title),
        tag("p", hint, class_="hint") if hint else None,
        csv_link(table, view) if table is not None and table.rows else None,
        class_="panel-head",
    )


def csv_link(table: Table, view: View) -> Html:
    """The link that downloads a table."""
    label = say(view.lang, "csv_of", title=table.title)
    return tag(
        "a",
        say(view.lang, "csv"),
        href=view.csv(table.key),
        class_="csv",
        download=True,
        title=label,
        aria_label=label,
    )


def body(table: Table, view: View) -> Html:
    """The table itself, in a frame that scrolls if it is too wide."""
    if not table.rows:
        return tag("p", table.empty or "–", class_="empty")
    head = tag(
        "tr",
        [
            tag("th", column.title, scope="col", class_=_class(column), title=column.hint or None)
            for column in table.columns
            if column.only != "csv"
        ],
    )
    stacked = "stack" in table.class_
    rows = [
        tag("tr", [_cell(cell, column, stacked=stacked) for cell, column in zip(row, table.columns, strict=True)
                   if column.only != "csv"],
            class_="marked" if n in table.marked else None)
        for n, row in enumerate(table.rows)
    ]  # fmt: skip
    return tag(
        "div",
        tag("table", tag("caption", table.title, class_="away"), tag("thead", head), tag("tbody", rows)),
        class_=f"scroll {table.class_}".strip(), tabindex=0, role="region", aria_label=table.title,
    )  # fmt: skip


def _cell(cell: Cell, column: Column, *, stacked: bool) -> Html:
    classes = " ".join(filter(None, (_class(column), cell.class_))) or None
    if cell.head:
        return tag("th", cell.shown, scope="row", class_=classes)
    return tag("td", cell.shown, class_=classes, data_label=column.title if stacked else None)


def _class(column: Column) -> str | None:
    return (
        " ".join(word for word, is_so in (("number", column.numeric), ("minor", column.minor)) if is_so)
        or None
    )


def to_csv(table: Table) -> bytes:
    """The table as CSV for spreadsheets: UTF-8 with a byte order mark, figures with all digits, ISO dates."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    kept = [n for n, column in enumerate(table.columns) if column.only != "page"]
    writer.writerow([table.columns[n].title for n in kept])
    for row in table.rows:
        writer.writerow([_plain(row[n].raw) for n in kept])
    return out.getvalue().encode("utf-8-sig")


_RUN = tuple("=+-@＝＋－＠")


def _plain(raw: Raw) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, date | datetime):
        return raw.isoformat()
    if not isinstance(raw, str):
        return str(raw)
    text = visible(raw)
    # A spreadsheet would run such text as a formula, and some columns contain text that departments sent.
    return f"'{text}" if text[:1] in _RUN else text

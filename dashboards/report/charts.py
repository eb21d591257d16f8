"""Small charts as SVG text; pure functions of their data.

No chart relies on colour alone: each is placed beside the words and numbers that it shows, and has them as a
label for screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from markupsafe import Markup

INK, QUIET, PALE, BAND = "#1b2733", "#8a96a3", "#d5dbe1", "#eef2f6"


class Span(NamedTuple):
    """The time from `start` to `due` that a chart shows, and the quarter (`first` to `last`) within it."""

    start: date
    due: date
    first: date
    last: date

    def x(self, day: date, width: float) -> float:
        """The x coordinate of a day's end, 0 to `width`."""
        return width * ((day - self.start).days + 1) / ((self.due - self.start).days + 1)


class Bar(NamedTuple):
    """One bar: its name, value (None: no value), colour."""

    name: str
    value: float | None
    color: str


def course(
    points: Sequence[tuple[date, float | None, float | None]],
    span: Span,
    *,
    target: float | None,
    color: str,
    label: str,
    width: int = 132,
    height: int = 40,
) -> Markup:
    """A line of values by day, with the pace dashed, the target dotted and the quarter shaded.

    `points`: (day, value, pace). The last value has a dot in `color`.
    """
    known = [(day, value) for day, value, _ in points if value is not None]
    if not known:
        return _svg(width, height, "没有数据", [_label(width / 2, height / 2 + 3, "无数据", "middle")])
    paces = [(day, pace) for day, _, pace in points if pace is not None]
    low, high = _bounds(
        [*(v for _, v in known), *(p for _, p in paces), *([] if target is None else [target])]
    )
    top, bottom, right = 4.0, height - 4.0, width - 4.0

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    def line(pairs: Iterable[tuple[date, float]]) -> str:
        return " ".join(f"{span.x(day, right):.1f},{y(value):.1f}" for day, value in pairs)

    begins, ends = span.x(span.first, right), span.x(span.last, right)
    parts = [
        f'<rect x="{begins:.1f}" y="0" width="{ends - begins:.1f}" height="{height}" fill="{BAND}"/>',
        f'<line x1="0" y1="{bottom + 1.5}" x2="{right}" y2="{bottom + 1.5}" stroke="{PALE}" stroke-width="0.8"/>',
    ]
    if target is not None:
        parts.append(
            f'<line x1="0" y1="{y(target):.1f}" x2="{right}" y2="{y(target):.1f}" stroke="{QUIET}" stroke-width="0.8" '
            f'stroke-dasharray="1 2.2"/>'
        )
    if len(paces) > 1:
        parts.append(
            f'<polyline points="{line(paces)}" fill="none" stroke="{QUIET}" stroke-width="1" stroke-dasharray="4 2.5"/>'
        )
    parts.append(
        f'<polyline points="{line(known)}" fill="none" stroke="{INK}" stroke-width="1.5" stroke-linejoin="round"/>'
    )
    day, value = known[-1]
    parts.append(f'<circle cx="{span.x(day, right):.1f}" cy="{y(value):.1f}" r="2.8" fill="{color}"/>')
    return _svg(width, height, label, parts)


def periods(
    points: Sequence[tuple[date, float | None, float | None]],
    span: Span,
    *,
    target: float | None,
    label: str,
    width: int = 132,
    height: int = 40,
) -> Markup:
    """A bar for the value at the end of each month or quarter; bars within the report's quarter are dark.

    `points`: (day, value, pace). The target is dotted.
    """
    known = [value for _, value, _ in points if value is not None]
    if not known:
        return _svg(width, height, "没有数据", [_label(width / 2, height / 2 + 3, "无数据", "middle")])
    high = max([*known, *([] if target is None else [target]), 1e-9])
    bottom, right = height - 3.0, width - 4.0
    slot = right / 12
    parts = [f'<line x1="0" y1="{bottom}" x2="{right}" y2="{bottom}" stroke="{PALE}" stroke-width="0.8"/>']
    for day, value, _ in points:
        if value is None:
            continue
        tall = max(0.6, (bottom - 3) * value / high)
        mine = span.first <= day <= span.last
        left = slot * (day.month - 1 + 12 * (day.year - span.start.year)) + slot * 0.18
        parts.append(
            f'<rect x="{left:.1f}" y="{bottom - tall:.1f}" width="{slot * 0.64:.1f}" height="{tall:.1f}" '
            f'fill="{INK if mine else PALE}"/>'
        )
    if target is not None:
        level = bottom - (bottom - 3) * target / high
        parts.append(
            f'<line x1="0" y1="{level:.1f}" x2="{right}" y2="{level:.1f}" stroke="{QUIET}" stroke-width="0.8" '
            f'stroke-dasharray="1 2.2"/>'
        )
    return _svg(width, height, label, parts)


def counties(
    bars: Sequence[Bar], *, target: float | None, label: str, width: int = 104, height: int = 40
) -> Markup:
    """One bar for each county, in the given order and the colour of its status; the target is dotted."""
    known = [bar.value for bar in bars if bar.value is not None]
    if not known:
        return Markup("")
    high = max([*known, *([] if target is None else [target]), 1e-9])
    bottom = height - 3.0
    slot = width / len(bars)
    parts = [f'<line x1="0" y1="{bottom}" x2="{width}" y2="{bottom}" stroke="{PALE}" stroke-width="0.8"/>']
    for n, bar in enumerate(bars):
        if bar.value is None:
            continue
        tall = max(0.6, (bottom - 3) * max(0.0, bar.value) / high)
        parts.append(
            f'<rect x="{n * slot + slot * 0.15:.1f}" y="{bottom - tall:.1f}" width="{slot * 0.7:.1f}" '
            f'height="{tall:.1f}" fill="{bar.color}"/>'
        )
    if target is not None:
        level = bottom - (bottom - 3) * target / high
        parts.append(
            f'<line x1="0" y1="{level:.1f}" x2="{width}" y2="{level:.1f}" stroke="{INK}" stroke-width="0.7" '
            f'stroke-dasharray="1 2.2"/>'
        )
    return _svg(width, height, label, parts)


def shares(bars: Sequence[Bar], *, width: int = 680, height: int = 12) -> Markup:
    """A single bar divided in proportion to the values, in the given order."""
    total = sum(bar.value or 0 for bar in bars)
    if not total:
        return Markup("")
    parts, left = [], 0.0
    for bar in bars:
        wide = width * (bar.value or 0) / total
        if wide:
            parts.append(
                f'<rect x="{left:.1f}" y="0" width="{max(0.0, wide - 1.5):.1f}" height="{height}" fill="{bar.color}"/>'
            )
        left += wide
    label = "，".join(f"{bar.name} {bar.value:.0f}" for bar in bars if bar.value)
    return _svg(width, height, label, parts, "none")


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """The limits of the y axis: from 0, unless all values are so high that their changes could not be seen."""
    low, high = min(values), max(values)
    if low > 0.6 * high > 0:
        low -= (high - low) * 0.25
    elif low > 0:
        low = 0.0
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="9" fill="{QUIET}" text-anchor="{anchor}">{text}</text>'


def _svg(width: float, height: float, label: str, parts: Sequence[str], fit: str = "xMidYMid") -> Markup:
    head = Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}" preserveAspectRatio="{}">'
    ).format(label, width, height, width, height, fit)
    return head + Markup("".join(parts)) + Markup("</svg>")

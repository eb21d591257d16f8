"""The board's design as tokens: type scale, spacing, accent, light and dark. Status colours come from their view."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from dashboards.web.address import Theme
from dashboards.web.model.frame import Status

FONTS = '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Source Han Sans SC", system-ui, sans-serif'
"""Fonts that a city's machines usually have; none is downloaded."""


class Palette(NamedTuple):
    """All colours except those of statuses."""

    paper: str
    surface: str
    ink: str
    muted: str
    line: str
    accent: str
    on_accent: str


PALETTES: dict[Theme, Palette] = {
    "light": Palette("#F5F4F0", "#FFFFFF", "#1B2129", "#545E69", "#E2DFD8", "#1D4E7E", "#FFFFFF"),
    "dark": Palette("#0F141A", "#182029", "#E9ECEF", "#A2ADB8", "#2B3541", "#86B6E6", "#0F141A"),
}
"""Ink and muted have a contrast of at least 4.5 : 1 against paper and surface (a test measures it)."""

_SIZES = {"xs": 13, "s": 14, "m": 16, "l": 19, "xl": 23, "xxl": 30, "huge": 44}
"""The type scale in px, steps of about 1.2."""

_SPACE = {"1": 4, "2": 8, "3": 12, "4": 16, "5": 24, "6": 32, "7": 48}


def tokens(palette: Palette) -> str:
    """CSS variables of a palette and the scales."""
    colors = [f"--{name.replace('_', '-')}:{color}" for name, color in palette._asdict().items()]
    sizes = [f"--t-{name}:{size / 16}rem" for name, size in _SIZES.items()]
    space = [f"--g{name}:{size / 16}rem" for name, size in _SPACE.items()]
    return f":root{{{';'.join([*colors, *sizes, *space, f'--fonts:{FONTS}'])}}}"


def lamps(statuses: Sequence[Status], theme: Theme) -> str:
    """CSS classes `s-<status>` with a status's colour and a readable text colour on it."""
    rules = []
    for status in statuses:
        color = status.color_dark if theme == "dark" else status.color
        rules.append(f".s-{status.status}{{--c:{color};--on:{ink_on(color)}}}")
    return "".join(rules)


def stylesheet(statuses: Sequence[Status], theme: Theme) -> str:
    """All of a page's CSS."""
    written = files("dashboards.web").joinpath("board.css").read_text("utf-8")
    return f"{tokens(PALETTES[theme])}\n{lamps(statuses, theme)}\n:root{{color-scheme:{theme}}}\n{written}"


def script() -> str:
    """The board's JavaScript: it switches the wall's sheets and sets the text for a lost connection."""
    return files("dashboards.web").joinpath("board.js").read_text("utf-8")


def ink_on(color: str) -> str:
    """White or near black, whichever has more contrast on a colour."""
    return max(("#FFFFFF", "#101418"), key=lambda ink: contrast(ink, color))


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two colours, 1…21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

"""The page on paper: A4, every table within its margins, as many sheets as its content needs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest

from dashboards.report.page import render
from tests.dashboards.report.small import CITY, FILING, ONE, REPORT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
A4, MARGINS = (210, 297), (28, 24)
"""Millimetres: width and height; what the side margins take of a portrait and a landscape page."""

OVERFLOWING = """width => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > width + 1 || (e.tagName === 'TD' && !e.classList.contains('name')
        && e.scrollWidth > e.clientWidth + 1))
    .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))"""


BROKEN = """() => [...document.querySelectorAll('h1, h2, th, td, dt, dd, section:first-of-type > p')].flatMap(e => {
    const words = /(?<![\\u4e00-\\u9fff])[\\u4e00-\\u9fff]{2}(?![\\u4e00-\\u9fff])/g
    const found = [], texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), range = document.createRange()
    while (texts.nextNode()) {
        const node = texts.currentNode
        for (const {0: word, index} of node.data.matchAll(words)) {
            const [first, second] = [0, 1].map(n => {
                range.setStart(node, index + n), range.setEnd(node, index + n + 1)
                return range.getBoundingClientRect().top
            })
            if (Math.abs(first - second) > 2) found.push(word)
        }
    }
    return found
})"""
"""Words of two characters in headings and cells of which one stands on the next line."""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if CHROMIUM is None:
        reason = "no Chromium (Debian: chromium, fonts-noto-cjk): the report was not printed"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def _sheets(pdf: bytes) -> list[tuple[int, int]]:
    """Each page's width and height in millimetres."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(w) * 25.4 / 72), round(float(h) * 25.4 / 72)) for w, h in boxes]


def test_no_word_of_two_characters_breaks_inside(browser: object) -> None:
    """At the width of A4 and at smaller ones, where other words come to stand at the end of a line."""
    page = browser.new_page()  # type: ignore[attr-defined]
    page.set_content(render(REPORT, CITY, filing=FILING))
    page.emulate_media(media="print")
    for narrower in range(0, 90, 2):
        width = round((A4[0] - MARGINS[0] - narrower) * 96 / 25.4)
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate(BROKEN) == [], narrower
    page.close()


@pytest.mark.parametrize(("code", "landscape"), [(CITY, 1), (ONE, 0)])
def test_it_prints_on_a4(browser: object, code: str, landscape: int) -> None:
    page = browser.new_page()  # type: ignore[attr-defined]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(render(REPORT, code, filing=FILING))
    page.emulate_media(media="print")
    for turned in (False, True) if landscape else (False,):
        width = round((A4[turned] - MARGINS[turned]) * 96 / 25.4)
        page.set_viewport_size({"width": width, "height": 1000})
        chosen = page.evaluate(
            "turned => document.querySelectorAll('section, header').forEach(e => "
            "e.style.display = (e.classList.contains('wide') === turned) ? '' : 'none')",
            turned,
        )
        assert chosen is None
        assert page.evaluate(OVERFLOWING, width) == []
    page.evaluate("document.querySelectorAll('section, header').forEach(e => e.style.display = '')")
    sheets = _sheets(page.pdf(prefer_css_page_size=True))
    assert sheets.count((297, 210)) == landscape
    assert sheets.count((210, 297)) == len(sheets) - landscape
    assert 2 <= len(sheets) <= 4
    assert not [url for url in asked if not url.startswith(("data:", "about:"))]
    page.close()

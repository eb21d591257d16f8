"""Every alert leads to a section of the runbook, and every section belongs to an alert."""

from __future__ import annotations

import re
from pathlib import Path

from tests.alerts.test_rules import RULES, rules

RUNBOOK = Path(__file__).parents[2] / "deploy" / "RUNBOOK.zh-CN.md"
SECTIONS = dict(re.findall(r'<a id="([a-z-]+)"></a>\n### ([^\n]+)\n', RUNBOOK.read_text("utf-8")))
"""Anchor → heading."""


def test_every_alert_has_its_section_which_names_it() -> None:
    for name in RULES:
        for rule in rules(name):
            file, anchor = rule["annotations"]["runbook_url"].split("#")
            assert Path(__file__).parents[2] / file == RUNBOOK
            assert re.search(rf"\b{rule['alert']}\b", SECTIONS[anchor], re.ASCII), anchor


def test_no_section_is_about_an_alert_that_is_gone() -> None:
    there = {rule["alert"] for name in RULES for rule in rules(name)}
    assert {
        name for heading in SECTIONS.values() for name in re.findall(r"Pulse\w+", heading, re.ASCII)
    } == there


def test_every_section_says_what_it_is_what_to_look_at_what_to_do_and_who() -> None:
    for section in RUNBOOK.read_text("utf-8").split('<a id="')[1:]:
        for part in ("**是什么**", "**先看**", "**怎么办**", "**谁来办**"):
            assert part in section, section.splitlines()[0]

"""Chinese is printed with the punctuation of Chinese: full width (GB/T 15834), wherever somebody reads it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]
HALF = re.compile("[\u4e00-\u9fff][,:;?!(]|[,:;?!)][\u4e00-\u9fff]")
MARKUP = re.compile(r"&\w+;|suffix:|\]\([^)]*\)|`[^`]*`|\(\?:|<[^>]*>|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
"""What is no print: entities, Grafana's units, the aims of links, code, groups of patterns, tags, templates."""


def _in_python(path: Path) -> Iterator[str]:
    """Every text in it but docstrings, which are English and name Chinese things."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def _in_yaml(path: Path) -> Iterator[str]:
    def texts(found: object) -> Iterator[str]:
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            for each in found.values():
                yield from texts(each)
        elif isinstance(found, list):
            for each in found:
                yield from texts(each)

    return texts(yaml.safe_load(path.read_text("utf-8")))


def _half(text: str) -> list[str]:
    plain = MARKUP.sub("·", text)
    return [plain[max(0, found.start() - 8) : found.end() + 8] for found in HALF.finditer(plain)]


@pytest.mark.parametrize("package", PACKAGES)
def test_in_what_programs_say(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): half
        for path in sorted((ROOT / package).rglob("*.py"))
        if (half := [each for text in _in_python(path) for each in _half(text)])
    }
    assert not found


def test_in_catalogues_templates_and_documents() -> None:
    texts = {path: list(_in_yaml(path)) for path in (ROOT / "schemas" / "data").glob("*.yaml")}
    templates = (ROOT / "dashboards").rglob("*.html")
    documents = [
        ROOT / "README.zh-CN.md",
        ROOT / "docs" / "EVENTS.zh-CN.md",
        ROOT / "deploy" / "RUNBOOK.zh-CN.md",
    ]
    texts |= {path: [path.read_text("utf-8")] for path in (*templates, *documents)}
    found = {
        path.name: half
        for path, each in texts.items()
        if (half := [one for text in each for one in _half(text)])
    }
    assert not found


def test_half_width_is_seen() -> None:
    assert _half("\u5dee 312 \u4eba,\u8fd8\u5269 9 \u5929")
    assert not _half("\u5dee 312 \u4eba\uff0c\u8fd8\u5269 9 \u5929")

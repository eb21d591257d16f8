"""What the documents name exists: files, folders, modules, commands, links."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from pulse.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
FOLDERS = ("bench", "dashboards", "deploy", "docs", "pulse", "schemas", "sinks", "streams", "tests")
DOCUMENTS = sorted(
    path
    for pattern in ("README*.md", "CONTRIBUTING.md", "deploy/*.md", "docs/*.md", "docs/decisions/*.md")
    for path in ROOT.glob(pattern)
)
"""All but CHANGELOG.md, which tells of what is gone too."""
NOT_IN_GIT = {"deploy/secrets"}
"""Made on the machine that runs the service."""

SUFFIXES = {".py", ".sql", ".yaml", ".yml", ".md", ".ini", ".css", ".js", ".toml", ".txt", ".json"}
OTHERS = {
    "pulse.toml", "pulse.sock", "example.py", "events.txt", "year.ndjson", "clickhouse_users.xml", "write.py", "go.mod",
}  # fmt: skip
"""Files of a reader's own that documents name."""


def _paths() -> set[PurePosixPath]:
    """Files and folders of the repository, from its root."""
    within = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    return {PurePosixPath(path.relative_to(ROOT)) for path in [*ROOT.iterdir(), *within]}


PATHS = _paths()
ENDINGS = {"/".join(path.parts[-length:]) for path in PATHS for length in range(1, len(path.parts) + 1)}


def _exists(name: str) -> bool:
    path = PurePosixPath(name)
    return path in PATHS or path.with_name(path.name + ".py") in PATHS


def gone_paths(text: str) -> Iterator[str]:
    """Paths from the repository's root that are none; in code and diagrams too."""
    text = re.sub(r"https?://\S+", "", text)
    for found in re.findall(rf"(?<![\w/.:@*-])(?:{'|'.join(FOLDERS)})/[\w./*-]*", text):
        name = found.rstrip("./-").split("*", 1)[0].rstrip("/")
        if not _exists(name) and not any(name.startswith(known) for known in NOT_IN_GIT):
            yield found


def gone_endings(text: str) -> Iterator[str]:
    """Files and folders in backticks, named from a folder within: `views/create.py`, `fold.py`, `stories/`."""
    for quoted in re.findall(r"`([\w./-]+)`", text):
        name = quoted.removeprefix("./").rstrip("/")
        looks_like_one = PurePosixPath(name).suffix in SUFFIXES or quoted.endswith("/")
        if looks_like_one and not quoted.startswith(("/", "../")) and name not in ENDINGS | OTHERS:
            yield quoted


def gone_modules(text: str) -> Iterator[str]:
    """Modules with dots: in backticks, or after `python -m`."""
    packages = "|".join(folder for folder in FOLDERS if folder not in ("deploy", "docs"))
    run = re.findall(rf"python -m ((?:{packages})[\w.]*)", text)
    quoted = re.findall(rf"`((?:{packages})(?:\.\w+)+)`", text)
    for name in [*run, *(each for each in quoted if each not in OTHERS)]:
        path = name.replace(".", "/")
        within = path.rpartition("/")[0]  # a class or a function, and where it stands
        if not _exists(path) and not (within.count("/") and _exists(within)):
            yield name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_modules_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    assert [*gone_paths(text), *gone_endings(text), *gone_modules(text)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", document.read_text("utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    named = set(re.findall(r"`pulse ([a-z][\w-]*)", text)) | set(
        re.findall(r"^pulse ([a-z][\w-]*)", text, re.M)
    )
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_lists_every_command(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert {name for name in COMMANDS if f"| `pulse {name}" not in text} == set()


def test_what_is_gone_is_found() -> None:
    text = "`streams/gone.py`, `gone.sql`, `gone/`, `streams.gone.Thing`, `python -m bench.gone`; `fold.py`, `views/`"
    assert [*gone_paths(text)] == ["streams/gone.py"]
    assert [*gone_endings(text)] == ["streams/gone.py", "gone.sql", "gone/"]
    assert [*gone_modules(text)] == ["bench.gone", "streams.gone.Thing"]


def _prose(path: Path) -> Iterator[str]:
    """Docstrings and comments of a module."""
    source = path.read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder != "deploy"])
def test_files_and_modules_that_docstrings_and_comments_name_exist(folder: str) -> None:
    found = {
        str(path.relative_to(ROOT)): gone
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__)
        and (gone := [each for text in _prose(path) for each in (*gone_paths(text), *gone_modules(text))])
    }
    assert found == {}

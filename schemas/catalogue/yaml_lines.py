"""Reads YAML with the line of each key, finds keys written twice, and knows no booleans but true and
false."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import yaml

from schemas.catalogue.faults import CatalogueError, Fault, Path, Problem

_LABELS = ("id", "no", "type", "code", "date")
"""The fields that name an item of a list better than its number does."""


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads the words no, off and yes as booleans; here, as in YAML 1.2, they are texts."""


def _date(loader: _Loader, node: yaml.ScalarNode) -> object:
    """A date. What is no date (2023-13-31) stays text, so that the model refuses it at its line."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)


_BOOLEAN, _DEFAULT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:value"
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOLEAN, _DEFAULT)]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"(?:true|false)\Z"), ["t", "f"])


class Document:
    """A YAML file: its data, and the line of each key and item."""

    def __init__(self, file: str, data: Any, root: yaml.Node | None) -> None:
        self.file = file
        self.data = data
        self.repeated: list[Problem] = []
        """Keys that occur twice in one mapping; YAML would silently keep the last."""
        self._lines: dict[tuple[str, ...], int] = {(): 1}
        if root is not None:
            self._note(root, ())

    def fault(self, problem: Problem) -> Fault:
        """The problem with its line, and a name for its place."""
        known = self._known(problem.path)
        return Fault(self.file, self._lines[known], self._where(known), problem.message)

    def _note(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here, line = (*path, str(key.value)), key.start_mark.line + 1
                if here in self._lines:
                    first = self._lines[here]
                    found = f"the key {key.value!r} stands twice, in line {first} too"
                    self.repeated.append(Problem(here, found, "each key once", "rename or remove one"))
                self._lines[here] = line
                self._note(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                here = (*path, str(index))
                self._lines[here] = item.start_mark.line + 1
                self._note(item, here)

    def _known(self, path: Path) -> tuple[str, ...]:
        """As much of the path as the file has: a missing key is found at its parent, and a union's tag is
        skipped."""
        known: tuple[str, ...] = ()
        for step in path:
            if (*known, str(step)) in self._lines:
                known = (*known, str(step))
        return known

    def _where(self, path: tuple[str, ...]) -> str:
        return "".join(self._steps(path)).removeprefix(".") or "the whole file"

    def _steps(self, path: tuple[str, ...]) -> Iterator[str]:
        data = self.data
        for step in path:
            if isinstance(data, list):
                data = data[int(step)]
                labels = data if isinstance(data, dict) else {}
                yield f"[{next((labels[key] for key in _LABELS if key in labels), step)}]"
            else:
                data = next((value for key, value in data.items() if str(key) == step), None)
                yield f".{step}"


def read(path: File) -> Document:
    """Read a YAML file. Raises CatalogueError if it cannot be read or is not YAML."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        try:
            root = loader.get_single_node()
            return Document(str(path), loader.construct_document(root) if root else None, root)
        finally:
            loader.dispose()
    except OSError as error:
        message = f"{error.strerror}; expected a YAML file; check the path"
        raise CatalogueError([Fault(str(path), 0, "the whole file", message)]) from error
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8; expected a YAML file in UTF-8; save it so"
        raise CatalogueError([Fault(str(path), 0, "the whole file", message)]) from error
    except yaml.YAMLError as error:
        raise CatalogueError([_syntax(str(path), error)]) from error


def _syntax(file: str, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    found = getattr(error, "problem", None) or str(error)
    hint = "check indentation and brackets; a text with : or # in it, and > or ~ alone, need quotes"
    return Fault(file, mark.line + 1 if mark else 0, "YAML", f"{found}; expected valid YAML; {hint}")

"""Words pydantic's errors about the form of a catalogue file, each at its path."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.catalogue.faults import Path, Problem, listed, nearest

_ALTERNATIVES = ("str", "bool", "list[str]")
"""What pydantic adds to a path for each type that a value of `where` may have."""


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """The problems in an error of `model`: unknown and missing keys, wrong types, unknown words."""
    found: dict[Path, Problem] = {}
    for details in error.errors(include_url=False):
        problem = _problem(details, model)
        path = problem.path[:-1] if problem.path and problem.path[-1] in _ALTERNATIVES else problem.path
        other = found.get(path)
        expected = f"{other.expected} or {problem.expected}" if other else problem.expected
        found[path] = problem._replace(path=path, expected=expected)
    return list(found.values())


def _problem(details: ErrorDetails, model: type[BaseModel]) -> Problem:
    path: Path = details["loc"]
    key, context = path[-1] if path else "", details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            fields = _fields(model, path[:-1])
            found = f"there is no key {key!r} here"
            return Problem(path, found, nearest(str(key), fields), f"the keys are {listed(fields)}")
        case "missing":
            return Problem(path, f"the key {key!r} is missing", "a value for it", "add it")
        case "union_tag_not_found":
            return Problem(path, "a formula without a kind", "the key 'kind'", "name one of its kinds")
        case "union_tag_invalid":
            return Problem(path, f"the kind {context['tag']!r}", f"one of {context['expected_tags']}")
        case "value_error":
            field, _, found = str(context["error"]).partition(
                ": "
            )  # a model's own rule names its field first
            return Problem((*path, field), found) if found else Problem(path, field)
        case "string_pattern_mismatch":
            return Problem(path, f"{details['input']!r}", f"a text like {context['pattern']}")
    hint = "quote it" if details["type"] == "string_type" else ""
    if details["type"] == "literal_error" and details["input"] is None:
        hint = "a bare ~ or an empty value is null in YAML: quote it"
    return Problem(path, _shown(details["input"]), details["msg"].removeprefix("Input should be "), hint)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    """The keys that the model at a path has."""
    models: list[type[BaseModel]] = [model]
    for step in path:
        named = [found for found in models if step in found.model_fields]
        if named:
            models = [inner for found in named for inner in _models(found.model_fields[str(step)].annotation)]
        elif len(models) > 1:  # a union's tag
            models = [found for found in models if step in get_args(found.model_fields["kind"].annotation)]
    return list(dict.fromkeys(name for found in models for name in found.model_fields))


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models in an annotation, through lists, dictionaries and unions."""
    if get_origin(annotation) in (Annotated, list, dict, Union, UnionType):
        return [model for argument in get_args(annotation) for model in _models(argument)]
    if annotation is not NoneType and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return []

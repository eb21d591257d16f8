"""Reads catalogues and regions from YAML. A file with faults is refused, and all of them are listed, each
with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from schemas.catalogue import form
from schemas.catalogue.checks import CHECKS
from schemas.catalogue.draft import draft
from schemas.catalogue.faults import CatalogueError, Fault, Problem
from schemas.catalogue.model import Catalogue
from schemas.catalogue.yaml_lines import Document, read
from schemas.event_type import EventType
from schemas.regions import Regions

DATA = Path(__file__).parent.parent / "data"
DEFAULT_CATALOGUE = DATA / "jining-2023.yaml"
"""Jining's plan of 2023."""
DEFAULT_REGIONS = DATA / "regions-jining.yaml"
"""Jining's counties and functional zones."""


def load(path: Path, regions: Regions, types: Mapping[str, EventType]) -> Catalogue:
    """The catalogue of a file, checked against a city and the event types. Raises CatalogueError."""
    document = read(path)
    parts, catalogue, problems = draft(document.data, regions, types)
    problems = [*document.repeated, *problems]
    if parts is not None:
        problems += [problem for check in CHECKS for problem in check(parts)]
    if problems or catalogue is None:
        raise _refused(document, problems)
    return catalogue


def load_regions(path: Path) -> Regions:
    """The city of a file. Raises CatalogueError."""
    document = read(path)
    problems = list(document.repeated)
    try:
        regions = Regions.model_validate(document.data)
    except ValidationError as error:
        raise _refused(document, [*problems, *form.problems(error, Regions)]) from error
    if problems:
        raise _refused(document, problems)
    return regions


def _refused(document: Document, problems: list[Problem]) -> CatalogueError:
    """Faults in the order of their lines."""
    faults = [document.fault(problem) for problem in problems]
    return CatalogueError(sorted(faults, key=lambda fault: fault.line))


__all__ = ["DEFAULT_CATALOGUE", "DEFAULT_REGIONS", "CatalogueError", "Fault", "load", "load_regions"]

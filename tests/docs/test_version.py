"""The version stands in pyproject.toml; what cannot read it there says the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulse.cli.main import cli

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_the_command_says_it() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output.strip() == f"pulse, version {VERSION}"


@pytest.mark.parametrize("file", ["deploy/compose.yaml", "deploy/GRAFANA.md"])
def test_images_carry_it(file: str) -> None:
    tags = re.findall(r"\bcity-pulse(?:-grafana)?:([\w.]+)", (ROOT / file).read_text("utf-8"))
    assert tags
    assert set(tags) == {VERSION}


def test_the_changelog_begins_with_it() -> None:
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert heads[0] == VERSION
    assert len(heads) == len(set(heads))


def test_every_package_is_typed() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    packages = build["targets"]["wheel"]["packages"]
    assert [package for package in packages if not (ROOT / package / "py.typed").is_file()] == []

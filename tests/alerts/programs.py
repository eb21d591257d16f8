"""Prometheus's and Alertmanager's own programs, as Debian packages them: prometheus, prometheus-alertmanager."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
    "prometheus-alertmanager": "prometheus-alertmanager",
}


def program(name: str) -> str:
    """Its path. Where it is missing the test is skipped, or fails where REQUIRE_PROMTOOL says that it must be there."""
    if path := shutil.which(name):
        return path
    why = f"{name} is not installed: apt-get install {PACKAGES[name]}"
    if os.environ.get("REQUIRE_PROMTOOL"):
        pytest.fail(why)
    pytest.skip(why)


def run(name: str, *arguments: str | Path, cwd: Path | None = None) -> str:
    """What it says on stdout; a failure fails the test with all that it said."""
    command = [program(name), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

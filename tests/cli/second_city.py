"""The second city in an empty folder, for the commands' tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"


def second_city(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Settings that name it and a database in `folder`, which becomes the working folder; no others."""
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        patch.delenv(name)
    patch.chdir(folder)
    patch.setenv("PULSE_CLICKHOUSE", f"chdb://{folder}/data")
    patch.setenv("PULSE_CATALOGUE", str(DATA / "yunchuan-2025.yaml"))
    patch.setenv("PULSE_REGIONS", str(DATA / "regions-yunchuan.yaml"))

"""The demo's data folder: its lock, and the record of which whole year it holds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from pulse.errors import OperatorError
from sinks.clickhouse.folder import holder, locked


class InUse(OperatorError):
    """Another process uses the data folder, or it cannot be written. The message says what to do."""


class DataFolder:
    """A folder with the embedded ClickHouse's database and a file that records which whole year is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = path / "clickhouse"
        self._year_file = path / "demo.json"

    @property
    def clickhouse_url(self) -> str:
        """The database's URL for connections."""
        return f"chdb://{self._database}"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the folder against other demos while the block runs. Raises InUse."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / "demo.lock").open("w")
        except OSError as error:
            raise InUse(f"data folder {self.path}: {error.strerror}; give --data-dir another one") from None
        with file:
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except OSError:
                raise InUse(
                    f"another demo is running in {self.path}: end it, or give --data-dir another folder"
                ) from None
            yield

    @property
    def whole(self) -> bool:
        """Whether a year was published and counted to its end."""
        return self._year_file.is_file()

    @property
    def year(self) -> dict[str, Any]:
        """The options of that year: scale, seed, heartbeat_days, and until if it ends early."""
        year: dict[str, Any] = json.loads(self._year_file.read_text("utf-8"))
        return year

    @property
    def description(self) -> str:
        """`year` as text for people."""
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.year.items())

    def mark_whole(self, year: dict[str, object]) -> None:
        """Record that this year was published and counted to its end."""
        self._year_file.write_text(json.dumps(year), "utf-8")

    def clear(self) -> None:
        """Delete only what demos created in the folder. Raises InUse if a process has the database open."""
        if locked(self._database):
            raise InUse(
                f"{holder(self._database)} has {self.path} open: end it, or give --data-dir another folder"
            )
        self._year_file.unlink(missing_ok=True)
        shutil.rmtree(self._database, ignore_errors=True)

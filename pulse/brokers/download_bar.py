"""A progress bar for downloads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from pulse.brokers import jars


@contextmanager
def bar(console: Console, title: str) -> Iterator[jars.Progress]:
    """Yields a function to call with (bytes done, bytes in total); the bar appears at its first call."""
    columns = (TextColumn("[bold]{task.description}"), BarColumn(40), DownloadColumn(), TransferSpeedColumn())
    shown = Progress(*columns, console=console)
    task = shown.add_task(title)

    def update(done: int, total: int) -> None:
        shown.start()  # does nothing when already started
        shown.update(task, completed=done, total=total)

    try:
        yield update
    finally:
        if shown.live.is_started:
            shown.stop()

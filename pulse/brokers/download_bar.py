"""A progress bar for downloads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from pulse.brokers import jars


@contextmanager
def bar(console: Console, title: str) -> Iterator[jars.Progress]:
    """A function to call with (bytes done, bytes in all); nothing is shown before its first call."""
    columns = (TextColumn("[bold]{task.description}"), BarColumn(40), DownloadColumn(), TransferSpeedColumn())
    shown = Progress(*columns, console=console)
    task = shown.add_task(title)

    def update(done: int, total: int) -> None:
        shown.start()  # again: nothing
        shown.update(task, completed=done, total=total)

    try:
        yield update
    finally:
        if shown.live.is_started:
            shown.stop()

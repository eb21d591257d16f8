"""Commands as from the shell: what they raise ends them as the entry point has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.testing import CliRunner, Result

from pulse.cli.main import exit_on_error


def invoke(
    command: click.Command,
    arguments: Sequence[str] = (),
    *,
    input: str | None = None,
    env: Mapping[str, str | None] | None = None,
) -> Result:
    """Run a command to its end; a bug's traceback is in `stderr`, and its exit status is 1."""
    return CliRunner().invoke(_AsEntryPoint(command), list(arguments), input=input, env=env)  # type: ignore[arg-type]


class _AsEntryPoint:
    """As much of a command as the runner needs, which handles errors as `pulse` does."""

    def __init__(self, command: click.Command) -> None:
        self.name = command.name
        self._command = command

    def main(self, **options: Any) -> None:
        with exit_on_error():
            self._command.main(**options)

"""A command that refuses: what a person must do first, told without a traceback."""

from __future__ import annotations

import click

from pulse.errors import OperatorError


class CommandRefused(click.ClickException):
    """The command cannot do what was asked. Its text says what is wrong and what to do."""

    exit_code = OperatorError.exit_code

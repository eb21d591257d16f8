"""The command `pulse`. Each subcommand has its own module, which is imported only when it is called."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from pulse.errors import OperatorError
from pulse.terminal.lines import make_visible, print_line, print_traceback

COMMANDS = {
    "demo": "pulse.cli.demo",
    "worker": "pulse.cli.worker",
    "migrate": "pulse.cli.migrate",
    "topics": "pulse.cli.topics",
    "simulate": "pulse.cli.simulate",
    "status": "pulse.cli.status",
    "board": "pulse.cli.board",
    "assess": "pulse.cli.assess",
    "calibrate": "pulse.cli.calibrate",
    "report": "pulse.cli.report",
    "verify": "pulse.cli.verify",
    "rebuild": "pulse.cli.rebuild",
    "dead-letters": "pulse.cli.dead_letters",
    "conflicts": "pulse.cli.conflicts",
    "set-aside": "pulse.cli.set_aside",
    "catalogue": "pulse.cli.catalogue",
    "alerts": "pulse.cli.alerts",
    "events": "pulse.cli.events",
    "settings": "pulse.cli.settings_list",
}
"""Name → module, in the order in which a new user needs them."""


@contextmanager
def _visible_errors() -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        make_visible(error)
        raise


class Pulse(click.Group):
    """Imports only the command that is called, so that `pulse --help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None if the name is unknown."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Click's own behaviour, but control characters in error messages are escaped."""
        with _visible_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Click's own behaviour, but control characters in error messages are escaped."""
        with _visible_errors():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Click's own behaviour, but the error for an unknown name suggests the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `pulse {near[0]}`?" if near else " `pulse --help` lists them."
            ctx.fail(f"No such command: {args[0]}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from `_SUMMARY`, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _SUMMARY[name]) for name in COMMANDS])


_SUMMARY = {
    "demo": "The whole path on one machine, simulated. Begin here.",
    "worker": "Count: Kafka in, ClickHouse out, until told to stop.",
    "migrate": "Bring ClickHouse to this release: tables and views.",
    "topics": "Show or create the Kafka topics that the plan needs.",
    "simulate": "Write or publish a believable, dirty year of a city.",
    "status": "How all indicators stand: lights, values, targets.",
    "board": "The web board: how all stands, live, in a browser.",
    "assess": "Judge how they stand: pace, forecast, status.",
    "calibrate": "How good the forecasts are, over simulated years.",
    "report": "The quarterly report: pages, workbook, filing.",
    "verify": "Recompute every figure by another route.",
    "rebuild": "Count the ledger anew after a change.",
    "dead-letters": "List, resend or drop refused messages; resume.",
    "conflicts": "Records published twice with different content.",
    "set-aside": "Refuse an offset that stops its partition.",
    "catalogue": "Check and show what is counted and aimed at.",
    "alerts": "Rules for Prometheus and Alertmanager.",
    "events": "What departments may publish, with examples.",
    "settings": "All settings with their meaning and present value.",
}


@click.command(cls=Pulse, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="city-pulse", prog_name="pulse")
def cli() -> None:
    """The live indicators of a city's plan.

    Departments publish events to Kafka; `pulse worker` counts them exactly; ClickHouse holds the figures.

    \b
    Begin here:          pulse demo
    What is measured:    pulse catalogue list
    How does it stand:   pulse status
    Is that right:       pulse verify

    Settings come from PULSE_… variables or pulse.toml: `pulse settings` lists them.
    """


def main() -> None:
    """The entry point."""
    sys.excepthook = print_traceback
    # Their warnings say less than our errors and show whole URLs. urllib3's loggers are listed one by one because the
    # driver resets the level of `urllib3` itself.
    for chatty in (
        "clickhouse_connect",
        "urllib3",
        "urllib3.connectionpool",
        "urllib3.util.retry",
        "aiokafka",
    ):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    with exit_on_error():
        cli()


@contextmanager
def exit_on_error() -> Iterator[None]:
    """End the process if the block raises an error. Raises SystemExit.

    An OperatorError is printed as its text alone, and sets the exit status. A driver's error is explained in
    a sentence. Any other error is a bug: its traceback is printed, and the status is 1.
    """
    try:
        yield
    except OperatorError as error:
        print_line(error, fg="red", err=True, lines=True)
        sys.exit(error.exit_code)
    except Exception as error:
        from pulse.cli.driver_errors import explained

        if (text := explained(error)) is not None:
            print_line(text, fg="red", err=True, lines=True)
            sys.exit(OperatorError.exit_code)
        _report_bug(error)
        sys.exit(1)


def _report_bug(error: Exception) -> None:
    """Write the traceback to stderr and to a temporary file that the user can send."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    print_line(text.rstrip("\n"), err=True, lines=True)
    where = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="pulse-bug-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(f"pulse {' '.join(sys.argv[1:2])}\n{text}")
            where = f" It is logged in {file.name} as well."
    except OSError:
        pass
    print_line(
        f"This is a bug of City Pulse, nothing that you did wrong: please report the lines above.{where}",
        fg="red",
        err=True,
    )

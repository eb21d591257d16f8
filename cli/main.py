"""The command `pulse`. Each command is a module of its own, imported when it is called."""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import click

COMMANDS = {
    "demo": "cli.demo",
    "worker": "cli.worker",
    "migrate": "cli.migrate",
    "topics": "cli.topics",
    "simulate": "cli.simulate",
    "status": "cli.status",
    "board": "cli.board",
    "assess": "cli.assess",
    "calibrate": "cli.calibrate",
    "report": "cli.report",
    "verify": "cli.verify",
    "rebuild": "cli.rebuild",
    "dead-letters": "cli.dead_letters",
    "conflicts": "cli.conflicts",
    "set-aside": "cli.set_aside",
    "catalogue": "cli.catalogue",
    "alerts": "cli.alerts",
    "events": "cli.events",
    "settings": "cli.settings_list",
}
"""Name → module, in the order in which a newcomer meets them."""


class Pulse(click.Group):
    """Looks commands up without importing the others: `pulse --help` must be instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in their own order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual; a misspelt name is answered with the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `pulse {near[0]}`?" if near else " `pulse --help` lists them."
            ctx.fail(f"No such command: {args[0]}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from one line each: nothing is imported for it."""
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
    "dead-letters": "See, send again or put aside what was refused.",
    "conflicts": "Records told with two contents, and what differs.",
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
    """The entry point. What a person can mend is told without a traceback."""
    for chatty in (
        "clickhouse_connect",
        "urllib3",
    ):  # their warnings say less than our errors, with whole URLs
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    try:
        cli()
    except Exception as error:
        if not is_for_people(error):
            raise
        click.secho(str(error), fg="red", err=True)
        sys.exit(2)


_FOR_PEOPLE = {
    "BadSettings", "CatalogueError", "BadUrl", "CannotConnect", "NewerDatabase", "OtherGeneration", "Unavailable",
    "MissingTopics", "Halted", "CannotListen", "CannotVerify", "Unsendable", "InUse", "BrokerError",
    "PublishError", "Unreachable", "CannotReport",
}  # fmt: skip
"""Errors whose text tells the person at the keyboard what to do. By name: their modules load when needed."""


def is_for_people(error: Exception) -> bool:
    """Whether the error's text is all that its reader needs."""
    return any(kind.__name__ in _FOR_PEOPLE for kind in type(error).__mro__)

"""`pulse events`: prints the contract for the departments' engineers."""

from __future__ import annotations

from typing import Literal

import click

from pulse.terminal.lines import print_document


@click.command("events")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def command(language: Literal["zh", "en"]) -> None:
    """What departments may publish: event types, fields, examples, reasons of refusal. Markdown on stdout.

    \b
    pulse events > EVENTS.zh-CN.md
    """
    from schemas.documentation import events_markdown
    from schemas.registry import event_types

    print_document(events_markdown(event_types, language))

"""`pulse settings`: prints every setting with its meaning and present value."""

from __future__ import annotations

import re

import click


@click.command("settings")
def command() -> None:
    """All settings with their meaning, default and present value. Secrets are never printed.

    A setting comes from its environment variable, else from the file that PULSE_CONFIG names (default: pulse.toml
    in this folder, names in lower case without PULSE_), else from its default. A secret may lie in a file of its
    own that its variable with _FILE names: PULSE_CLICKHOUSE_FILE=/run/secrets/clickhouse_url.
    """
    from pydantic import SecretStr
    from rich.table import Table

    from pulse.app.settings import PREFIX, Settings, load_settings
    from pulse.terminal.screen import Screen

    settings = load_settings()
    table = Table(show_lines=False)
    for heading in ("setting", "value", "meaning"):
        table.add_column(heading, overflow="fold")
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = _shown(value.get_secret_value()) if isinstance(value, SecretStr) else str(value)
        table.add_row(f"{PREFIX}{name.upper()}", shown, field.description or "")
    Screen().print(table)


def _shown(secret: str) -> str:
    """The shown form of a secret: a URL without its password, or *** for anything else."""
    return _without_password(secret) if "://" in secret else "***"


def _without_password(url: str) -> str:
    """A URL without password, query and fragment. Works for malformed URLs too."""
    before, at, host = url.rpartition("@")
    shown = re.split("[?#&]", host)[0]
    if not at:
        return shown
    scheme, sep, user = before.partition("://") if "://" in before else ("", "", before)
    return f"{scheme}{sep}{re.split('[:/?#]', user)[0]}:***@{shown}"

"""What every part of a run of the demo shares."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from rich.console import Console

from pulse.app.city import City, load_city
from pulse.app.settings import Settings, load_settings
from pulse.demo.folder import DataFolder
from pulse.demo.options import DemoOptions
from pulse.demo.progress import YearProgress
from pulse.simulate.city import SimulatedCity
from pulse.simulate.seasons import YEAR
from pulse.simulate.targets import scaled
from pulse.terminal.screen import styled

CLOCK_OF_A_WHOLE_YEAR = date(YEAR + 1, 4, 30)
"""Where a whole year stands: by then the last correction of the last late event has come."""


@dataclass(frozen=True)
class Run:
    """One run of the demo. `stop` is set by SIGINT and SIGTERM, and may be read by any thread."""

    options: DemoOptions
    settings: Settings
    city: City
    """The plan with targets at the simulated city's scale."""
    simulated: SimulatedCity
    folder: DataFolder
    progress: YearProgress
    console: Console
    stop: asyncio.Event

    def show_board(self, address: str | None) -> None:
        """Print where the web board is; nothing where there is none."""
        if address is not None:
            self.console.print(styled(("Web board", "bold"), f" at {address}"))


def new_run(options: DemoOptions, folder: DataFolder, console: Console, stop: asyncio.Event) -> Run:
    """A run of these options. Raises BadSettings, CatalogueError."""
    settings = load_settings(
        kafka=options.kafka,
        clickhouse=folder.clickhouse_url,
        clock=options.until or CLOCK_OF_A_WHOLE_YEAR,
        consumer_group="pulse-demo",
    )
    city = load_city(settings)
    simulated = SimulatedCity(options.seed, options.scale, options.heartbeat_days)
    city = city._replace(catalogue=scaled(city.catalogue, simulated))
    return Run(options, settings, city, simulated, folder, YearProgress(city), console, stop)

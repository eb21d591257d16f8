"""State that all parts of a demo run share."""

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
"""The day at which the clock stands after a whole year: by then the last late event and its corrections have come."""


@dataclass(frozen=True)
class Run:
    """One run of the demo. `stop` is set by SIGINT and SIGTERM, and may be read by any thread."""

    options: DemoOptions
    settings: Settings
    city: City
    """The city; the targets of its plan are scaled to the simulated city."""
    simulated: SimulatedCity
    folder: DataFolder
    progress: YearProgress
    console: Console
    stop: asyncio.Event

    def show_board(self, address: str | None) -> None:
        """Print the web board's address, if there is a board."""
        if address is not None:
            self.console.print(styled(("Web board", "bold"), f" at {address}"))


def new_run(options: DemoOptions, folder: DataFolder, console: Console, stop: asyncio.Event) -> Run:
    """A run with these options. Raises BadSettings, CatalogueError."""
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

"""Loads what the settings name: the plan, the city and the contract. All faults are reported at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from pulse.app.settings import Settings
    from schemas.catalogue.model import Catalogue
    from schemas.contract import Contract
    from schemas.regions import Regions


class City(NamedTuple):
    """A plan and its city, ready to count."""

    catalogue: Catalogue
    regions: Regions
    contract: Contract

    @property
    def topics(self) -> list[str]:
        """Bare names of the topics that feed the plan's measures, in the catalogue's order."""
        return list(dict.fromkeys(measure.topic for measure in self.catalogue.measures.values()))


def load_city(settings: Settings) -> City:
    """The city that the settings name. Raises CatalogueError with every fault."""
    from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
    from schemas.contract import Contract
    from schemas.passing import Passing
    from schemas.registry import event_types

    regions = load_regions(settings.regions or DEFAULT_REGIONS)
    catalogue = load(settings.catalogue or DEFAULT_CATALOGUE, regions, event_types)
    used = {name: event_types[name] for name in sorted(catalogue.event_types)}
    passes = Passing(used, event_types, catalogue.passes_over)
    return City(catalogue, regions, Contract(used, regions, passes=passes))


def prepare(client: Client, city: City, settings: Settings) -> list[str]:
    """Apply migrations and create the views; returns the names of the migrations that were applied. Blocks.

    Raises NewerDatabase, OtherGeneration, CannotConnect.
    """
    from sinks.clickhouse.clocks import resolve_clock
    from sinks.clickhouse.connection import answering
    from sinks.clickhouse.generations import guard
    from sinks.clickhouse.migrate import migrate
    from sinks.clickhouse.views.create import create_views

    with answering():
        done = migrate(client)
        guard(client, city.catalogue, city.regions)
        create_views(client, city.catalogue, city.regions, resolve_clock(client, settings.clock))
    return [f"{migration.version:04d} {migration.name}" for migration in done]

"""`pulse calibrate`: how good the forecasts are, over simulated years."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from pulse.terminal.lines import print_json, print_line

if TYPE_CHECKING:
    from pulse.lights.calibrate import Forecasts, Score

DAYS = [
    date(2023, month, day)
    for month, day in (
        (3, 20), (4, 25), (5, 15), (6, 10), (6, 25), (7, 15), (8, 5), (8, 25), (9, 15), (10, 10), (10, 28), (11, 14),
        (11, 28), (12, 8), (12, 18), (12, 26),
    )
]  # fmt: skip
"""Days on which forecasts are issued: in no weekly or monthly rhythm, and closer together towards the due date."""


@click.command("calibrate")
@click.option("--cities", type=click.IntRange(1), default=20, show_default=True, help="Simulated cities.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="The first city's; the next ones follow.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0, 4, min_open=True),
    default=0.05,
    show_default=True,
    help="Of each city; 1 is the whole, and takes minutes a city.",
)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--indicators", "each", is_flag=True, help="A line for each indicator, too.")
@click.option("--json", "as_json", is_flag=True, help="JSON: every score, the refusals, the days.")
def command(cities: int, seed: int, scale: float, workers: int, each: bool, as_json: bool) -> None:
    """Issue forecasts through simulated years, and compare with how the years ended.

    Each city's messages are counted as a worker does; on 16 days of the year every indicator that has a target is
    forecast in every region, from what had arrived by then. Prints how many outcomes lay within P10 to P90 (0.80
    were perfect), and the Brier score of the chance (0 is perfect, 0.25 is a coin's) beside that of the straight
    line (chance 1 where the line through the beginning and the day meets the target, else 0). A forecast is open
    where the target was not met on its day; the others are mostly certain, and flatter.

    Some 20 seconds a city at scale 0.05. docs/FORECAST.md tells the method, and what it is worth.
    """
    from pulse.lights.calibrate import by_indicator, joined, refusals, scores

    forecasts = joined(_forecasts(range(seed, seed + cities), scale, workers))
    found, detail = scores(forecasts), by_indicator(forecasts) if each or as_json else {}
    if as_json:
        _print_json(cities, seed, scale, found, detail, refusals(forecasts))
    else:
        _print_table(cities, scale, found | detail, refusals(forecasts))


def _forecasts(seeds: range, scale: float, workers: int) -> list[Forecasts]:
    """The forecasts of all cities, in several processes: a process can run the embedded engine for one city at a time."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    found: dict[int, Forecasts] = {}
    with ProcessPoolExecutor(min(workers, len(seeds)), mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(forecasts_of, seed, scale): seed for seed in seeds}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            print_line(f"city {len(found)} of {len(seeds)} (seed {waiting[done]})", err=True)
    return [found[seed] for seed in seeds]


def forecasts_of(seed: int, scale: float) -> Forecasts:
    """Simulate and count one city's year, and issue forecasts on each of DAYS."""
    from pulse.app.city import load_city
    from pulse.app.settings import load_settings
    from pulse.demo.backtest import simulated_year
    from pulse.lights.aim import aim
    from pulse.lights.calibrate import issued
    from pulse.simulate.city import SimulatedCity
    from pulse.simulate.targets import scaled

    city = load_city(load_settings())
    catalogue = scaled(city.catalogue, SimulatedCity(seed, scale))
    days = (catalogue.plan.due - catalogue.plan.start).days + 1
    year = simulated_year(city, seed, scale, DAYS)
    return issued([aim(catalogue, city.regions, indicator, days) for indicator in catalogue.indicators], year)


def _print_json(
    cities: int,
    seed: int,
    scale: float,
    found: dict[str, Score],
    detail: dict[str, Score],
    refused: dict[str, int],
) -> None:
    import orjson

    def plain(scores: dict[str, Score]) -> dict[str, Any]:
        return {name: score._asdict() for name, score in scores.items()}

    result = {
        "cities": cities, "seed": seed, "scale": scale, "days": DAYS, "scores": plain(found),
        "indicators": plain(detail), "refused": refused,
    }  # fmt: skip
    print_json(orjson.dumps(result, option=orjson.OPT_INDENT_2))


_WIDTH = 110
"""Terminal columns that the table needs. In a narrower terminal, wrapped lines read better than wrapped cells."""


def _print_table(cities: int, scale: float, found: dict[str, Score], refused: dict[str, int]) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    from pulse.terminal.screen import Screen

    table = Table("", box=SIMPLE, title=f"{cities} simulated cities at scale {scale:g}", title_justify="left")
    for title in ("cases", "forecast", "in band", "below", "above", "judged", "met", "Brier", "line's"):
        table.add_column(title, justify="right")
    for name, score in found.items():
        shares = (score.coverage, score.below, score.above)
        table.add_row(
            name, f"{score.cases}", f"{score.forecasts}", *map(_percent, shares), f"{score.judged}",
            _percent(score.met), _number(score.brier), _number(score.line),
        )  # fmt: skip
    console = Screen(width=max(Screen().width, _WIDTH))
    console.print(table)
    console.print("refused: " + ", ".join(f"{reason} {count}" for reason, count in refused.items()))


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.1f} %"


def _number(score: float) -> str:
    return "–" if score != score else f"{score:.3f}"

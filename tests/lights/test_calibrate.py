"""Calibration: scores by hand, what a forecast may see, and one simulated city from its messages on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from pulse.app.city import City, load_city
from pulse.app.settings import load_settings
from pulse.demo.backtest import simulated_year
from pulse.lights.aim import Aim, aim
from pulse.lights.calibrate import (
    Forecasts,
    KnownFigures,
    Year,
    by_indicator,
    issued,
    joined,
    refusals,
    score,
    scores,
    straight,
)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(load_settings())


def aim_of(city: City, id: str, target: int) -> Aim:
    """One indicator's, without allocation, at another target."""
    found = next(each for each in city.catalogue.indicators if each.id == id)
    assert found.target is not None
    changed = found.target.model_copy(update={"value": Decimal(target)})
    return aim(
        city.catalogue, city.regions, found.model_copy(update={"target": changed, "allocate": None}), 365
    )


def forecasts(**columns: list[object]) -> Forecasts:
    """Rows with these columns; the rest are plain."""
    count = len(next(iter(columns.values())))
    plain: dict[str, list[object]] = {
        "indicator": ["a"] * count, "region": ["370800"] * count, "city": [True] * count, "day": [200] * count,
        "left": [100] * count, "reason": [""] * count, "p10": [10.0] * count, "p50": [15.0] * count,
        "p90": [20.0] * count, "chance": [0.5] * count, "outcome": [15.0] * count, "aimed": [True] * count,
        "open": [True] * count, "hit": [True] * count, "line": [True] * count,
    }  # fmt: skip
    return Forecasts(**{name: np.array(column) for name, column in (plain | columns).items()})


# --- Scores ---


def test_scores_by_hand() -> None:
    found = score(
        forecasts(
            outcome=[9.0, 10.0, 20.0, 21.0, 99.0],
            chance=[0.2, 0.5, 0.9, 1.0, np.nan],
            hit=[False, True, True, True, True],
            line=[True, True, False, True, False],
            reason=["", "", "", "", "shifted"],
        )
    )
    assert (found.cases, found.forecasts, found.judged) == (5, 4, 4)
    assert (found.coverage, found.below, found.above) == (0.5, 0.25, 0.25)
    assert found.brier == pytest.approx((0.04 + 0.25 + 0.01 + 0) / 4)
    assert found.line == 0.5
    assert found.met == 0.75


def test_what_was_met_already_does_not_pad_the_open_ones() -> None:
    rows = forecasts(open=[True, False, False], outcome=[30.0, 15.0, 15.0], city=[True, True, False])
    found = scores(rows)
    assert [found[name].forecasts for name in ("all", "open", "city", "city, open", "counties, open")] == [
        3,
        1,
        2,
        1,
        0,
    ]
    assert found["open"].coverage == 0
    assert found["all"].coverage == pytest.approx(2 / 3)
    assert np.isnan(found["counties, open"].coverage)


def test_days_left_and_indicators_part_the_citys_open_forecasts() -> None:
    rows = forecasts(left=[1, 14, 15, 60, 300], indicator=["a", "a", "b", "b", "b"])
    found = scores(rows)
    parts = [score.cases for name, score in found.items() if name.endswith("days left")]
    assert parts == [2, 1, 1, 0, 1]
    assert {name: score.cases for name, score in by_indicator(rows).items()} == {"a": 2, "b": 3}


def test_refusals_are_counted_by_reason() -> None:
    assert refusals(forecasts(reason=["", "shifted", "shifted", "no_data"])) == {"shifted": 2, "no_data": 1}


# --- What a forecast sees ---


def year_of(aim: Aim, known: np.ndarray, final: np.ndarray, day: int) -> Year:
    """Only the city has figures; they were `known` by `day`."""

    def reading(day: int, series: np.ndarray) -> KnownFigures:
        numerator = np.full((1, len(aim.regions), day + 1), np.nan)
        numerator[0, 0] = series[: day + 1]
        return KnownFigures(day, numerator, np.full_like(numerator, np.nan))

    return Year([aim.indicator.id], list(aim.regions), [reading(day, known)], reading(364, final))


def test_a_forecast_sees_what_was_known_and_is_held_against_what_came(city: City) -> None:
    aimed = aim_of(city, "a05.reemployment", 3000)
    late = np.arange(365) * 10.0
    known = np.where(np.arange(365) > 248, late[248], late)  # the last two days' reports are not in yet
    found = issued([aimed], year_of(aimed, known, late, 250))
    assert found.region.tolist() == [city.regions.code]
    assert found.day.tolist() == [250]
    assert found.left.tolist() == [114]
    assert found.outcome.tolist() == [3640.0]
    assert found.hit.tolist() == [True]
    assert found.open.tolist() == [True]
    assert found.p10[0] < 3640
    # From nothing before the plan's first day: 2480 in 251 days, so 3606 in 365.
    assert straight(aimed, known[None, :], 250)[0] == pytest.approx(2480 * 365 / 251)
    assert found.line.tolist() == [True]


def test_on_the_due_date_and_without_a_target_nothing_is_forecast(city: City) -> None:
    aimed = aim_of(city, "a05.reemployment", 3000)
    series = np.arange(365) * 10.0
    monitor = next(each for each in city.catalogue.indicators if each.id == "a04.rukang_corners")
    without = aim(city.catalogue, city.regions, monitor, 365)
    with pytest.raises(ValueError, match="no forecasts"):
        issued([aimed], year_of(aimed, series, series, 364))
    with pytest.raises(ValueError, match="no forecasts"):
        issued([without], year_of(without, series, series, 250))


# --- From the messages on ---


@pytest.fixture(scope="module")
def simulated(city: City) -> Year:
    return simulated_year(city, 1, 0.02, [date(2023, 9, 1), date(2023, 11, 15)])


def test_a_simulated_year_is_read_as_it_was_known(city: City, simulated: Year) -> None:
    september, november = simulated.known
    assert (september.day, november.day, simulated.final.day) == (243, 318, 364)
    assert simulated.regions[0] == city.regions.code
    at = simulated.indicators.index("a05.reemployment")
    early, later, last = (reading.numerator[at, 0, 243] for reading in (september, november, simulated.final))
    assert 0 < early < later <= last  # late reports
    counties = simulated.final.numerator[at, 1:, 364].sum()
    assert counties == simulated.final.numerator[at, 0, 364]


def test_a_simulated_city_is_forecast_well_enough(city: City, simulated: Year) -> None:
    """One small city: far from proof, but a forecast that is off by a factor, or a chance turned round, fails."""
    aims = [aim(city.catalogue, city.regions, indicator, 365) for indicator in city.catalogue.indicators]
    found = scores(issued(aims, simulated))["city"]
    assert found.forecasts >= 40
    assert 0.6 < found.coverage < 0.98
    assert found.brier < found.line


def test_joined_keeps_all_rows() -> None:
    assert joined([forecasts(day=[1, 2]), forecasts(day=[3])]).day.tolist() == [1, 2, 3]

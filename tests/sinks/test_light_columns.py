"""The list of the columns of `lights` against the migrated table, and against those who write and read them."""

from __future__ import annotations

from typing import get_type_hints

import numpy as np
import pytest
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.light_columns import COLUMNS, LIGHTS, NUMBER, WORD, selection
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.reads import figures
from tests.lights.making import catalogue, judged

_TABLE = """
SELECT name, type, comment FROM system.columns
WHERE database = currentDatabase() AND table = 'lights' ORDER BY position
"""


def test_the_migrated_table_has_these_columns_in_this_order(blank: Client) -> None:
    migrate(blank)
    assert blank.query(_TABLE).result_rows == [
        (column.name, column.type.clickhouse, column.meaning) for column in LIGHTS
    ]


def test_all_numbers_and_nothing_else_come_from_the_lights() -> None:
    lights = judged(catalogue(), np.arange(5.0))
    assert set(lights.numbers) == {column.name for column in LIGHTS if column.type is NUMBER}
    assert all(COLUMNS[name].type is WORD for name in lights.texts)


def test_what_readers_are_given_has_the_types_of_its_columns() -> None:
    hints = get_type_hints(figures.Light)
    own = [name for name in hints if name not in figures._FROM_STATUSES]
    for name in own:
        type_ = COLUMNS[figures._RENAMED.get(name, name)].type
        assert hints[name] == (type_.python | None if type_.optional else type_.python), name


def test_a_selection_names_columns_and_refuses_others() -> None:
    assert selection(["rate28", "why_zh"], "l") == "l.rate28 AS rate28, l.why_zh AS why_zh"
    with pytest.raises(KeyError):
        selection(["rate"], "l")

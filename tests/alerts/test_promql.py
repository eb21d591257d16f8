"""Every metric and label in a rule, or in what a rule's words ask for, is one that a worker shows."""

from __future__ import annotations

import re

import pytest

from tests.alerts.test_rules import RULES, rules
from tests.metric_names import exposed, unknown


@pytest.mark.parametrize("name", RULES)
def test_rules_name_only_what_a_worker_shows(name: str) -> None:
    for rule in rules(name):
        assert unknown(rule["expr"], exposed()) == [], rule["alert"]


@pytest.mark.parametrize("name", RULES)
def test_so_do_the_questions_in_their_words(name: str) -> None:
    asked = 0
    for rule in rules(name):
        for text in rule["annotations"].values():
            found = re.findall(r'with (?:printf )?"((?:[^"\\]|\\.)*)"[^|]*\| query', text)
            assert text.count("| query") == len(found)
            for question in found:
                query = question.replace('\\"', '"').replace("%q", '"370811"').replace("%s", "370811")
                assert unknown(query, exposed()) == [], query
                asked += 1
    assert asked or name == "rules/service.yml"


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("sum by (topic) (pulse_lag_events)", []),
        ("pulse_lag_event", ["pulse_lag_event"]),
        ('pulse_lag_events{topik="health"}', ["pulse_lag_events{topik}"]),
        ("sum by (topik) (rate(pulse_events_total[5m]))", ["topik"]),
        ("pulse_indicator_value * on (indicator, x) group_left (titel) pulse_indicator_info", ["x", "titel"]),
        (
            'label_replace(up, "department", "$1", "job", "(.*)") and on (department) pulse_department_silent',
            [],
        ),
        ("histogram_quantile(0.9, sum by (le) (rate(pulse_flush_seconds_bucket[5m])))", []),
        ("max_over_time((pulse_nothing > 1)[1h:5m])", ["pulse_nothing"]),
    ],
)
def test_what_is_wrong_is_found(expression: str, wrong: list[str]) -> None:
    assert unknown(expression, exposed()) == wrong

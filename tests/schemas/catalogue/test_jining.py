"""Jining's catalogue against the plan: every target that the plan states, as it words it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.catalogue.loader import DEFAULT_CATALOGUE, DEFAULT_REGIONS, load, load_regions
from schemas.catalogue.model import Catalogue
from schemas.registry import event_types

PLAN = (
    (Path(__file__).parents[2] / "data" / "plan-2023.txt")
    .read_text(encoding="utf-8")
    .translate(str.maketrans(",:;()", "\uff0c\uff1a\uff1b\uff08\uff09"))
)
"""The copy at hand has half-width punctuation; the catalogue has the full width of Chinese print."""

TARGETS = {
    "a01.worker_staffing": "≥ 90 %",
    "a01.worker_pay": "≥ 100 %",
    "a01.post_grade_pay": "= 100 %",
    "a01.grid_post": "= 100 %",
    "a01.grid_member_inclusion": "= 100 %",
    "a01.committee_vacancies": None,
    "a01.urban_social_orgs": "≥ 13 个",
    "a01.rural_social_orgs": "≥ 6 个",
    "a01.beautiful_villages": "≥ 200 个",
    "a01.documents": "≥ 3 份",
    "a02.home_adaptation": "≥ 2 000 户",
    "a02.home_care_beds": "≥ 1 000 张",
    "a02.elder_canteens": "≥ 364 家",
    "a02.visit_rate": "= 100 %",
    "a02.caregiver_training": "≥ 2 800 人次",
    "a03.urban_parent_schools": "≥ 80 %",
    "a03.village_parent_schools": "≥ 70 %",
    "a03.child_care_visits": None,
    "a04.rukang_homes": "≥ 20 处",
    "a04.rukang_corners": None,
    "a05.reemployment": "≥ 26 000 人",
    "a05.hardship_employment": "≥ 5 300 人",
    "a05.service_campaigns": "≥ 15 项",
    "a05.benchmark_agencies": None,
    "a06.recommended_institutions": "≥ 10 家",
    "a06.guardian_subsidy": "= 100 %",
    "a06.psychiatric_follow_up": None,
    "a07.course_resources": "≈ 30 门 (±10 %)",
    "a07.elder_tech_training": "≥ 1 期",
    "a08.activity_carriers": "= 100 %",
    "a08.culture_brands": "≥ 5 个",
    "a09.community_games": "> 200 场",
    "a10.science_sites": "≥ 5 个",
    "a11.urban_police": "= 100 %",
    "a11.village_police": "= 100 %",
    "a11.disputes_settled": None,
    "a12.legal_advisers": None,
    "a12.model_villages": None,
    "a13.first_aid_reach": "≥ 10 000 人次",
    "a13.shelter_register": "= 100 %",
    "a14.community_funds": "≥ 15 支",
    "a14.model_estates": "≥ 100 个",
    "a14.satisfaction": None,
    "a15.aid_stations": "= 100 %",
    "a16.model_communities": "= 100 %",
    "a16.platform_deployment": "= 100 %",
    "a16.new_smart": "≥ 100 个",
    "a16.total_smart": "≥ 280 个",
    "a16.smart_coverage": "≥ 75 %",
    "a16.device_online": None,
    "a17.three_lists": "= 100 %",
}
"""In the plan's own order; None is watched without a number."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(DEFAULT_CATALOGUE, load_regions(DEFAULT_REGIONS), event_types)


def test_every_target_as_the_plan_words_it(catalogue: Catalogue) -> None:
    words = {
        indicator.id: indicator.target.words(indicator.unit) if indicator.target else None
        for indicator in catalogue.indicators
    }
    assert {id: words.get(id) for id in TARGETS} == TARGETS
    assert [id for id in words if id in TARGETS] == list(TARGETS)


def test_every_sentence_is_the_plans_own(catalogue: Catalogue) -> None:
    assert [i.id for i in catalogue.indicators if i.sentence not in PLAN] == []


def test_every_action_and_department_is_named_in_the_plan(catalogue: Catalogue) -> None:
    assert catalogue.plan.name.zh in PLAN
    assert [action.no for action in catalogue.actions] == list(range(1, 18))
    assert [action.name.zh for action in catalogue.actions if f"、{action.name.zh}。" not in PLAN] == []
    assert [d.name.zh for d in catalogue.departments.values() if d.name.zh not in PLAN] == []


def test_every_measure_is_read(catalogue: Catalogue) -> None:
    read = {key for indicator in catalogue.indicators for key in indicator.formula.reads}
    assert set(catalogue.measures) == read


def test_first_time_ever_is_not_first_time_this_year(catalogue: Catalogue) -> None:
    for id in ("a06.recommended_institutions", "a14.community_funds", "a16.new_smart"):
        (indicator,) = (i for i in catalogue.indicators if i.id == id)
        (key,) = indicator.formula.reads
        assert (catalogue.measures[key].reducer, catalogue.measures[key].period) == ("distinct", None)
        assert indicator.window == "year"


def test_money_is_counted_in_fen_and_scores_in_tenths(catalogue: Catalogue) -> None:
    scales = {
        key: (measure.scale, [feed.scale for feed in measure.feeds])
        for key, measure in catalogue.measures.items()
        if measure.scale > 1
    }
    assert scales == {
        "pay_total": (100, [100]),
        "reference_wage": (100, [100]),
        "survey_scores": (10, [10]),
    }

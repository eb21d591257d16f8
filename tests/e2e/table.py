"""The plan's first table as data: for each indicator the events that move it, and by how much.

Written from the plan and the documented contract alone; the catalogue is what is tried. Two counties: A, where things
happen, and B, where corrections move them. Nothing here knows how anything is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from tests.e2e.department import event

CITY, A, B = "370800", "370811", "370881"
STATUTORY = (
    "370811", "370812", "370826", "370827", "370828", "370829", "370830", "370831", "370832", "370881", "370883",
)  # fmt: skip
ZONES = ("370871", "370872", "370873")
REGIONS = (CITY, *STATUTORY, *ZONES)

JUNE, AUGUST = date(2023, 6, 30), date(2023, 8, 31)
"""The days on which figures are read."""
IN_JANUARY, IN_JUNE, IN_AUGUST = (
    "2023-01-09T09:00:00+08:00",
    "2023-06-10T09:00:00+08:00",
    "2023-08-10T09:00:00+08:00",
)

Spot = Literal["county", "urban", "rural", "village"]
Data = dict[str, Any]


def place(county: str, spot: Spot) -> str:
    """A region of a county: itself, or one of its communities and villages."""
    return (
        county
        if spot == "county"
        else f"{county}001{ {'urban': '001', 'rural': '101', 'village': '201'}[spot] }"
    )


# --- Rosters: there from January ---

KINDS = {"urban": "001", "rural": "101", "village": "201"}
ROSTER = {
    A: {"urban": 2, "rural": 1, "village": 1},
    B: {"urban": 1, "rural": 1, "village": 2},
}
"""How many places of each kind a county has."""


def roster() -> Iterator[dict[str, Any]]:
    """The communities and villages, and what other rates are taken of."""
    for county, kinds in ROSTER.items():
        for kind, number in kinds.items():
            for n in range(number):
                code = f"{county}001{int(KINDS[kind]) + n:03}"
                data = {"region": code, "listed": True, "kind": kind, "name": f"社区{code}"}
                yield event("civil-affairs.community", code, data, time=IN_JANUARY)
    for county, posts in ((A, 4), (B, 2)):
        yield event(
            "organization.establishment",
            f"unit-{county}",
            {"region": county, "posts": posts},
            time=IN_JANUARY,
        )
    for region, yuan in WAGES.items():
        yield event("organization.reference-wage", region, {"region": region, "yuan": yuan}, time=IN_JANUARY)


WAGES = {A: 60000, B: 50000, CITY: 55000.5}


def _places(*kinds: str) -> dict[str, float]:
    counts = {county: sum(ROSTER[county][kind] for kind in kinds) for county in ROSTER}
    return {**counts, CITY: sum(counts.values())}


URBAN, RURAL, VILLAGES = _places("urban"), _places("rural"), _places("village")
COMMUNITIES, PLACES = _places("urban", "rural"), _places("urban", "rural", "village")
COUNTIES: dict[str, float] = {**dict.fromkeys(STATUTORY, 1), CITY: len(STATUTORY)}
POSTS: dict[str, float] = {A: 4, B: 2, CITY: 6}
NOTHING: dict[str, float] = {}


# --- Indicators ---


class Said(NamedTuple):
    """An event of a case, as it is first told: in county A, in June.

    `fixed`: the subject is a place or a county, so no correction can move it. `since`: "june" moves to August with the
    correction; "january" is when it began, and stays.
    """

    type: str
    data: Data
    fixed: bool = False
    since: Literal["june", "january"] = "june"
    subject: str = ""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    `of`: the denominators that the rosters give, by region; None where the indicator is a plain count. `kind`: how a
    value comes of them. `numerator`: what the case's events add. `brings`: what they add to the denominator.
    `lasts` false: the numerator is of the month or quarter only. `brought` "january": the denominator's event began then.
    """

    indicator: str
    kind: Literal["count", "percent", "mean"]
    numerator: float
    of: dict[str, float] | None = None
    brings: float = 0
    lasts: bool = True
    brought: Literal["june", "january"] = "june"
    finest: Literal["city", "county"] = "county"


@dataclass(frozen=True)
class Case:
    """Events, and every row that they move. `spot`: where in the county."""

    rows: tuple[Row, ...]
    said: tuple[Said, ...]
    spot: Spot = "county"

    @property
    def fixed(self) -> bool:
        """Whether no correction can move it to another county."""
        return self.said[0].fixed


def count(indicator: str, numerator: float = 1, **words: Any) -> Row:
    return Row(indicator, "count", numerator, **words)


def percent(indicator: str, of: dict[str, float], numerator: float = 1, **words: Any) -> Row:
    return Row(indicator, "percent", numerator, of, **words)


def mean(indicator: str, of: dict[str, float], numerator: float = 1, **words: Any) -> Row:
    return Row(indicator, "mean", numerator, of, **words)


def case(row: Row | tuple[Row, ...], *said: Said, spot: Spot = "county") -> Case:
    return Case(row if isinstance(row, tuple) else (row,), said, spot)


ON, OPEN, IN_FORCE = {"listed": True}, {"open": True}, {"in_force": True}

CASES = (
    # 1
    case(percent("a01.worker_staffing", POSTS), Said("organization.worker", ON)),
    case(
        percent("a01.worker_pay", {A: 60000, B: 50000, CITY: 55000.5}, 61000.25),
        Said("organization.pay-report", {"total_yuan": 122000.5, "heads": 2}),
    ),
    case(percent("a01.post_grade_pay", COUNTIES), Said("organization.post-grade-pay", IN_FORCE, fixed=True)),
    case(
        percent("a01.grid_post", COMMUNITIES),
        Said("organization.grid-post", IN_FORCE, fixed=True),
        spot="urban",
    ),
    case(
        percent("a01.grid_member_inclusion", NOTHING, brings=1),
        Said("organization.grid-member-eligible", ON),
        Said("organization.grid-member-included", ON),
        spot="urban",
    ),
    case(
        percent("a01.committee_vacancies", NOTHING, brings=1),
        Said("organization.vacancy-arisen", {}),
        Said("organization.vacancy-filled", {}),
        spot="rural",
    ),
    case(mean("a01.urban_social_orgs", URBAN), Said("civil-affairs.social-organization", ON), spot="urban"),
    case(
        mean("a01.rural_social_orgs", RURAL),
        Said("civil-affairs.social-organization", ON, subject="rural-org"),
        spot="rural",
    ),
    case(
        count("a01.beautiful_villages"), Said("agriculture.beautiful-village", {}, fixed=True), spot="village"
    ),
    case(count("a01.documents", finest="city"), Said("organization.document", {"name": "若干措施"})),
    # 2
    case(count("a02.home_adaptation"), Said("civil-affairs.home-adaptation", {}), spot="urban"),
    case(count("a02.home_care_beds", 5), Said("civil-affairs.care-beds", {"beds": 5})),
    case(count("a02.elder_canteens"), Said("civil-affairs.elder-canteen", OPEN), spot="village"),
    case(
        percent("a02.visit_rate", NOTHING, brings=1, brought="january", lasts=False),
        Said("civil-affairs.elder", ON, since="january"),
        Said("civil-affairs.elder-visit", {}),
        spot="village",
    ),
    case(count("a02.caregiver_training", 30), Said("civil-affairs.caregiver-training", {"attendances": 30})),
    # 3
    case(
        percent("a03.urban_parent_schools", URBAN), Said("women-children.parent-school", OPEN), spot="urban"
    ),
    case(
        percent("a03.village_parent_schools", VILLAGES),
        Said("women-children.parent-school", OPEN, subject="village-school"),
        spot="village",
    ),
    case(count("a03.child_care_visits", lasts=False), Said("civil-affairs.child-service", {}), spot="rural"),
    # 4
    case(count("a04.rukang_homes"), Said("disabled-persons.rukang-home", OPEN), spot="urban"),
    case(count("a04.rukang_corners"), Said("disabled-persons.rukang-corner", OPEN), spot="rural"),
    # 5
    case(
        count("a05.reemployment"),
        Said("employment.person-employed", {"registered_unemployed_on": "2023-01-05"}),
        spot="urban",
    ),
    case(
        count("a05.hardship_employment"),
        Said("employment.person-employed", {"hardship": True}, subject="hardship"),
        spot="urban",
    ),
    case(count("a05.service_campaigns"), Said("employment.service-campaign", {"name": "春风行动"})),
    case(count("a05.benchmark_agencies"), Said("employment.benchmark-agency", ON)),
    # 6
    case(count("a06.recommended_institutions"), Said("health.institution-rating", {"rating": "recommended"})),
    case(
        percent("a06.guardian_subsidy", NOTHING, brings=1, brought="january"),
        Said("health.guardian-eligible", ON, since="january"),
        Said("health.guardian-subsidy", {"amount_yuan": 2400}),
        spot="village",
    ),
    case(
        percent("a06.psychiatric_follow_up", NOTHING, brings=1, brought="january", lasts=False),
        Said("health.patient", ON, since="january"),
        Said("health.patient-visit", {}),
        spot="urban",
    ),
    # 7, 8, 9, 10
    case(count("a07.course_resources"), Said("education.course", {"name": "智慧生活"})),
    case(count("a07.elder_tech_training"), Said("education.tech-training", {"attendances": 60})),
    case(percent("a08.activity_carriers", COMMUNITIES), Said("culture.activity-carrier", OPEN), spot="rural"),
    case(count("a08.culture_brands"), Said("culture.culture-brand", {"name": "百姓大舞台"})),
    case(count("a09.community_games"), Said("sports.community-game", {}), spot="urban"),
    case(count("a10.science_sites"), Said("science.science-site", {}, fixed=True), spot="village"),
    # 11
    case(
        percent("a11.urban_police", URBAN),
        Said("public-security.police-post", {"role": "officer", "in_post": True}, subject="officer"),
        Said("public-security.police-post", {"role": "auxiliary", "in_post": True}, subject="auxiliary-1"),
        Said("public-security.police-post", {"role": "auxiliary", "in_post": True}, subject="auxiliary-2"),
        spot="urban",
    ),
    case(
        percent("a11.village_police", VILLAGES),
        Said("public-security.police-post", {"role": "auxiliary", "in_post": True}, subject="auxiliary-3"),
        spot="village",
    ),
    case(
        percent("a11.disputes_settled", NOTHING, brings=1),
        Said("justice.dispute-accepted", {}),
        Said("justice.dispute-settled", {}),
        spot="village",
    ),
    # 12
    case(
        percent("a12.legal_advisers", PLACES, lasts=False),
        Said("justice.adviser-service", {}, fixed=True),
        spot="village",
    ),
    case(count("a12.model_villages"), Said("justice.model-village", ON, fixed=True), spot="village"),
    # 13
    case(count("a13.first_aid_reach", 40), Said("red-cross.first-aid-session", {"attendances": 40})),
    case(
        percent("a13.shelter_register", NOTHING, brings=1),
        Said("emergency.shelter-surveyed", ON),
        Said("emergency.shelter-registered", ON),
        spot="urban",
    ),
    # 14, 15
    case(count("a14.community_funds"), Said("civil-affairs.community-fund", {}), spot="urban"),
    case(count("a14.model_estates"), Said("housing.model-estate", {}), spot="urban"),
    case(
        mean("a14.satisfaction", NOTHING, 171.5, brings=2, lasts=False),
        Said("civil-affairs.satisfaction-survey", {"score_total": 171.5, "answers": 2}),
        spot="urban",
    ),
    case(percent("a15.aid_stations", PLACES), Said("civil-affairs.aid-station", OPEN), spot="village"),
    # 16
    case(
        percent("a16.model_communities", COUNTIES),
        Said("smart-community.model-community", OPEN, fixed=True),
        spot="urban",
    ),
    case(
        percent("a16.platform_deployment", URBAN),
        Said("smart-community.platform", OPEN, fixed=True),
        spot="urban",
    ),
    case(
        (count("a16.new_smart"), count("a16.total_smart"), percent("a16.smart_coverage", URBAN)),
        Said("smart-community.rating", {"rating": "basic"}, fixed=True),
        spot="urban",
    ),
    # 17: a list each, all three of them
    case(
        percent("a17.three_lists", COUNTIES),
        *[
            Said("civil-affairs.work-list", {"in_force": True, "list": name}, fixed=True, subject=f":{name}")
            for name in ("affairs", "assessment", "seals")
        ],
    ),
)
"""Every row but a16.device_online, whose heartbeats cannot be corrected: `test_table.py` tries it by itself."""


def events(
    number: int, case: Case, *, county: str, month: str, **attributes: Any
) -> Iterator[dict[str, Any]]:
    """A case's events as told of a county and a month; with `void` true they are withdrawn."""
    for n, said in enumerate(case.said):
        own = (
            f"{place(A, case.spot)}{said.subject}"
            if said.fixed
            else f"case-{number}-{said.subject or 'subject'}"
        )
        time = IN_JANUARY if said.since == "january" else month
        data = None if attributes.get("void") else {**said.data, "region": place(county, case.spot)}
        yield event(said.type, own, data, id=f"case-{number}-{n}", time=time, **attributes)

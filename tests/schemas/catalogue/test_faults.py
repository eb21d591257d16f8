"""Each check by a catalogue that breaks just it: the fault's line, its place, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from schemas.catalogue.loader import CatalogueError, Fault, load, load_regions
from schemas.registry import event_types

SMALL = Path(__file__).with_name("small.yaml")
CITY = Path(__file__).parents[2] / "data" / "regions-yunchuan.yaml"
REGIONS = load_regions(CITY)


class Break(NamedTuple):
    old: str
    """What stands once in small.yaml,"""
    new: str
    """and what is put in its place."""
    at: str
    """What stands in the fault's line, once."""
    where: str
    says: tuple[str, ...]


VISIT = "- {type: civil-affairs.elder-visit, member: visit, lapses: month}"
CHILD = "feeds: [{type: civil-affairs.child-service}]"
STATION = "feeds: [{type: civil-affairs.aid-station, value: open}]"
CHECKPOINT = "{date: 2025-12-31, share: 1}"
MONITOR = "window: month\n    cadence: month\n    pace: {kind: none}"

BREAKS = {
    # The form.
    "an unknown key": Break(
        "reducer: distinct\n    period: month", "reducr: distinct\n    reducer: distinct\n    period: month",
        "reducr", "measures.children.reducr", ("there is no key 'reducr'", "such as reducer"),
    ),
    "an unknown key in a formula": Break(
        "denominator: elders", "denominator: elders, per: elders", "per: elders",
        "indicators[a02.visits].formula.per", ("there is no key 'per'", "numerator, denominator"),
    ),
    "a missing key": Break(
        "    sentence: 月探访率\n", "", "- id: a02.visits", "indicators[a02.visits]", ("'sentence' is missing", "add it"),
    ),
    "an unknown reducer": Break(
        "reducer: seen", "reducer: heard", "reducer: heard", "measures.heard.reducer",
        ("'heard'", "'sum', 'distinct', 'timeline', 'condition' or 'seen'"),
    ),
    "an unknown formula": Break(
        "kind: ratio", "kind: rate", "kind: rate", "indicators[a02.visits].formula", ("'rate'", "'ratio'"),
    ),
    "a wrong type": Break(
        "no: 2", "no: two", "no: two", "actions[two].no", ("'two'", "a valid integer"),
    ),
    "a number in a filter": Break(
        "where: {kind: [urban]}", "where: {listed: 1}", "listed: 1",
        "measures.urban.feeds[civil-affairs.community].where.listed",
        ("1; expected a valid string or a valid boolean or a valid list",),
    ),
    "a bare ~": Break(
        '{op: ">=", value: 20}', "{op: ~, value: 20}", "op: ~", "indicators[a02.reemployed].target.op",
        ("None", "'~'", "quote it"),
    ),
    "a bad id": Break(
        "id: a02.online", "id: online", "id: online", "indicators[online].id", ("'online'", r"^a\d{2}"),
    ),
    "a bad measure key": Break(
        "  heads:\n", "  Heads:\n", "  Heads:", "measures.Heads", ("'Heads'", "^[a-z]"),
    ),
    # Departments.
    "an event type that feeds nothing": Break(
        "civil-affairs.child-service\n", "civil-affairs.child-service\n      - civil-affairs.care-beds\n",
        "  civil-affairs:", "departments.civil-affairs", ("civil-affairs.care-beds feeds nothing", "add a measure"),
    ),
    "a published event type that does not exist": Break(
        "- civil-affairs.elder-visit\n", "- civil-affairs.elder-visit\n      - civil-affairs.elders-visit\n",
        "civil-affairs.elders-visit", "departments.civil-affairs.events[4]", ("no event type", "elder-visit"),
    ),
    "a feed that its department does not publish": Break(
        "      - civil-affairs.child-service\n", "", "child-service",
        "measures.children.feeds[civil-affairs.child-service].type",
        ("civil-affairs does not publish", "add it to `events`"),
    ),
    # Measures.
    "an event type that does not exist": Break(
        CHILD, "feeds: [{type: civil-affairs.child-service}, {type: civil-affairs.childservice}]", "childservice",
        "measures.children.feeds[civil-affairs.childservice].type",
        ("there is no event type 'civil-affairs.childservice'", "no event feeds it", "civil-affairs.child-service"),
    ),
    "two topics": Break(
        CHILD, "feeds: [{type: civil-affairs.child-service}, {type: employment.person-employed}]",
        "employment.person-employed}]", "measures.children.feeds",
        ("fed from civil-affairs, employment", "in two places", "one topic"),
    ),
    "another topic": Break(
        "topic: employment", "topic: organization", "topic: organization\n    reducer: distinct",
        "measures.reemployed.topic", ("'organization'", "the topic of its event types, employment"),
    ),
    "a topic of no department": Break(
        "topic: employment", "topic: employments", "topic: employments", "measures.reemployed.topic",
        ("no department has the topic 'employments'", "such as employment"),
    ),
    "a type that feeds a measure twice": Break(
        CHILD, "feeds: [{type: civil-affairs.child-service}, {type: civil-affairs.child-service}]", "child-service}]",
        "measures.children.feeds", ("feeds it twice", "one `where`"),
    ),
    "the name of the counties": Break(
        "  heads:\n", "  counties:\n", "  counties:", "measures.counties", ("another name",),
    ),
    "a period that is no function of the subject": Break(
        f"reducer: timeline\n    {STATION}", f"reducer: timeline\n    period: month\n    {STATION}",
        "period: month\n    feeds: [{type: civil-affairs.aid-station", "measures.stations.period",
        ("a period for the reducer timeline", "a group is a function of the subject"),
    ),
    "a cohort of something else": Break(
        f"reducer: timeline\n    {STATION}", f"reducer: timeline\n    cohort: true\n    {STATION}", "cohort: true",
        "measures.stations.cohort", ("cohort for the reducer timeline",),
    ),
    "a timeline of two types": Break(
        STATION, "feeds: [{type: civil-affairs.aid-station, value: open}, {type: civil-affairs.child-service}]",
        "aid-station, value", "measures.stations.feeds", ("a timeline of several event types",),
    ),
    "a value that is not read": Break(
        "given: [registered_unemployed_on]", "value: hardship", "value: hardship",
        "measures.reemployed.feeds[employment.person-employed].value", ("a value for the reducer distinct", "`where`"),
    ),
    "a member outside a condition": Break(
        STATION, "feeds: [{type: civil-affairs.aid-station, value: open, member: a}]", "member: a}",
        "measures.stations.feeds[civil-affairs.aid-station].member", ("member for the reducer timeline",),
    ),
    "a home outside a condition": Break(
        STATION, "feeds: [{type: civil-affairs.aid-station, value: open, home: true}]", "home: true}]",
        "measures.stations.feeds[civil-affairs.aid-station].home", ("home for the reducer timeline",),
    ),
    "a lapse outside a condition": Break(
        STATION, "feeds: [{type: civil-affairs.aid-station, value: open, lapses: year}]", "lapses: year",
        "measures.stations.feeds[civil-affairs.aid-station].lapses", ("lapses for the reducer timeline",),
    ),
    # Conditions.
    "no home": Break(
        ", home: true", "", "feeds:\n      - {type: civil-affairs.elder,", "measures.visited.feeds",
        ("0 members with `home`", "exactly one"),
    ),
    "two homes": Break(
        "member: visit, lapses: month", "member: visit, home: true", "feeds:\n      - {type: civil-affairs.elder,",
        "measures.visited.feeds", ("2 members with `home`: roster, visit", "exactly one"),
    ),
    "a member without a name": Break(
        "member: visit, lapses: month", "lapses: month", "elder-visit, lapses",
        "measures.visited.feeds[civil-affairs.elder-visit]", ("a member without a name",),
    ),
    "two members of one name": Break(
        "member: visit,", "member: roster,", "elder-visit, member: roster",
        "measures.visited.feeds[civil-affairs.elder-visit].member", ("2 members named 'roster'",),
    ),
    "members that lapse by two periods": Break(
        VISIT, VISIT + "\n      - {type: civil-affairs.child-service, member: served, lapses: year}",
        "feeds:\n      - {type: civil-affairs.elder,", "measures.visited.feeds",
        ("members lapse by month, year", "one period"),
    ),
    "a home that lapses": Break(
        "home: true", "home: true, lapses: month", "home: true, lapses",
        "measures.visited.feeds[civil-affairs.elder].lapses", ("home lapses",),
    ),
    "a cohort that lapses": Break(
        "reducer: condition", "reducer: condition\n    cohort: true", "lapses: month",
        "measures.visited.feeds[civil-affairs.elder-visit].lapses", ("a member of a cohort lapses",),
    ),
    "members of two topics": Break(
        VISIT, VISIT + "\n      - {type: employment.person-employed, member: employed}",
        "feeds:\n      - {type: civil-affairs.elder,", "measures.visited.feeds", ("fed from civil-affairs, employment",),
    ),
    # Fields.
    "a value that is no field": Break(
        "value: heads", "value: head", "value: head", "measures.heads.feeds[organization.pay-report].value",
        ("has no field 'head'", "such as heads"),
    ),
    "a value that cannot be counted": Break(
        "value: listed, where: {kind: [urban]}", "value: kind", "value: kind",
        "measures.urban.feeds[civil-affairs.community].value",
        ("kind is one of a list", "a boolean, an integer or a decimal"),
    ),
    "a decimal that leaves crumbs": Break(
        "value: yuan, scale: 100", "value: yuan, scale: 10", "value: yuan",
        "measures.wage.feeds[organization.reference-wage].value", ("2 decimals, scale 10", "a multiple of 100"),
    ),
    "a scale that is not taken back": Break(
        "scale: 100\n    feeds: [{type: organization.reference-wage",
        "scale: 10\n    feeds: [{type: organization.reference-wage",
        "value: yuan", "measures.wage.feeds[organization.reference-wage].scale",
        ("multiplied by 100, and shown after division by 10", "a multiple of 100"),
    ),
    "a scale of nothing": Break(
        CHILD, "scale: 10\n    feeds: [{type: civil-affairs.child-service, scale: 10}]", "scale: 10}",
        "measures.children.feeds[civil-affairs.child-service].scale", ("a scale without a value",),
    ),
    "a filter on no field": Break(
        "where: {kind: [urban]}", "where: {sort: urban}", "sort: urban",
        "measures.urban.feeds[civil-affairs.community].where.sort", ("has no field 'sort'", "kind"),
    ),
    "a filter that nothing meets": Break(
        "where: {kind: [urban]}", "where: {kind: [urban, town]}", "town",
        "measures.urban.feeds[civil-affairs.community].where.kind", ("kind is never town", "urban, rural, village"),
    ),
    "an empty filter": Break(
        "where: {kind: [urban]}", "where: {kind: []}", "kind: []",
        "measures.urban.feeds[civil-affairs.community].where.kind", ("an empty list",),
    ),
    "a text for a boolean": Break(
        "where: {kind: [urban]}", "where: {listed: yes}", "listed: yes",
        "measures.urban.feeds[civil-affairs.community].where.listed", ("listed is never yes", "true or false"),
    ),
    "a filter on a free text": Break(
        "where: {kind: [urban]}", "where: {name: 甲}", "name: 甲",
        "measures.urban.feeds[civil-affairs.community].where.name", ("a closed list of values",),
    ),
    "given, but always there": Break(
        "given: [registered_unemployed_on]", "given: [hardship]", "given: [hardship]",
        "measures.reemployed.feeds[employment.person-employed].given[0]", ("hardship is always given",),
    ),
    "given, but no field": Break(
        "given: [registered_unemployed_on]", "given: [registered]", "given: [registered]",
        "measures.reemployed.feeds[employment.person-employed].given[0]",
        ("no field 'registered'", "registered_unemployed_on"),
    ),
    # Heartbeats.
    "a heartbeat that is counted": Break(
        "reducer: seen", "reducer: distinct", "type: smart-community.heartbeat}",
        "measures.heard.feeds[smart-community.heartbeat].type", ("a heartbeat, and is fed to distinct", "seen"),
    ),
    "a record that is seen": Break(
        CHILD, "feeds: [{type: civil-affairs.child-service}]\n  other:\n    name: {zh: 另, en: Other}\n"
        "    topic: civil-affairs\n    reducer: seen\n    feeds: [{type: civil-affairs.elder}]",
        "type: civil-affairs.elder}", "measures.other.feeds[civil-affairs.elder].type",
        ("is no heartbeat, and is fed to seen",),
    ),
    # Indicators.
    "an id twice": Break(
        "id: a02.online", "id: a02.children", "id: a02.children\n    name: {zh: 在线率", "indicators[a02.children].id",
        ("2 indicators are named a02.children",),
    ),
    "an action that does not exist": Break(
        "id: a02.online", "id: a03.online", "id: a03.online", "indicators[a03.online].id", ("no action 3",),
    ),
    "an action twice": Break("no: 2", "no: 1", "服务, en: Services", "actions[1].no", ("2 actions numbered 1",)),
    "a department that does not exist": Break(
        "department: employment", "department: employmnt", "department: employmnt",
        "indicators[a02.reemployed].department", ("no department 'employmnt'", "such as employment"),
    ),
    "a target without a target": Break(
        '    target: {op: ">=", value: 100}\n', "", "- id: a01.pay", "indicators[a01.pay]", ("a target without a target",),
    ),
    "a target without a due date": Break(
        "    due: 2025-12-31\n    cadence: once\n    pace: {kind: linear}", "    cadence: once\n    pace: {kind: linear}",
        "- id: a02.reemployed", "indicators[a02.reemployed]", ("without a due date",),
    ),
    "a due date beside a cadence": Break(
        "cadence: always", "due: 2025-12-31\n    cadence: always", "due: 2025-12-31\n    cadence: always",
        "indicators[a01.pay].due", ("a due date beside the cadence always",),
    ),
    "a monthly milestone": Break(
        "due: 2025-12-31\n    cadence: once\n    pace: {kind: linear}", "cadence: month\n    pace: {kind: period}",
        "cadence: month\n    pace: {kind: period}\n  - id: a02.online", "indicators[a02.reemployed].cadence",
        ("a milestone for each month",),
    ),
    "a pace that does not fit": Break(
        "pace: {kind: period}", "pace: {kind: linear}", "pace: {kind: linear}\n  - id: a02.children",
        "indicators[a02.visits].pace", ("the pace linear for the cadence month", "expected period"),
    ),
    "a monitor with a target": Break(
        MONITOR, 'target: {op: ">", value: 1}\n    ' + MONITOR, "value: 1}\n    window", "indicators[a02.children].target",
        ("a monitor with a target",),
    ),
    "a monitor with a due date": Break(
        MONITOR, "due: 2025-06-30\n    " + MONITOR, "due: 2025-06-30", "indicators[a02.children].due",
        ("a monitor with a due date",),
    ),
    "a monitor with a pace": Break(
        MONITOR, MONITOR.replace("none", "period"), "{kind: period}\n  - id: a02.reemployed",
        "indicators[a02.children].pace", ("a monitor with the pace period",),
    ),
    "a monitor read once": Break(
        "cadence: hour", "cadence: once", "cadence: once\n    pace: {kind: none}", "indicators[a02.online].cadence",
        ("a monitor that is read once",),
    ),
    "a due date outside the plan": Break(
        "due: 2025-12-31\n    cadence: once\n    pace: {kind: linear}",
        "due: 2026-12-31\n    cadence: once\n    pace: {kind: linear}",
        "due: 2026-12-31", "indicators[a02.reemployed].due", ("due 2026-12-31", "2025-01-01 to 2025-12-31"),
    ),
    "a checkpoint outside the plan": Break(
        "date: 2025-06-30", "date: 2024-06-30", "2024-06-30", "indicators[a01.stations].pace.checkpoints[2024-06-30]",
        ("a checkpoint on 2024-06-30", "2025-01-01 to 2025-12-31"),
    ),
    "checkpoints that fall": Break(
        CHECKPOINT, "{date: 2025-12-31, share: 0.4}", "share: 0.4", "indicators[a01.stations].pace.checkpoints[2025-12-31]",
        ("0.4 by 2025-12-31 after 0.5 by 2025-06-30",),
    ),
    "checkpoints without their pace": Break(
        "kind: checkpoints,", "kind: linear,", "kind: linear, checkpoints", "indicators[a01.stations].pace",
        ("2 checkpoints for the pace linear",),
    ),
    "a plan that ends before it starts": Break(
        "start: 2025-01-01", "start: 2026-01-01", "due: 2025-12-31\n\n", "plan.due", ("after the start, 2026-01-01",),
    ),
    # Formulas.
    "a measure that does not exist": Break(
        "denominator: elders", "denominator: elder", "denominator: elder", "indicators[a02.visits].formula.denominator",
        ("there is no measure 'elder'", "such as elders"),
    ),
    "a need that does not exist": Break(
        "needs: {stations: 1}", "needs: {station: 1}", "station: 1", "indicators[a01.stations].formula.needs.station",
        ("there is no measure 'station'", "such as stations"),
    ),
    "heartbeats in a ratio": Break(
        "denominator: elders", "denominator: heard", "denominator: heard", "indicators[a02.visits].formula.denominator",
        ("heard is of the reducer seen", "kept in cells"),
    ),
    "seen, but a level": Break(
        "seen: heard", "seen: elders", "seen: elders", "indicators[a02.online].formula.seen",
        ("elders is of the reducer timeline",),
    ),
    "registered, but no level": Break(
        "registered: devices", "registered: visited", "registered: visited", "indicators[a02.online].formula.registered",
        ("visited is of the reducer condition", "a level"),
    ),
    "a roster that is none": Break(
        "places: urban", "places: elders", "places: elders", "indicators[a01.stations].formula.places",
        ("elders is no roster", "subject is its place"),
    ),
    "a reference of no region": Break(
        "reference: wage", "reference: heads", "reference: heads", "indicators[a01.pay].formula.reference",
        ("heads is not a region's own",),
    ),
    "a window over levels": Break(
        "denominator: elders}", "denominator: elders}\n    window: month", "window: month\n    target",
        "indicators[a02.visits].window", ("only levels",),
    ),
    "a flow without a window": Break(
        "denominator: elders", "denominator: reemployed", "- id: a02.visits", "indicators[a02.visits]",
        ("no window for reemployed",),
    ),
    "a distinct count over another period": Break(
        "window: month", "window: year", "window: year\n    cadence: month", "indicators[a02.children].window",
        ("children is distinct by month, read over year", "let the window be month"),
    ),
    "a rate in another unit": Break(
        'unit: "%"\n    formula: {kind: ratio', "unit: 人\n    formula: {kind: ratio", "unit: 人\n    formula: {kind: ratio",
        "indicators[a02.visits].unit", ("the unit '人'", "expected %"),
    ),
    "a count in percent": Break(
        "unit: 人\n    formula: {kind: count, measure: children}",
        'unit: "%"\n    formula: {kind: count, measure: children}',
        'unit: "%"\n    formula: {kind: count', "indicators[a02.children].unit", ("'%'", "of what is counted"),
    ),
    "a unit without English": Break(
        "  人: {one: person, many: persons}", "  户: {one: household, many: households}",
        "unit: 人\n    formula: {kind: count, measure: children}", "indicators[a02.children].unit",
        ("the unit '人' has no English", "add it under units"),
    ),
    "a unit's English without its plural": Break(
        "{one: person, many: persons}", "{one: person}", "人: {one: person}", "units.人", ("'many' is missing",),
    ),
    "another fixed number": Break(
        "of: 20", "of: 30", "of: 30", "indicators[a02.reemployed].formula.of", ("of 30", "the target's value, 20"),
    ),
    "a window that is not the cadence's": Break(
        MONITOR, MONITOR.replace("cadence: month", "cadence: quarter"), "window: month", "indicators[a02.children].window",
        ("a window of a month, read each quarter",),
    ),
    "members that lapse by another period": Break(
        "cadence: month\n    pace: {kind: period}", "cadence: quarter\n    pace: {kind: period}", "cadence: quarter",
        "indicators[a02.visits].cadence", ("visit of visited lapses by the month, read each quarter",),
    ),
    "an hour of something else": Break(
        "cadence: hour", "cadence: always", "cadence: always\n    pace: {kind: none}", "indicators[a02.online].cadence",
        ("the cadence always for a formula of the kind online", "hour for online"),
    ),
    "places of what is known by county": Break(
        "    level: county\n", "", "- id: a02.online", "indicators[a02.online]", ("level place for online by county",),
    ),
    # Targets by county.
    "weights of nowhere": Break(
        "  due: 2025-12-31\n\ndepartments",
        '  due: 2025-12-31\n  weights: {people: {"370811": 3}}\n\ndepartments', "weights:",
        "plan.weights.people.370811", ("云川市 has no county '370811'",),
    ),
    "weights that are not there": Break(
        "of: 20}\n", "of: 20}\n    allocate: {by: people}\n", "allocate: {by: people}",
        "indicators[a02.reemployed].allocate.by", ("the plan has no weights 'people'",),
    ),
    "numbers that are another target": Break(
        "of: 20}\n", 'of: 20}\n    allocate: {numbers: {"990101": 12, "990102": 7}}\n', "allocate:",
        "indicators[a02.reemployed].allocate.numbers", ("add up to 19", "the city's target, 20"),
    ),
    "neither weights nor numbers": Break(
        "of: 20}\n", "of: 20}\n    allocate: {}\n", "allocate: {}",
        "indicators[a02.reemployed].allocate", ("neither of `by` and `numbers`", "one of the two"),
    ),
    "a rate divided among counties": Break(
        "denominator: elders}", "denominator: elders}\n    allocate: {by: people}", "allocate: {by: people}",
        "indicators[a02.visits].allocate", ("a ratio of level place, with a target", "holds in every county"),
    ),
    "a base of nothing": Break(
        "pace: {kind: period}", "pace: {kind: period, base: start}", "pace: {kind: period, base: start}",
        "indicators[a02.visits].pace.base", ("a base for the pace period",),
    ),
    # The file.
    "a key twice": Break(
        "    topic: employment\n", "    topic: employment\n    topic: employment\n",
        "topic: employment\n    reducer", "measures.reemployed.topic", ("the key 'topic' stands twice, in line",),
    ),
}  # fmt: skip


def faults(text: str, folder: Path) -> tuple[Fault, ...]:
    """The faults of a catalogue's text."""
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(path, REGIONS, event_types)
    assert all(str(fault) in str(caught.value) for fault in caught.value.faults)
    return caught.value.faults


def test_the_unbroken_catalogue_has_no_fault() -> None:
    assert len(load(SMALL, REGIONS, event_types).indicators) == 6


@pytest.mark.parametrize("name", BREAKS)
def test_broken(name: str, tmp_path: Path) -> None:
    old, new, at, where, says = BREAKS[name]
    text = SMALL.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    broken = text.replace(old, new)
    assert at in broken
    lines = {broken[:index].count("\n") + 1 for index in range(len(broken)) if broken.startswith(at, index)}

    found = [fault for fault in faults(broken, tmp_path) if fault.where == where]

    assert any(fault.line in lines and all(part in fault.message for part in says) for fault in found), (
        f"expected {where} at {lines} to say {says}, found:\n" + "\n".join(map(str, faults(broken, tmp_path)))
    )


def test_all_faults_are_listed_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = SMALL.read_text(encoding="utf-8")
    for old, new in (
        ("start: 2025-01-01", "begin: 2025-01-01"),
        ("reducer: seen", "reducer: sene"),
        ("denominator: elders", "denominator: elder"),
        ("department: employment", "department: x"),
        ("numerator: visited", "numerator: visted"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    found = faults(text, tmp_path)
    assert [fault.line for fault in found] == sorted(fault.line for fault in found)
    assert {fault.where for fault in found} == {
        "plan",
        "plan.begin",
        "measures.heard.reducer",
        "indicators[a02.visits].formula.numerator",
        "indicators[a02.visits].formula.denominator",
        "indicators[a02.reemployed].department",
    }
    assert "indicators[a02.online]" not in str(found), "a reference to an entry with faults does not dangle"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("plan: [1\nmeasures: {}\n", 2, "expected valid YAML"),
        ("plan: {a: b: c}\n", 1, "quotes"),
        ("", 1, "a valid dictionary"),
        ("- 1\n", 1, "a valid dictionary"),
        ("measures: {}\n", 1, "the key 'plan' is missing"),
    ],
)
def test_not_a_catalogue(text: str, line: int, says: str, tmp_path: Path) -> None:
    found = faults(text, tmp_path)
    assert any(fault.line == line and says in fault.message for fault in found), found


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"nothing\.yaml:0: the whole file: No such file"):
        load(tmp_path / "nothing.yaml", REGIONS, event_types)
    (tmp_path / "gbk.yaml").write_bytes("名".encode("gbk"))
    with pytest.raises(CatalogueError, match="not UTF-8"):
        load(tmp_path / "gbk.yaml", REGIONS, event_types)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("zone: Asia/Urumqi", "zone: Asia/Urumchi", 5, "no IANA time zone"),
        ('code: "990103"', 'code: "990102"', 6, "990102 given more than once"),
        ('code: "990103"', 'code: "980103"', 6, "980103 expected to begin with 9901"),
        ('code: "990103"', "code: 990103", 9, "quote it"),
        ("kind: statutory}\n  - {code: \"990102\"", "kind: other}\n  - {code: \"990102\"", 7, "'statutory' or 'zone'"),
    ],
)  # fmt: skip
def test_broken_regions(old: str, new: str, line: int, says: str, tmp_path: Path) -> None:
    text = CITY.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "regions.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_regions(tmp_path / "regions.yaml")
    assert any(fault.line == line and says in fault.message for fault in caught.value.faults), caught.value


def test_every_county_needs_counties() -> None:
    zones = REGIONS.model_copy(
        update={"counties": [c.model_copy(update={"kind": "zone"}) for c in REGIONS.counties]}
    )
    with pytest.raises(CatalogueError, match="云川市 has no statutory county"):
        load(SMALL, zones, event_types)

-- Conditions: facts about a subject while its home member is not on. A fact holds until its member is off or, where the
-- member lapses, until the period ends: `lapse` is the first local day after the period. `among`: only these subjects,
-- unless `everyone` is set.
-- reads: home_spans, standing_facts
WITH said AS
(
    SELECT * FROM standing_facts(measures = [{measure:String}]) WHERE ({everyone:Bool} OR subject IN (SELECT arrayJoin({among:Array(String)})))
),
known AS
(
    SELECT * FROM home_spans(measure = {measure:String}, home = {home:String})
    WHERE ({everyone:Bool} OR subject IN (SELECT arrayJoin({among:Array(String)})))
)
SELECT f.subject AS subject, f.source AS source, f.id AS id, f.type AS type, f.region AS region, f.time AS time,
    f.log AS log, f.partition AS partition, f.offset AS offset,
    if(empty(h.spans), 'subject-unknown', 'subject-out-of-time') AS kind
FROM
(
    SELECT *, if(NOT has({lapsing:Array(String)}, member), toDate32('2299-12-31'), multiIf(
        {period:String} = 'month', addMonths(makeDate32(toYear(day), toMonth(day), 1), 1),
        {period:String} = 'quarter', addMonths(makeDate32(toYear(day), intDiv(toMonth(day) - 1, 3) * 3 + 1, 1), 3),
        makeDate32(toYear(day) + 1, 1, 1)
    )) AS lapse
    FROM said
    WHERE member != {home:String} AND value > 0
) AS f
LEFT ANY JOIN known AS h ON f.subject = h.subject
LEFT ANY JOIN
(
    SELECT subject, member, groupArray(at) AS ends FROM said
    WHERE member != {home:String} AND value <= 0
    GROUP BY subject, member
) AS o ON f.subject = o.subject AND f.member = o.member
WHERE if(
    {cohort:Bool}, empty(h.spans) OR NOT h.was_on,
    NOT arrayExists(
        s -> s.2 > f.at AND s.1 < s.2 AND s.3 < f.lapse AND NOT arrayExists(end -> end > f.at AND end <= s.1, o.ends), h.spans
    )
)

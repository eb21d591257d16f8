-- Facts about a place that is on no roster while they hold. A level holds until its subject goes off or moves to
-- another place, a count until its window ends; each for a day at least.
-- reads: links, regions, roster_spans, standing_facts
SELECT f.measure AS measure, f.subject AS subject, f.source AS source, f.id AS id, f.type AS type, f.region AS region,
    f.time AS time, f.log AS log, f.partition AS partition, f.offset AS offset,
    if(empty(r.spans), 'place-unknown', 'place-out-of-time') AS kind
FROM
(
    SELECT measure, subject, counties, fact.3 AS source, fact.4 AS id, fact.5 AS type, fact.6 AS region, fact.7 AS time,
        fact.8 AS log, fact.9 AS partition, fact.10 AS offset, fact.11 AS day,
        multiIf(
            level, greatest(fact.12, addDays(day, 1)),
            period = 'month', addMonths(makeDate32(toYear(day), toMonth(day), 1), 1),
            period = 'quarter', addMonths(makeDate32(toYear(day), intDiv(toMonth(day) - 1, 3) * 3 + 1, 1), 3),
            period = 'year', makeDate32(toYear(day) + 1, 1, 1),
            toDate32('2299-12-31')
        ) AS until
    FROM
    (
        SELECT measure, subject, counties, level, period, arrayJoin(arrayFilter(f -> f.2, arrayMap(
            (f, n) -> (
                f.1, f.2, f.3, f.4, f.5, f.6, f.7, f.8, f.9, f.10, f.11,
                arrayFirst(
                    o -> NOT o.2 OR o.6 != f.6,
                    arrayPushBack(arraySlice(told, n + 1), (f.1, false, '', '', '', '', f.7, '', f.9, f.10, toDate32('2299-12-31')))
                ).11
            ),
            told, arrayEnumerate(told)
        ))) AS fact
        FROM
        (
            SELECT s.measure AS measure, s.subject AS subject, any(l.counties) AS counties, any(l.level) AS level,
                any(l.period) AS period,
                arraySort(groupArray((
                    (s.at, s.rank), s.value > 0, s.source, s.id, s.type, toString(s.region), s.time, toString(s.log), s.partition,
                    s.offset, s.day
                ))) AS told
            FROM standing_facts(measures = {measures:Array(String)}) AS s
            INNER JOIN (SELECT * FROM links WHERE needs = 'place') AS l ON s.measure = l.measure AND s.member = l.home
            WHERE ({everyone:Bool} OR s.subject IN (SELECT arrayJoin({among:Array(String)})))
            GROUP BY measure, subject, if(l.level, '', concat(s.source, '\0', s.id, '\0', s.type))
        )
    )
) AS f
LEFT ANY JOIN roster_spans AS r ON f.region = r.place
WHERE NOT arrayExists(s -> s.1 < f.until AND s.2 > f.day, r.spans)
    AND NOT (f.counties AND left(f.region, 6) IN (SELECT code FROM regions WHERE level = 'county'))

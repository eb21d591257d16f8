-- Events that count for nobody: valid, kept, and in no figure, for what they would count together with is not known.
-- The views that find them read all facts of a measure, a matter of tenths of a second in a whole city: the assessor
-- asks them when something moved, and everybody else reads what it wrote (`orphans_now`).

-- What stands of each record for some measures, with the place of the message that said it.
CREATE OR REPLACE VIEW standing_facts AS
SELECT measure, member, subject, source, id, type, s.1 AS region, s.2 AS time, toUnixTimestamp64Micro(time) AS at,
    toDate32(toTimeZone(time, $zone)) AS day, s.3 AS value, s.5 AS log, s.6 AS partition, s.7 AS offset, s.8 AS rank
FROM
(
    SELECT measure, member, subject, source, id, type,
        argMax((region, time, value, live, topic, partition, offset, rank), (revision, void, fingerprint, offset)) AS s
    FROM facts
    WHERE generation = (SELECT generation FROM answering) AND measure IN (SELECT arrayJoin({measures:Array(String)}))
    GROUP BY measure, member, subject, source, id, type
)
WHERE s.4;

-- When home is on: from a fact to the next one, in the order in which facts stand (streams/counting/facts.py). Instants are
-- microseconds since 1970.
CREATE OR REPLACE VIEW home_spans AS
SELECT subject,
    arrayMap(f -> (f.1, f.6, f.7), arraySort(groupArray((at, rank, source, id, type, value > 0, day)))) AS told,
    arrayFilter(s -> s.4, arrayMap(
        (t, next) -> (t.1, next, t.3, t.2), told, arrayPopFront(arrayPushBack(arrayMap(t -> t.1, told), $forever))
    )) AS spans,
    told[-1].2 AS was_on
FROM standing_facts(measures = [{measure:String}])
WHERE member = {home:String}
GROUP BY subject;

-- Subjects of which something was ever said while their home member was not on: few, and only they are looked at closely.
CREATE OR REPLACE VIEW doubtful_subjects AS
SELECT DISTINCT f.subject AS subject
FROM
(
    SELECT subject, toUnixTimestamp64Micro(time) AS at FROM facts
    WHERE generation = (SELECT generation FROM answering) AND measure = {measure:String}
        AND member != {home:String} AND live AND value > 0
) AS f
LEFT ANY JOIN home_spans(measure = {measure:String}, home = {home:String}) AS h ON f.subject = h.subject
WHERE if({cohort:Bool}, empty(h.spans) OR NOT h.was_on, NOT arrayExists(s -> s.1 <= f.at AND f.at < s.2, h.spans));

-- Conditions: what is said of a subject while its home member is not on. A fact is on until its member is off or, where
-- the member lapses, until the period ends: `lapse` is the first local day after it. `among`: only these
-- subjects, or `everyone`.
CREATE OR REPLACE VIEW subject_orphans AS
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
);

-- When each place was on any roster of places: [since, until).
CREATE OR REPLACE VIEW roster_spans AS
SELECT place, groupArray((since, until)) AS spans
FROM
(
    SELECT region AS place, day AS since,
        leadInFrame(day, 1, toDate32('2299-12-31')) OVER (
            PARTITION BY measure, region ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS until,
        sum(value) OVER (
            PARTITION BY measure, region ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS level
    FROM counts
    WHERE measure IN (SELECT measure FROM rosters) AND length(region) = 12
)
WHERE level > 0
GROUP BY place;

-- The same of places, of all measures at once: subjects of which something was ever said where the place was on no roster
-- that day.
CREATE OR REPLACE VIEW doubtful_places AS
SELECT DISTINCT f.measure AS measure, f.subject AS subject
FROM
(
    SELECT measure, member, subject, region, toDate32(toTimeZone(time, $zone)) AS day FROM facts
    WHERE generation = (SELECT generation FROM answering)
        AND measure IN (SELECT measure FROM links WHERE needs = 'place') AND live AND value > 0
) AS f
INNER JOIN (SELECT * FROM links WHERE needs = 'place') AS l ON f.measure = l.measure AND f.member = l.home
LEFT ANY JOIN roster_spans AS r ON f.region = r.place
WHERE NOT arrayExists(s -> s.1 <= f.day AND f.day < s.2, r.spans)
    AND NOT (l.counties AND left(f.region, 6) IN (SELECT code FROM regions WHERE level = 'county'));

-- Places: what is said of a place that is on no roster. A level stands there until its subject says otherwise, a count
-- until its window ends; each for a day at least.
CREATE OR REPLACE VIEW place_orphans AS
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
    AND NOT (f.counties AND left(f.region, 6) IN (SELECT code FROM regions WHERE level = 'county'));

-- Devices that were last heard when they were on no roster, nor came onto one later.
CREATE OR REPLACE VIEW device_orphans AS
SELECT h.device AS subject, h.county AS region, h.hour AS time,
    if(s.registered = 0, 'device-unknown', 'device-out-of-time') AS kind
FROM
(
    SELECT device, argMax(d.county, d.hour) AS county, max(d.hour) AS hour
    FROM device_hours AS d
    WHERE measure = {measure:String}
    GROUP BY device
) AS h
LEFT JOIN
(
    SELECT device, count() AS registered, max(until) AS last
    FROM device_spans
    WHERE listed AND indicator IN (SELECT indicator FROM terms WHERE role = 'beat' AND measure = {measure:String})
    GROUP BY device
) AS s ON h.device = s.device
WHERE s.registered = 0 OR s.last <= toDate32(toTimeZone(h.hour, $zone));

-- What the assessor found: a row for each kind in each county of each measure, with what would have moved.
CREATE OR REPLACE VIEW orphans_now AS
SELECT m.topic AS department, m.measure AS measure, m.zh AS measure_zh, m.en AS measure_en, l.indicators AS indicators,
    l.types AS types, k.kind AS kind, k.zh AS kind_zh, k.en AS kind_en, f.county AS county, f.events AS events,
    f.samples AS samples
FROM
(
    SELECT measure, needs, part.1 AS kind, part.2 AS county, part.3 AS events, part.4 AS samples
    FROM
    (
        SELECT measure, needs, arrayJoin(arrayZip(kinds, counties, events, samples)) AS part
        FROM orphans FINAL
        WHERE generation = (SELECT generation FROM answering)
    )
) AS f
INNER JOIN links AS l ON f.measure = l.measure AND f.needs = l.needs
INNER JOIN measures AS m ON f.measure = m.measure
INNER JOIN orphan_kinds AS k ON f.kind = k.kind;

-- Departments by kind, zero where there are none: what gauges show.
CREATE OR REPLACE VIEW orphan_counts AS
SELECT l.department AS department, l.kind AS kind, toUInt64(sum(o.events)) AS events
FROM
(
    SELECT DISTINCT m.topic AS department, k.kind AS kind
    FROM links AS l
    INNER JOIN measures AS m ON l.measure = m.measure
    INNER JOIN orphan_kinds AS k ON l.needs = splitByChar('-', k.kind)[1]
) AS l
LEFT JOIN orphans_now AS o ON l.department = o.department AND l.kind = o.kind
GROUP BY department, kind;

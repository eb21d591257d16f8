-- From cells to steps: each part of each indicator as a level by region that goes up and down by day.
-- The sum of all steps up to a day is what stands on that day.

CREATE OR REPLACE VIEW counts AS
SELECT measure, region, day, sum(value) AS value
FROM cells FINAL
WHERE generation = (SELECT generation FROM answering) AND measure IN (SELECT measure FROM terms)
GROUP BY measure, region, day
HAVING value != 0;

-- A count over a window is a level that lapses with its period: what came in May is taken back on 1 June.
-- (arrayJoin as a function throughout: nested ARRAY JOIN clauses get each other's names in this engine.)
CREATE OR REPLACE VIEW term_steps AS
SELECT indicator, role, measure, at_least, counties, region, step.1 AS day, step.2 AS delta
FROM
(
    SELECT t.indicator AS indicator, t.role AS role, t.measure AS measure, t.at_least AS at_least,
        t.counties AS counties, c.region AS region,
        arrayJoin(if(
            t.window = '',
            [(c.day, c.value)],
            [(c.day, c.value), (multiIf(
                t.window = 'month', addMonths(makeDate32(toYear(c.day), toMonth(c.day), 1), 1),
                t.window = 'quarter', addMonths(makeDate32(toYear(c.day), intDiv(toMonth(c.day) - 1, 3) * 3 + 1, 1), 3),
                makeDate32(toYear(c.day) + 1, 1, 1)
            ), -c.value)]
        )) AS step
    FROM counts AS c
    INNER JOIN terms AS t ON c.measure = t.measure
);

-- Places: a roster's, or the catalogue's counties, with what each must have. First each term's own level by place.
CREATE OR REPLACE VIEW place_levels AS
SELECT indicator, role, at_least, place, measure, day,
    sum(delta) OVER (
        PARTITION BY indicator, place, role, measure ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS level
FROM
(
    SELECT indicator, role, any(at_least) AS at_least, if(counties, left(region, 6), region) AS place, measure, day,
        sum(delta) AS delta
    FROM term_steps
    WHERE role IN ('place', 'need', 'amount') AND (counties OR length(region) = 12)
    GROUP BY indicator, role, place, measure, day
    UNION ALL
    SELECT DISTINCT t.indicator, 'place', 1, r.code, 'counties', toDate32('1900-01-01'), 1
    FROM terms AS t CROSS JOIN regions AS r
    WHERE t.counties AND r.in_every_county
);

-- Then, on each day on which anything changes at a place: is it on the roster, how many needs are met, how much is there.
CREATE OR REPLACE VIEW place_steps AS
SELECT indicator, place AS region, day,
    toInt64(on AND met = needs) - lagInFrame(toInt64(on AND met = needs), 1, toInt64(0)) OVER w AS covered,
    toInt64(on) - lagInFrame(toInt64(on), 1, toInt64(0)) OVER w AS listed,
    if(on, amount, 0) - lagInFrame(if(on, amount, 0), 1, toInt64(0)) OVER w AS amount_there
FROM
(
    SELECT indicator, place, day,
        sum(d_on) OVER v > 0 AS on, sum(d_met) OVER v AS met, sum(d_amount) OVER v AS amount
    FROM
    (
        SELECT indicator, place, day, sumIf(d_level, role = 'place') AS d_on, sumIf(d_level, role = 'need') AS d_met,
            sumIf(d_level, role = 'amount') AS d_amount
        FROM
        (
            SELECT indicator, role, place, day,
                multiIf(role = 'amount', level, toInt64(level >= at_least)) AS now,
                now - lagInFrame(now, 1, toInt64(0)) OVER (
                    PARTITION BY indicator, place, role, measure ORDER BY day
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS d_level
            FROM place_levels
        )
        GROUP BY indicator, place, day
    )
    WINDOW v AS (PARTITION BY indicator, place ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) AS changes
INNER JOIN (SELECT indicator, countIf(role = 'need') AS needs FROM terms GROUP BY indicator) AS n USING indicator
WINDOW w AS (PARTITION BY indicator, place ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- Devices: who is on the roster from which day to which, by the standing facts of the roster's measure.
CREATE OR REPLACE VIEW device_spans AS
SELECT indicator, subject AS device, region, day AS since,
    leadInFrame(day, 1, toDate32('2299-12-31')) OVER (
        PARTITION BY indicator, subject ORDER BY time, rank, source, id, type
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS until, value > 0 AS listed
FROM
(
    SELECT t.indicator AS indicator, subject, source, id, type, s.1 AS region, s.2 AS time,
        toDate32(toTimeZone(s.2, $zone)) AS day, s.3 AS rank, s.4 AS value, s.5 AS live
    FROM
    (
        SELECT measure, subject, source, id, type,
            argMax((region, time, rank, value, live), (revision, void, fingerprint, offset)) AS s
        FROM facts
        WHERE generation = (SELECT generation FROM answering)
            AND measure IN (SELECT measure FROM terms WHERE role = 'device')
        GROUP BY measure, subject, source, id, type
    ) AS f
    INNER JOIN terms AS t ON f.measure = t.measure AND t.role = 'device'
)
WHERE live;

-- A day's reading is that of its last complete hour; of the day that runs, the last hour that is over.
CREATE OR REPLACE VIEW reading_hours AS
SELECT day, toDateTime(toStartOfHour(least(
    toTimeZone(toDateTime64(addDays(day, 1), 6, $zone), 'UTC'), (SELECT until FROM clock)
)), 'UTC') - toIntervalHour(1) AS hour
FROM
(
    SELECT addDays($start, number) AS day
    FROM (SELECT arrayJoin(range(toUInt32(dateDiff('day', $start, $due)) + 1)) AS number)
    WHERE day <= (SELECT day FROM clock)
);

CREATE OR REPLACE VIEW online_steps AS
SELECT indicator, region, step.1 AS day, step.2 AS delta
FROM
(
    SELECT indicator, region, arrayJoin([(heard_on, heard), (addDays(heard_on, 1), -heard)]) AS step
    FROM
    (
        SELECT s.indicator AS indicator, s.region AS region, h.day AS heard_on, toInt64(uniqExact(s.device)) AS heard
        FROM
        (
            SELECT DISTINCT t.indicator AS indicator, d.hour AS hour, d.device AS device
            FROM device_hours AS d
            INNER JOIN terms AS t ON d.measure = t.measure
            WHERE t.role = 'beat' AND d.hour IN (SELECT hour FROM reading_hours)
        ) AS b
        INNER JOIN reading_hours AS h ON b.hour = h.hour
        INNER JOIN device_spans AS s ON s.device = b.device AND s.indicator = b.indicator
        WHERE s.listed AND s.since <= h.day AND h.day < s.until
        GROUP BY s.indicator, s.region, h.day
    )
);

-- All steps of all indicators. A `reference` stands for exactly its region and is never rolled up.
CREATE OR REPLACE VIEW steps AS
SELECT indicator, role, region, day, delta
FROM term_steps
WHERE role IN ('numerator', 'denominator', 'divisor', 'reference', 'cohort')
UNION ALL
SELECT indicator, part.1 AS role, region, day, part.2 AS delta
FROM
(
    SELECT indicator, region, day, arrayJoin([
        ('numerator', if(indicator IN (SELECT indicator FROM terms WHERE role = 'amount'), amount_there, covered)),
        ('denominator', listed)
    ]) AS part
    FROM place_steps
)
WHERE delta != 0
UNION ALL
SELECT indicator, 'numerator', region, day, delta
FROM online_steps;

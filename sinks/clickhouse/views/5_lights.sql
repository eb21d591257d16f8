-- How everything stands: read from what the assessor wrote, never from the arithmetic. Boards, metrics, reports and
-- `pulse status` read these, so that no two can disagree.

CREATE OR REPLACE VIEW assessed AS
SELECT events, until, day, at FROM assessments FINAL
WHERE generation = (SELECT generation FROM answering);

-- The lights of all days that were assessed to the end. What an assessment has written that is under way, or that was
-- interrupted, is not there yet: never a part for the whole.
CREATE OR REPLACE VIEW light_days AS
SELECT * EXCEPT (generation, digest) FROM lights FINAL
WHERE generation = (SELECT generation FROM answering) AND day <= (SELECT max(day) FROM assessed);

-- One light's days. A row's version decides only between rows of one key, so the key may be looked at before: four times
-- as fast as a filter on `light_days`, which reads the words of all.
CREATE OR REPLACE VIEW light_course AS
SELECT * EXCEPT (generation, digest) FROM lights FINAL
PREWHERE indicator = {indicator:String} AND region = {region:String}
WHERE generation = (SELECT generation FROM answering) AND day <= (SELECT max(day) FROM assessed);

-- Every light as of the clock. While the assessor passes midnight all of them show the last day that is whole.
CREATE OR REPLACE VIEW lights_now AS
SELECT l.indicator AS indicator, i.position AS position, i.action AS action, a.zh AS action_zh, a.en AS action_en,
    i.zh AS zh, i.en AS en, i.sentence AS sentence, i.kind AS kind, i.department AS department,
    i.department_zh AS department_zh, i.unit AS unit, i.decimals AS decimals, i.formula AS formula,
    i.cadence AS cadence, i.target_op AS target_op,
    r.zh AS region_zh, r.en AS region_en, r.kind AS region_kind,
    $light,
    s.rank AS status_rank, s.zh AS status_zh, s.en AS status_en, s.symbol AS status_symbol, s.color AS status_color
FROM
(
    SELECT * FROM light_days
    WHERE day = (SELECT least(c.day, a.day) FROM clock AS c CROSS JOIN assessed AS a)
) AS l
INNER JOIN indicators AS i ON l.indicator = i.indicator
INNER JOIN actions AS a ON i.action = a.action
INNER JOIN regions AS r ON l.region = r.code
INNER JOIN statuses AS s ON l.status = s.status;

-- The lights that should be there and are not, though all was assessed: of an indicator that is new in the catalogue, or
-- rows that were lost. Empty where nothing was ever assessed: then none is there, and that is said otherwise.
CREATE OR REPLACE VIEW unlit AS
SELECT m.indicator AS indicator, m.region AS region
FROM (SELECT indicator, arrayJoin(splitByChar(',', regions)) AS region FROM meant) AS m
WHERE (SELECT count() FROM assessed) > 0 AND (m.indicator, m.region) NOT IN (SELECT indicator, region FROM lights_now);

-- Each action in each region: the worst of its lights.
CREATE OR REPLACE VIEW actions_now AS
SELECT n.action AS action, n.action_zh AS action_zh, n.action_en AS action_en, n.region AS region,
    n.region_zh AS region_zh, s.status AS status, n.worst AS status_rank, s.zh AS status_zh,
    s.symbol AS status_symbol, s.color AS status_color, n.indicators AS indicators,
    n.overdue AS overdue, n.lagging AS lagging, n.at_risk AS at_risk, n.silent AS silent, n.no_data AS no_data,
    n.recovered AS recovered, n.on_track AS on_track, n.achieved AS achieved, n.monitor AS monitor
FROM
(
    SELECT action, any(action_zh) AS action_zh, any(action_en) AS action_en, region, any(region_zh) AS region_zh,
        max(status_rank) AS worst, countIf(status != 'none') AS indicators,
        countIf(status = 'overdue') AS overdue, countIf(status = 'lagging') AS lagging,
        countIf(status = 'at_risk') AS at_risk, countIf(status = 'silent') AS silent,
        countIf(status = 'no_data') AS no_data, countIf(status = 'recovered') AS recovered,
        countIf(status = 'on_track') AS on_track, countIf(status = 'achieved') AS achieved,
        countIf(status = 'monitor') AS monitor
    FROM lights_now
    GROUP BY action, region
) AS n
INNER JOIN statuses AS s ON n.worst = s.rank;

-- The days on which the light changed.
CREATE OR REPLACE VIEW light_changes AS
SELECT day, indicator, region, was, status
FROM
(
    SELECT day, indicator, region, status, lagInFrame(toString(status), 1, '') OVER (
        PARTITION BY indicator, region ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS was
    FROM light_days
)
WHERE was != '' AND was != status;

-- The forecast of the days after the clock's.
CREATE OR REPLACE VIEW fan AS
SELECT indicator, region, day, p10, p50, p85, p90
FROM fans FINAL
WHERE generation = (SELECT generation FROM answering) AND day > (SELECT day FROM clock)
    AND (SELECT count() FROM assessed) > 0 AND (indicator, version) IN (
        SELECT indicator, max(version) FROM fans WHERE generation = (SELECT generation FROM answering) GROUP BY indicator
    );

-- Who reports to whom, and since when not.
CREATE OR REPLACE VIEW heard AS
SELECT department, county, last_day, days, silent FROM hearings FINAL
WHERE generation = (SELECT generation FROM answering);

CREATE OR REPLACE VIEW last_events AS
SELECT splitByChar('@', topic)[1] AS department, toNullable(max(append_time)) AS last_event FROM positions FINAL
WHERE generation = (SELECT generation FROM answering)
GROUP BY department;

-- What came in by append day, as the assessor added it up from the ledger.
CREATE OR REPLACE VIEW arrived AS
SELECT day, department, county, received, refused, duplicate, conflict FROM arrivals FINAL
WHERE generation = (SELECT generation FROM answering);

-- Hours from the event to its arrival, a row for each bin of a day: each bin is wider than the one before, its middle
-- stands for it.
CREATE OR REPLACE VIEW lateness_bins AS
SELECT day, department,
    sign(part.1) * 2 * pow($width, abs(part.1) - 1) / (1 + $width) / 3600 AS hours, part.2 AS events
FROM
(
    SELECT day, department, arrayJoin(arrayZip(bins, counts)) AS part FROM lateness FINAL
    WHERE generation = (SELECT generation FROM answering)
);

-- Departments: last event, volume against the usual, what became of it, how late it came (within 1 %). Days are append
-- days.
CREATE OR REPLACE VIEW departments_now AS
SELECT d.department AS department, d.zh AS department_zh, p.last_event AS last_event, h.last_day AS last_day,
    h.silent AS silent, dateDiff('day', coalesce(h.last_day, $start), (SELECT day FROM clock)) AS silent_days,
    e.received_7d AS received_7d, e.usual_7d AS usual_7d, e.refused_28d AS refused_28d,
    e.duplicate_28d AS duplicate_28d, e.conflict_28d AS conflict_28d, e.received_28d AS received_28d,
    l.hours[1] AS lateness_p50_hours, l.hours[2] AS lateness_p90_hours
FROM departments AS d
LEFT JOIN (SELECT * FROM heard WHERE county = '') AS h ON d.department = h.department
LEFT JOIN
(
    SELECT department, sumIf(received, week = 0) AS received_7d,
        arrayReduce('median', arrayMap(w -> sum_of[w], range(1, 9))) AS usual_7d,
        sumIf(refused, ago < 28) AS refused_28d, sumIf(duplicate, ago < 28) AS duplicate_28d,
        sumIf(conflict, ago < 28) AS conflict_28d, sumIf(received, ago < 28) AS received_28d,
        sumMap(map(week, received)) AS sum_of
    FROM
    (
        SELECT department, received, refused, duplicate, conflict,
            greatest(0, dateDiff('day', day, assumeNotNull((SELECT day FROM clock)))) AS ago,
            toUInt8(intDiv(ago, 7)) AS week
        FROM arrived
        WHERE day BETWEEN (SELECT day - 62 FROM clock) AND (SELECT day FROM clock)
    )
    GROUP BY department
) AS e ON d.department = e.department
LEFT JOIN
(
    SELECT department,
        arrayMap(x -> toNullable(x), quantilesExactWeighted(0.5, 0.9)(hours, events)) AS hours
    FROM lateness_bins
    WHERE day BETWEEN (SELECT day - 27 FROM clock) AND (SELECT day FROM clock)
    GROUP BY department
) AS l ON d.department = l.department
LEFT JOIN last_events AS p ON d.department = p.department
ORDER BY d.position;

-- Counties by department: when they last reported, and how much of late.
CREATE OR REPLACE VIEW reports AS
SELECT h.department AS department, h.county AS county, h.last_day AS last_day, e.events_28d AS events_28d,
    h.silent AS silent
FROM heard AS h
LEFT JOIN
(
    SELECT department, county, sum(received) AS events_28d
    FROM arrived
    WHERE day BETWEEN (SELECT day - 27 FROM clock) AND (SELECT day FROM clock) AND county != ''
    GROUP BY department, county
) AS e ON h.department = e.department AND h.county = e.county
WHERE h.county != '' AND h.county != $city;

-- Places on today's roster of which nothing but the roster itself has spoken for 90 days. `kind`: the narrowest roster.
CREATE OR REPLACE VIEW unreported_communities AS
SELECT p.community AS community, p.kind AS kind, left(p.community, 6) AS county, e.last_day AS last_day
FROM
(
    SELECT region AS community, argMin(kind, size) AS kind
    FROM
    (
        SELECT c.region AS region, r.kind AS kind, sum(count()) OVER (PARTITION BY r.kind) AS size
        FROM counts AS c INNER JOIN rosters AS r ON c.measure = r.measure
        WHERE c.day <= (SELECT day FROM clock) AND length(c.region) = 12
            AND c.measure IN (SELECT measure FROM rosters)
        GROUP BY c.region, r.kind
        HAVING sum(c.value) > 0
    )
    GROUP BY region
) AS p
LEFT JOIN
(
    SELECT community, toNullable(last_day) AS last_day
    FROM community_reports FINAL
    WHERE generation = (SELECT generation FROM answering)
) AS e ON p.community = e.community
WHERE last_day IS NULL OR dateDiff('day', last_day, (SELECT day FROM clock)) >= 90;

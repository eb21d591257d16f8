-- From which day to which each device is on the roster, by the standing facts of the roster's measure.
-- reads: answering, terms
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
WHERE live

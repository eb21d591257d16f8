-- reads: device_spans, reading_hours, terms
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
            WHERE t.role = 'heartbeat' AND d.hour IN (SELECT hour FROM reading_hours)
        ) AS b
        INNER JOIN reading_hours AS h ON b.hour = h.hour
        INNER JOIN device_spans AS s ON s.device = b.device AND s.indicator = b.indicator
        WHERE s.listed AND s.since <= h.day AND h.day < s.until
        GROUP BY s.indicator, s.region, h.day
    )
)

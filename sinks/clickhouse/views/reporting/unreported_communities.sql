-- Places on today's roster with no events for 90 days but those of the roster itself. `kind`: the narrowest roster.
-- reads: answering, clock, counts, rosters
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
WHERE last_day IS NULL OR dateDiff('day', last_day, (SELECT day FROM clock)) >= 90

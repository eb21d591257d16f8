-- When each place was on any roster of places: [since, until).
-- reads: counts, rosters
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
GROUP BY place

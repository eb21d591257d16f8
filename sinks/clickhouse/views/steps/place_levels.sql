-- First step for places, which are those of a roster or the catalogue's counties: the level of each term at each place.
-- reads: regions, term_steps, terms
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
)

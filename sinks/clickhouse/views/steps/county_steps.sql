-- As `rolled_steps`, for the city and its counties only. Places are summed up before anything else, because there are
-- thousands.
-- reads: steps
SELECT indicator, role, day, delta,
    arrayJoin(if(role = 'reference' OR region = $city, [region], [$city, region])) AS code
FROM
(
    SELECT indicator, role, if(role = 'reference', region, left(region, 6)) AS region, day, sum(delta) AS delta
    FROM steps
    GROUP BY indicator, role, region, day
)

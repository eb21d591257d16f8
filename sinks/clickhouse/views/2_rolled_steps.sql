-- Steps with every region that they count in: a village's, its town's, its county's, the city's.
CREATE OR REPLACE VIEW rolled_steps AS
SELECT indicator, role, day, delta,
    arrayJoin(if(
        role = 'reference' OR region = $city,
        [region],
        arrayDistinct([$city, left(region, 6), left(region, 9), region])
    )) AS code
FROM steps;

-- The same of the city and its counties only: places are summed up before anything else, for there are thousands.
CREATE OR REPLACE VIEW county_steps AS
SELECT indicator, role, day, delta,
    arrayJoin(if(role = 'reference' OR region = $city, [region], [$city, region])) AS code
FROM
(
    SELECT indicator, role, if(role = 'reference', region, left(region, 6)) AS region, day, sum(delta) AS delta
    FROM steps
    GROUP BY indicator, role, region, day
);

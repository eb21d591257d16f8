-- Steps with every region that they count in: a village's, its town's, its county's, the city's.
-- reads: steps
SELECT indicator, role, day, delta,
    arrayJoin(if(
        role = 'reference' OR region = $city,
        [region],
        arrayDistinct([$city, left(region, 6), left(region, 9), region])
    )) AS code
FROM steps

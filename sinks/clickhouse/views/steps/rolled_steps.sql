-- Steps with every region that they count in: the village, its town, its county and the city.
-- reads: steps
SELECT indicator, role, day, delta,
    arrayJoin(if(
        role = 'reference' OR region = $city,
        [region],
        arrayDistinct([$city, left(region, 6), left(region, 9), region])
    )) AS code
FROM steps

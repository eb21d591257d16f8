-- All steps of all indicators. A `reference` applies to exactly its region and is never rolled up.
-- reads: online_steps, place_steps, term_steps, terms
SELECT indicator, role, region, day, delta
FROM term_steps
WHERE role IN ('numerator', 'denominator', 'divisor', 'reference', 'cohort')
UNION ALL
SELECT indicator, part.1 AS role, region, day, part.2 AS delta
FROM
(
    SELECT indicator, region, day, arrayJoin([
        ('numerator', if(indicator IN (SELECT indicator FROM terms WHERE role = 'amount'), amount_there, covered)),
        ('denominator', listed)
    ]) AS part
    FROM place_steps
)
WHERE delta != 0
UNION ALL
SELECT indicator, 'numerator', region, day, delta
FROM online_steps

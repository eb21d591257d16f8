-- The lights that should be there and are not, though all was assessed: of an indicator that is new in the catalogue, or
-- rows that were lost. Empty where nothing was ever assessed: then none is there, and that is said otherwise.
-- reads: assessed, lights_now, meant
SELECT m.indicator AS indicator, m.region AS region
FROM (SELECT indicator, arrayJoin(splitByChar(',', regions)) AS region FROM meant) AS m
WHERE (SELECT count() FROM assessed) > 0 AND (m.indicator, m.region) NOT IN (SELECT indicator, region FROM lights_now)

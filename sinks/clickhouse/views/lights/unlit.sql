-- The lights that are missing although the assessment is complete: of an indicator that is new in the catalogue, or
-- because rows were lost. Empty where nothing was ever assessed: that case is reported separately.
-- reads: assessed, lights_now, meant
SELECT m.indicator AS indicator, m.region AS region
FROM (SELECT indicator, arrayJoin(splitByChar(',', regions)) AS region FROM meant) AS m
WHERE (SELECT count() FROM assessed) > 0 AND (m.indicator, m.region) NOT IN (SELECT indicator, region FROM lights_now)

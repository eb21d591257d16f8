-- The forecast for the days after the clock's day.
-- reads: answering, assessed, clock
SELECT indicator, region, day, p10, p50, p85, p90
FROM fans FINAL
WHERE generation = (SELECT generation FROM answering) AND day > (SELECT day FROM clock)
    AND (SELECT count() FROM assessed) > 0 AND (indicator, version) IN (
        SELECT indicator, max(version) FROM fans WHERE generation = (SELECT generation FROM answering) GROUP BY indicator
    )

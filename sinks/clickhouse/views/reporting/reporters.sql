-- Who reports to whom, and since when not.
-- reads: answering
SELECT department, county, last_day, days, silent FROM hearings FINAL
WHERE generation = (SELECT generation FROM answering)

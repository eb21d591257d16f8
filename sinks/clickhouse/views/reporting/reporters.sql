-- Which counties report to which department (county '': any at all), when they last did, and whether they have stopped.
-- reads: answering
SELECT department, county, last_day, days, silent FROM hearings FINAL
WHERE generation = (SELECT generation FROM answering)

-- Counties by department: when each last reported, and its events of the last 28 days.
-- reads: arrived, clock, reporters
SELECT h.department AS department, h.county AS county, h.last_day AS last_day, e.events_28d AS events_28d,
    h.silent AS silent
FROM reporters AS h
LEFT JOIN
(
    SELECT department, county, sum(received) AS events_28d
    FROM arrived
    WHERE day BETWEEN (SELECT day - 27 FROM clock) AND (SELECT day FROM clock) AND county != ''
    GROUP BY department, county
) AS e ON h.department = e.department AND h.county = e.county
WHERE h.county != '' AND h.county != $city

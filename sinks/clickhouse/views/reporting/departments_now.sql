-- Departments: last event, volume compared with the usual, outcomes, and lateness (within 1 %). Days are append days.
-- reads: arrived, clock, departments, reporters, last_events, lateness_bins
SELECT d.department AS department, d.zh AS department_zh, p.last_event AS last_event, h.last_day AS last_day,
    h.silent AS silent, dateDiff('day', coalesce(h.last_day, $start), (SELECT day FROM clock)) AS silent_days,
    e.received_7d AS received_7d, e.usual_7d AS usual_7d, e.refused_28d AS refused_28d,
    e.duplicate_28d AS duplicate_28d, e.conflict_28d AS conflict_28d, e.received_28d AS received_28d,
    l.hours[1] AS lateness_p50_hours, l.hours[2] AS lateness_p90_hours
FROM departments AS d
LEFT JOIN (SELECT * FROM reporters WHERE county = '') AS h ON d.department = h.department
LEFT JOIN
(
    SELECT department, sumIf(received, week = 0) AS received_7d,
        arrayReduce('median', arrayMap(w -> sum_of[w], range(1, 9))) AS usual_7d,
        sumIf(refused, ago < 28) AS refused_28d, sumIf(duplicate, ago < 28) AS duplicate_28d,
        sumIf(conflict, ago < 28) AS conflict_28d, sumIf(received, ago < 28) AS received_28d,
        sumMap(map(week, received)) AS sum_of
    FROM
    (
        SELECT department, received, refused, duplicate, conflict,
            greatest(0, dateDiff('day', day, assumeNotNull((SELECT day FROM clock)))) AS ago,
            toUInt8(intDiv(ago, 7)) AS week
        FROM arrived
        WHERE day BETWEEN (SELECT day - 62 FROM clock) AND (SELECT day FROM clock)
    )
    GROUP BY department
) AS e ON d.department = e.department
LEFT JOIN
(
    SELECT department,
        arrayMap(x -> toNullable(x), quantilesExactWeighted(0.5, 0.9)(hours, events)) AS hours
    FROM lateness_bins
    WHERE day BETWEEN (SELECT day - 27 FROM clock) AND (SELECT day FROM clock)
    GROUP BY department
) AS l ON d.department = l.department
LEFT JOIN last_events AS p ON d.department = p.department
ORDER BY d.position

-- Orphans by department and kind, for gauges; zero where there are none.
-- reads: links, measures, orphan_kinds, orphans_now
SELECT l.department AS department, l.kind AS kind, toUInt64(sum(o.events)) AS events
FROM
(
    SELECT DISTINCT m.topic AS department, k.kind AS kind
    FROM links AS l
    INNER JOIN measures AS m ON l.measure = m.measure
    INNER JOIN orphan_kinds AS k ON l.needs = splitByChar('-', k.kind)[1]
) AS l
LEFT JOIN orphans_now AS o ON l.department = o.department AND l.kind = o.kind
GROUP BY department, kind

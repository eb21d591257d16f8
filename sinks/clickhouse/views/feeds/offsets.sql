-- The balance of offsets. For each partition's log, the offsets from its beginning up to `last` = events received +
-- offsets that hold none.
-- Ranges of `gaps` may overlap, so each adds only its offsets after the end of all earlier ranges.
-- reads: log_ends
SELECT splitByChar('@', o.log)[1] AS topic, o.log AS log, o.partition AS partition, sum(o.received) AS received,
    sum(o.empty) AS empty, max(o.last) AS last
FROM
(
    SELECT topic AS log, partition, offset AS first, offset AS last, 1 AS received, 0 AS empty FROM events FINAL
    UNION ALL
    SELECT topic AS log, partition, first, last, 0 AS received,
        greatest(0, last + 1 - greatest(first, max(last + 1) OVER (
            PARTITION BY topic, partition ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ))) AS empty
    FROM gaps FINAL
) AS o
LEFT JOIN log_ends AS l ON o.log = l.log AND o.partition = l.partition
WHERE l.log = '' OR o.last <= l.last
GROUP BY topic, log, partition

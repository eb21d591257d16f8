-- received = counted + duplicate + superseded + conflict + refused + re-keyed + passed over, by topic and append day.
-- reads: log_ends
SELECT splitByChar('@', log)[1] AS topic, toDate32(toTimeZone(append_time, $zone)) AS day, count() AS received,
    countIf(outcome = 'counted') AS counted, countIf(outcome = 'duplicate') AS duplicate,
    countIf(outcome = 'superseded') AS superseded, countIf(outcome = 'conflict') AS conflict,
    countIf(outcome = 'refused') AS refused, countIf(outcome = 're-keyed') AS rekeyed,
    countIf(outcome = 'passed-over') AS passed_over
FROM (SELECT topic AS log, partition, offset, append_time, outcome FROM events FINAL) AS e
LEFT JOIN log_ends AS l ON e.log = l.log AND e.partition = l.partition
WHERE l.log = '' OR e.offset <= l.last
GROUP BY topic, day

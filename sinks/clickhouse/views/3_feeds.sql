-- How the feeds are: the balance of every topic and day, and devices by hour.

-- Where logs ended that have a successor. A worker that did not know yet, or one that was stalled, may have written on
-- behind that: it counts for nothing.
CREATE OR REPLACE VIEW log_ends AS
SELECT if(number = 2, topic, concat(topic, '@', toString(number - 1))) AS log, toUInt16(ended.1 - 1) AS partition,
    ended.2 AS last
FROM
(
    SELECT topic, number, arrayJoin(arrayZip(arrayEnumerate(lasts), lasts)) AS ended
    FROM (SELECT * FROM logs ORDER BY topic, number, began, firsts, lasts LIMIT 1 BY topic, number)
);

-- received = counted + duplicate + superseded + conflict + refused + re-keyed + passed over, by topic and append day.
CREATE OR REPLACE VIEW balance AS
SELECT splitByChar('@', log)[1] AS topic, toDate32(toTimeZone(append_time, $zone)) AS day, count() AS received,
    countIf(outcome = 'counted') AS counted, countIf(outcome = 'duplicate') AS duplicate,
    countIf(outcome = 'superseded') AS superseded, countIf(outcome = 'conflict') AS conflict,
    countIf(outcome = 'refused') AS refused, countIf(outcome = 're-keyed') AS rekeyed,
    countIf(outcome = 'passed-over') AS passed_over
FROM (SELECT topic AS log, partition, offset, append_time, outcome FROM events FINAL) AS e
LEFT JOIN log_ends AS l ON e.log = l.log AND e.partition = l.partition
WHERE l.log = '' OR e.offset <= l.last
GROUP BY topic, day;

-- The balance of the offsets: each partition's log from its beginning up to `last` = events received + offsets that hold none.
-- Ranges of `gaps` may overlap: of each only what lies behind all before it adds to the sum.
CREATE OR REPLACE VIEW offsets AS
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
GROUP BY topic, log, partition;

-- Devices heard in each hour: of those on the roster that day, and of nobody's (registered nowhere).
CREATE OR REPLACE VIEW devices_by_hour AS
SELECT d.hour AS hour, d.county AS county, uniqExact(d.device) AS heard,
    uniqExactIf(d.device, s.listed AND s.since <= local_day AND local_day < s.until) AS registered_heard,
    heard - registered_heard AS unregistered_heard
FROM (SELECT *, toDate32(toTimeZone(hour, $zone)) AS local_day FROM device_hours) AS d
LEFT JOIN device_spans AS s ON s.device = d.device
GROUP BY hour, county;

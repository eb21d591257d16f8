-- Records of which one revision was told with two contents: a row for each time that it was noticed.
CREATE OR REPLACE VIEW conflicting AS
SELECT DISTINCT splitByChar('@', toString(e.log))[1] AS department, e.log AS log, e.partition AS partition, e.offset AS offset,
    e.append_time AS append_time, e.source AS source, e.id AS id, e.type AS type, e.subject AS subject
FROM
(
    SELECT topic AS log, partition, offset, append_time, source, id, type, subject FROM events
    WHERE outcome = 'conflict'
) AS e
LEFT JOIN log_ends AS l ON e.log = l.log AND e.partition = l.partition
WHERE l.log = '' OR e.offset <= l.last;

-- All that was ever told of the records in which a conflict was noticed the latest: each content where it came first.
-- `since` and `until` are milliseconds, until exclusive; `department` '': all.
CREATE OR REPLACE VIEW conflict_contents AS
WITH latest AS
(
    SELECT source, id, type, subject FROM conflicting
    WHERE ({department:String} = '' OR department = {department:String})
        AND append_time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
        AND append_time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    GROUP BY source, id, type, subject
    ORDER BY max(append_time) DESC, source, id, type, subject
    LIMIT {most:UInt32}
)
SELECT splitByChar('@', toString(first.1))[1] AS department, source, id, type, subject,
    concat(first.1, '/', toString(first.2), '/', toString(first.3)) AS place, first.4 AS append_ms, revision, void,
    fingerprint, first.5 AS time_us, first.6 AS region, first.7 AS data
FROM
(
    SELECT source, id, type, subject, revision, void, fingerprint,
        argMin(
            (toString(topic), partition, offset, toUnixTimestamp64Milli(append_time), toUnixTimestamp64Micro(time),
                toString(region), toValidUTF8(data)),
            (append_time, topic, partition, offset)
        ) AS first
    FROM events
    PREWHERE id IN (SELECT id FROM latest)
    WHERE outcome IN ('counted', 'duplicate', 'superseded', 'conflict')
        AND (source, id, type, subject) IN (SELECT source, id, type, subject FROM latest)
    GROUP BY source, id, type, subject, revision, void, fingerprint
);

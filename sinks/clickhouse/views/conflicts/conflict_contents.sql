-- All contents of the records in which a conflict was noticed the latest, each content where it came first.
-- `since` and `until` are milliseconds, until exclusive; `department` '': all.
-- reads: conflicting
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
)

-- The standing fact of each record, for some measures, with the place of the message that gave it.
-- reads: answering
SELECT measure, member, subject, source, id, type, s.1 AS region, s.2 AS time, toUnixTimestamp64Micro(time) AS at,
    toDate32(toTimeZone(time, $zone)) AS day, s.3 AS value, s.5 AS log, s.6 AS partition, s.7 AS offset, s.8 AS rank
FROM
(
    SELECT measure, member, subject, source, id, type,
        argMax((region, time, value, live, topic, partition, offset, rank), (revision, void, fingerprint, offset)) AS s
    FROM facts
    WHERE generation = (SELECT generation FROM answering) AND measure IN (SELECT arrayJoin({measures:Array(String)}))
    GROUP BY measure, member, subject, source, id, type
)
WHERE s.4

-- Records that have two contents for one revision: a row for each time that this was noticed.
-- reads: log_ends
SELECT DISTINCT splitByChar('@', toString(e.log))[1] AS department, e.log AS log, e.partition AS partition, e.offset AS offset,
    e.append_time AS append_time, e.source AS source, e.id AS id, e.type AS type, e.subject AS subject
FROM
(
    SELECT topic AS log, partition, offset, append_time, source, id, type, subject FROM events
    WHERE outcome = 'conflict'
) AS e
LEFT JOIN log_ends AS l ON e.log = l.log AND e.partition = l.partition
WHERE l.log = '' OR e.offset <= l.last

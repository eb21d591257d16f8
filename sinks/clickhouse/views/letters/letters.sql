-- Dead letters with what became of them: open, dropped, redriven (not read yet), recovered, refused again.
-- `topic` is the department's; `log`, `partition` and `offset` are the letter's place.
-- reads: log_ends
SELECT splitByChar('@', toString(l.log))[1] AS topic, l.log AS log, l.partition AS partition, l.offset AS offset, l.append_time AS append_time, l.reason AS reason,
    l.field AS field, l.value AS value, l.expected AS expected, l.hint AS hint, l.source AS source, l.type AS type, l.id AS id,
    l.payload AS payload, a.to_log AS to_log, a.to_partition AS to_partition, a.to_offset AS to_offset, a.note AS note,
    multiIf(
        a.action = '', 'open',
        a.action = 'dropped', 'dropped',
        e.outcome = '', 'redriven',
        e.outcome = 'refused', 'refused again',
        'recovered'
    ) AS state
FROM
(
    SELECT d.topic AS log, d.*
    FROM (SELECT * FROM dead_letters FINAL) AS d
    LEFT JOIN log_ends AS ended ON d.topic = ended.log AND d.partition = ended.partition
    WHERE ended.log = '' OR d.offset <= ended.last
) AS l
LEFT JOIN
(
    SELECT topic, partition, offset, argMax(action, at) AS action, argMax(note, at) AS note,
        argMax(to_topic, at) AS to_log, argMax(to_partition, at) AS to_partition, argMax(to_offset, at) AS to_offset
    FROM letter_actions FINAL
    GROUP BY topic, partition, offset
) AS a ON l.log = a.topic AND l.partition = a.partition AND l.offset = a.offset
LEFT JOIN
(
    SELECT topic, partition, offset, outcome
    FROM events FINAL
    WHERE (topic, partition, offset) IN (SELECT to_topic, to_partition, to_offset FROM letter_actions)
) AS e ON a.to_log = e.topic AND a.to_partition = e.partition AND a.to_offset = e.offset

-- Dead letters with what became of them: open, dropped, redriven (not read yet), recovered, refused again.
CREATE OR REPLACE VIEW letters AS
SELECT l.topic AS topic, l.partition AS partition, l.offset AS offset, l.append_time AS append_time, l.reason AS reason,
    l.field AS field, l.value AS value, l.expected AS expected, l.hint AS hint, l.source AS source, l.type AS type,
    l.payload AS payload, a.to_offset AS to_offset, a.note AS note,
    multiIf(
        a.action = '', 'open',
        a.action = 'dropped', 'dropped',
        e.outcome = '', 'redriven',
        e.outcome = 'refused', 'refused again',
        'recovered'
    ) AS state
FROM (SELECT * FROM dead_letters FINAL) AS l
LEFT JOIN
(
    SELECT topic, partition, offset, argMax(action, at) AS action, argMax(note, at) AS note,
        argMax(to_offset, at) AS to_offset
    FROM letter_actions FINAL
    GROUP BY topic, partition, offset
) AS a ON l.topic = a.topic AND l.partition = a.partition AND l.offset = a.offset
LEFT JOIN
(
    SELECT topic, partition, offset, outcome
    FROM events FINAL
    WHERE (topic, partition, offset) IN (SELECT topic, partition, to_offset FROM letter_actions)
) AS e ON l.topic = e.topic AND l.partition = e.partition AND a.to_offset = e.offset;

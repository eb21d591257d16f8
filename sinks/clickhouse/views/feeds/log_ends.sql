-- Where logs ended that have a successor. A worker that had not noticed the end yet, or one that was stalled, may have
-- written rows after it: they do not count.
-- reads:
SELECT if(number = 2, topic, concat(topic, '@', toString(number - 1))) AS log, toUInt16(ended.1 - 1) AS partition,
    ended.2 AS last
FROM
(
    SELECT topic, number, arrayJoin(arrayZip(arrayEnumerate(lasts), lasts)) AS ended
    FROM (SELECT * FROM logs ORDER BY topic, number, began, firsts, lasts LIMIT 1 BY topic, number)
)

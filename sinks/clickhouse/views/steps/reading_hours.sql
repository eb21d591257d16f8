-- A day is read at its last complete hour; the current day at the last hour that is over.
-- reads: clock
SELECT day, toDateTime(toStartOfHour(least(
    toTimeZone(toDateTime64(addDays(day, 1), 6, $zone), 'UTC'), (SELECT until FROM clock)
)), 'UTC') - toIntervalHour(1) AS hour
FROM
(
    SELECT addDays($start, number) AS day
    FROM (SELECT arrayJoin(range(toUInt32(dateDiff('day', $start, $due)) + 1)) AS number)
    WHERE day <= (SELECT day FROM clock)
)

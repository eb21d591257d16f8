-- Devices that reported in each hour: all of them, those on the roster that day, and the others.
-- reads: device_spans
SELECT d.hour AS hour, d.county AS county, uniqExact(d.device) AS heard,
    uniqExactIf(d.device, s.listed AND s.since <= local_day AND local_day < s.until) AS registered_heard,
    heard - registered_heard AS unregistered_heard
FROM (SELECT *, toDate32(toTimeZone(hour, $zone)) AS local_day FROM device_hours) AS d
LEFT JOIN device_spans AS s ON s.device = d.device
GROUP BY hour, county

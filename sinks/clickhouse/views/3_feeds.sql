-- How the feeds are: the balance of every topic and day, and devices by hour.

-- received = counted + duplicate + superseded + conflict + refused + re-keyed, by topic and append day.
CREATE OR REPLACE VIEW balance AS
SELECT topic, toDate32(toTimeZone(append_time, $zone)) AS day, count() AS received,
    countIf(outcome = 'counted') AS counted, countIf(outcome = 'duplicate') AS duplicate,
    countIf(outcome = 'superseded') AS superseded, countIf(outcome = 'conflict') AS conflict,
    countIf(outcome = 'refused') AS refused, countIf(outcome = 're-keyed') AS rekeyed
FROM events FINAL
GROUP BY topic, day;

-- Devices heard in each hour: of those on the roster that day, and of nobody's (registered nowhere).
CREATE OR REPLACE VIEW devices_by_hour AS
SELECT d.hour AS hour, d.county AS county, uniqExact(d.device) AS heard,
    uniqExactIf(d.device, s.listed AND s.since <= local_day AND local_day < s.until) AS registered_heard,
    heard - registered_heard AS unregistered_heard
FROM (SELECT *, toDate32(toTimeZone(hour, $zone)) AS local_day FROM device_hours) AS d
LEFT JOIN device_spans AS s ON s.device = d.device
GROUP BY hour, county;

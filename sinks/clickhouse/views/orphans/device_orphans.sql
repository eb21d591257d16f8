-- Devices that were on no roster when they last reported, and that came onto none later.
-- reads: device_spans, terms
SELECT h.device AS subject, h.county AS region, h.hour AS time,
    if(s.registered = 0, 'device-unknown', 'device-out-of-time') AS kind
FROM
(
    SELECT device, argMax(d.county, d.hour) AS county, max(d.hour) AS hour
    FROM device_hours AS d
    WHERE measure = {measure:String}
    GROUP BY device
) AS h
LEFT JOIN
(
    SELECT device, count() AS registered, max(until) AS last
    FROM device_spans
    WHERE listed AND indicator IN (SELECT indicator FROM terms WHERE role = 'heartbeat' AND measure = {measure:String})
    GROUP BY device
) AS s ON h.device = s.device
WHERE s.registered = 0 OR s.last <= toDate32(toTimeZone(h.hour, $zone))

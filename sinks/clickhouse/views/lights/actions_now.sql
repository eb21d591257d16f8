-- Each action in each region: the worst of its lights.
-- reads: lights_now, statuses
SELECT n.action AS action, n.action_zh AS action_zh, n.action_en AS action_en, n.region AS region,
    n.region_zh AS region_zh, s.status AS status, n.worst AS status_rank, s.zh AS status_zh,
    s.symbol AS status_symbol, s.color AS status_color, n.indicators AS indicators,
    n.overdue AS overdue, n.lagging AS lagging, n.at_risk AS at_risk, n.silent AS silent, n.no_data AS no_data,
    n.recovered AS recovered, n.on_track AS on_track, n.achieved AS achieved, n.monitor AS monitor
FROM
(
    SELECT action, any(action_zh) AS action_zh, any(action_en) AS action_en, region, any(region_zh) AS region_zh,
        max(status_rank) AS worst, countIf(status != 'none') AS indicators,
        countIf(status = 'overdue') AS overdue, countIf(status = 'lagging') AS lagging,
        countIf(status = 'at_risk') AS at_risk, countIf(status = 'silent') AS silent,
        countIf(status = 'no_data') AS no_data, countIf(status = 'recovered') AS recovered,
        countIf(status = 'on_track') AS on_track, countIf(status = 'achieved') AS achieved,
        countIf(status = 'monitor') AS monitor
    FROM lights_now
    GROUP BY action, region
) AS n
INNER JOIN statuses AS s ON n.worst = s.rank

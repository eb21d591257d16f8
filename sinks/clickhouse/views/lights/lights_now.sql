-- Every light as of the clock. After midnight, until the new day is assessed, all of them show the last complete day.
-- reads: actions, assessed, clock, indicators, light_days, regions, statuses
SELECT l.indicator AS indicator, i.position AS position, i.action AS action, a.zh AS action_zh, a.en AS action_en,
    i.zh AS zh, i.en AS en, i.sentence AS sentence, i.kind AS kind, i.department AS department,
    i.department_zh AS department_zh, i.unit AS unit, i.decimals AS decimals, i.formula AS formula,
    i.cadence AS cadence, i.target_op AS target_op,
    r.zh AS region_zh, r.en AS region_en, r.kind AS region_kind,
    $light,
    s.rank AS status_rank, s.zh AS status_zh, s.en AS status_en, s.symbol AS status_symbol, s.color AS status_color
FROM
(
    SELECT * FROM light_days
    WHERE day = (SELECT least(c.day, a.day) FROM clock AS c CROSS JOIN assessed AS a)
) AS l
INNER JOIN indicators AS i ON l.indicator = i.indicator
INNER JOIN actions AS a ON i.action = a.action
INNER JOIN regions AS r ON l.region = r.code
INNER JOIN statuses AS s ON l.status = s.status

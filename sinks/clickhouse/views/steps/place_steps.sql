-- Second step for places. On each day on which anything changes at a place: whether it is on the roster, how many needs
-- are met, and how much is there.
-- reads: place_levels, terms
SELECT indicator, place AS region, day,
    toInt64(on AND met = needs) - lagInFrame(toInt64(on AND met = needs), 1, toInt64(0)) OVER w AS covered,
    toInt64(on) - lagInFrame(toInt64(on), 1, toInt64(0)) OVER w AS listed,
    if(on, amount, 0) - lagInFrame(if(on, amount, 0), 1, toInt64(0)) OVER w AS amount_there
FROM
(
    SELECT indicator, place, day,
        sum(d_on) OVER v > 0 AS on, sum(d_met) OVER v AS met, sum(d_amount) OVER v AS amount
    FROM
    (
        SELECT indicator, place, day, sumIf(d_level, role = 'place') AS d_on, sumIf(d_level, role = 'need') AS d_met,
            sumIf(d_level, role = 'amount') AS d_amount
        FROM
        (
            SELECT indicator, role, place, day,
                multiIf(role = 'amount', level, toInt64(level >= at_least)) AS now,
                now - lagInFrame(now, 1, toInt64(0)) OVER (
                    PARTITION BY indicator, place, role, measure ORDER BY day
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS d_level
            FROM place_levels
        )
        GROUP BY indicator, place, day
    )
    WINDOW v AS (PARTITION BY indicator, place ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) AS changes
INNER JOIN (SELECT indicator, countIf(role = 'need') AS needs FROM terms GROUP BY indicator) AS n USING indicator
WINDOW w AS (PARTITION BY indicator, place ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)

-- The days on which the light changed.
-- reads: light_days
SELECT day, indicator, region, was, status
FROM
(
    SELECT day, indicator, region, status, lagInFrame(toString(status), 1, '') OVER (
        PARTITION BY indicator, region ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS was
    FROM light_days
)
WHERE was != '' AND was != status

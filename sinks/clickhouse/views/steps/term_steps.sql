-- A count over a window is a level that lapses with its period: what came in May is subtracted on 1 June.
-- (arrayJoin is used as a function throughout: in this engine, nested ARRAY JOIN clauses get each other's names.)
-- reads: counts, terms
SELECT indicator, role, measure, at_least, counties, region, step.1 AS day, step.2 AS delta
FROM
(
    SELECT t.indicator AS indicator, t.role AS role, t.measure AS measure, t.at_least AS at_least,
        t.counties AS counties, c.region AS region,
        arrayJoin(if(
            t.window = '',
            [(c.day, c.value)],
            [(c.day, c.value), (multiIf(
                t.window = 'month', addMonths(makeDate32(toYear(c.day), toMonth(c.day), 1), 1),
                t.window = 'quarter', addMonths(makeDate32(toYear(c.day), intDiv(toMonth(c.day) - 1, 3) * 3 + 1, 1), 3),
                makeDate32(toYear(c.day) + 1, 1, 1)
            ), -c.value)]
        )) AS step
    FROM counts AS c
    INNER JOIN terms AS t ON c.measure = t.measure
)

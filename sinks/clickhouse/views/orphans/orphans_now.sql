-- The orphans that the assessor found: a row for each kind in each county of each measure, with the indicators that
-- they would have changed.
-- reads: answering, links, measures, orphan_kinds
SELECT m.topic AS department, m.measure AS measure, m.zh AS measure_zh, m.en AS measure_en, l.indicators AS indicators,
    l.types AS types, k.kind AS kind, k.zh AS kind_zh, k.en AS kind_en, f.county AS county, f.events AS events,
    f.samples AS samples
FROM
(
    SELECT measure, needs, part.1 AS kind, part.2 AS county, part.3 AS events, part.4 AS samples
    FROM
    (
        SELECT measure, needs, arrayJoin(arrayZip(kinds, counties, events, samples)) AS part
        FROM orphans FINAL
        WHERE generation = (SELECT generation FROM answering)
    )
) AS f
INNER JOIN links AS l ON f.measure = l.measure AND f.needs = l.needs
INNER JOIN measures AS m ON f.measure = m.measure
INNER JOIN orphan_kinds AS k ON f.kind = k.kind

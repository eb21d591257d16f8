-- As `doubtful_subjects`, for places and for all measures at once: subjects with any fact at a place that was on no
-- roster that day.
-- reads: answering, links, regions, roster_spans
SELECT DISTINCT f.measure AS measure, f.subject AS subject
FROM
(
    SELECT measure, member, subject, region, toDate32(toTimeZone(time, $zone)) AS day FROM facts
    WHERE generation = (SELECT generation FROM answering)
        AND measure IN (SELECT measure FROM links WHERE needs = 'place') AND live AND value > 0
) AS f
INNER JOIN (SELECT * FROM links WHERE needs = 'place') AS l ON f.measure = l.measure AND f.member = l.home
LEFT ANY JOIN roster_spans AS r ON f.region = r.place
WHERE NOT arrayExists(s -> s.1 <= f.day AND f.day < s.2, r.spans)
    AND NOT (l.counties AND left(f.region, 6) IN (SELECT code FROM regions WHERE level = 'county'))

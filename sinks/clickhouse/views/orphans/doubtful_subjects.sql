-- Subjects with any fact at a time when their home member was not on. They are few, and only they are examined closely.
-- reads: answering, home_spans
SELECT DISTINCT f.subject AS subject
FROM
(
    SELECT subject, toUnixTimestamp64Micro(time) AS at FROM facts
    WHERE generation = (SELECT generation FROM answering) AND measure = {measure:String}
        AND member != {home:String} AND live AND value > 0
) AS f
LEFT ANY JOIN home_spans(measure = {measure:String}, home = {home:String}) AS h ON f.subject = h.subject
WHERE if({cohort:Bool}, empty(h.spans) OR NOT h.was_on, NOT arrayExists(s -> s.1 <= f.at AND f.at < s.2, h.spans))

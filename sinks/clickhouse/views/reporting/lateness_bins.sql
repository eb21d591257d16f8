-- Hours from an event to its arrival, a row for each bin of a day. Each bin is wider than the one before, and its
-- middle stands for it.
-- reads: answering
SELECT day, department,
    sign(part.1) * 2 * pow($width, abs(part.1) - 1) / (1 + $width) / 3600 AS hours, part.2 AS events
FROM
(
    SELECT day, department, arrayJoin(arrayZip(bins, counts)) AS part FROM lateness FINAL
    WHERE generation = (SELECT generation FROM answering)
)

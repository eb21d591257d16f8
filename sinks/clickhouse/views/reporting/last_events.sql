-- reads: answering
SELECT splitByChar('@', topic)[1] AS department, toNullable(max(append_time)) AS last_event FROM positions FINAL
WHERE generation = (SELECT generation FROM answering)
GROUP BY department

-- reads: answering
SELECT events, until, day, at FROM assessments FINAL
WHERE generation = (SELECT generation FROM answering)

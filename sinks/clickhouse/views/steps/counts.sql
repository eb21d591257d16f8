-- reads: answering, terms
SELECT measure, region, day, sum(value) AS value
FROM cells FINAL
WHERE generation = (SELECT generation FROM answering) AND measure IN (SELECT measure FROM terms)
GROUP BY measure, region, day
HAVING value != 0

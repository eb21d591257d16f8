-- The figures of filed reports, as they were printed.
-- reads:
SELECT number, plan, quarter, filed_at, JSONExtractString(figure, 'indicator') AS indicator,
    JSONExtractString(figure, 'region') AS region,
    JSONExtract(figure, 'numerator', 'Nullable(Float64)') AS numerator,
    JSONExtract(figure, 'denominator', 'Nullable(Float64)') AS denominator,
    JSONExtract(figure, 'value', 'Nullable(Float64)') AS value,
    JSONExtract(figure, 'target', 'Nullable(Float64)') AS target,
    JSONExtract(figure, 'expected', 'Nullable(Float64)') AS expected,
    JSONExtract(figure, 'chance', 'Nullable(Float64)') AS chance,
    JSONExtractString(figure, 'status') AS status
FROM
(
    SELECT number, plan, quarter, filed_at, arrayJoin(JSONExtractArrayRaw(content, 'figures')) AS figure
    FROM (SELECT * FROM filings ORDER BY filed_at, digest LIMIT 1 BY number)
)

-- Quarterly reports as they were filed. A row is never changed; of two with the same number the earlier is right.
CREATE TABLE IF NOT EXISTS filings
(
    number String COMMENT 'printed on the report: JN-2023Q3-001',
    plan LowCardinality(String),
    quarter LowCardinality(String),
    filed_at DateTime64(6, 'UTC'),
    as_of DateTime64(6, 'UTC') COMMENT 'the clock: up to when data were read, exclusive',
    generation String,
    catalogue String COMMENT 'hash of what the views said is counted and aimed at',
    differences Nullable(UInt64) COMMENT 'what verify found; NULL: it did not run',
    positions String COMMENT 'JSON [[log, partition, offset], …]: up to where the figures were counted' CODEC(ZSTD),
    content String COMMENT 'JSON: all that the report prints' CODEC(ZSTD),
    digest String COMMENT 'of the content, printed on the report'
)
ENGINE = MergeTree
ORDER BY (plan, quarter, number, filed_at);

-- What came in, added up by the assessor as it reads the ledger on: so that nobody else reads the ledger for it.
-- Exact as of `version`; the highest wins: a stale assessor loses. All is counted anew when an assessor begins.
CREATE TABLE IF NOT EXISTS arrivals
(
    generation LowCardinality(String),
    day Date32 COMMENT 'local day of the append time',
    department LowCardinality(String),
    county LowCardinality(String) COMMENT 'six digits, as told; empty where nothing was told',
    received UInt64,
    refused UInt64,
    duplicate UInt64,
    conflict UInt64,
    version UInt128 COMMENT 'as of `assessments`'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, day, department, county);

-- How late the counted events of a day came: a histogram, its bins 2 % wide (views: `lateness_bins`).
CREATE TABLE IF NOT EXISTS lateness
(
    generation LowCardinality(String),
    day Date32,
    department LowCardinality(String),
    bins Array(Int16),
    counts Array(UInt64),
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, day, department);

-- When anything but the roster last spoke of a community.
CREATE TABLE IF NOT EXISTS community_reports
(
    generation LowCardinality(String),
    community LowCardinality(String) COMMENT 'twelve digits',
    last_day Date32,
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, community);

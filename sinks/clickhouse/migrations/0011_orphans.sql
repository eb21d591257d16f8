-- Events that count for nobody, as the assessor found them: one row for each link (schemas/catalogue/links.py), always
-- written as a whole. Only facts up to the position named by `version` were looked at; the highest version wins.
CREATE TABLE IF NOT EXISTS orphans
(
    generation LowCardinality(String),
    measure LowCardinality(String),
    needs LowCardinality(String) COMMENT 'what is missing: subject, place, device',
    kinds Array(String),
    counties Array(String) COMMENT 'six digits, as told',
    events Array(UInt64) COMMENT 'how many of that kind in that county',
    samples Array(String) COMMENT 'JSON: the latest few of them; subjects and ids are masked' CODEC(ZSTD),
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, measure, needs);

-- Records told with two contents that the boards list, as the assessor found them in the ledger.
CREATE TABLE IF NOT EXISTS conflict_lists
(
    generation LowCardinality(String),
    conflicts String COMMENT 'JSON: the latest; what may be a person''s is masked' CODEC(ZSTD),
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
ORDER BY generation;

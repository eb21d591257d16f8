-- How the figures stand: written by the assessor, read by boards, metrics, reports and `pulse status`.
-- A row is a function of (figures, reports, catalogue, clock). The highest version wins: a stale assessor loses.
CREATE TABLE IF NOT EXISTS lights
(
    generation LowCardinality(String),
    indicator LowCardinality(String),
    region LowCardinality(String) COMMENT 'city or county',
    day Date32,
    value Nullable(Float64),
    numerator Nullable(Float64),
    denominator Nullable(Float64),
    target Nullable(Float64) COMMENT 'of this region: a share of a count where it is allocated',
    period LowCardinality(String) COMMENT 'what is judged: 2023, 2023-05, 2023Q2',
    due Nullable(Date32),
    days_left Nullable(Int32) COMMENT 'whole days after `day` until due',
    expected Nullable(Float64) COMMENT 'by the pace, in the unit of the value',
    tolerance Nullable(Float64) COMMENT 'in the unit of the value',
    gap Nullable(Float64) COMMENT 'value - expected; negative: behind',
    gap_days Nullable(Float64) COMMENT 'gap in days of the pace',
    behind Nullable(Float64) COMMENT 'persons, places, pieces short of expected',
    shortfall Nullable(Float64) COMMENT 'the same, short of the target',
    rate28 Nullable(Float64) COMMENT 'numerator a day, of the last 28 days',
    required_rate Nullable(Float64) COMMENT 'numerator a day, still required until due',
    chance Nullable(Float64) COMMENT '0 to 1',
    p10 Nullable(Float64),
    p50 Nullable(Float64),
    p85 Nullable(Float64),
    p90 Nullable(Float64),
    no_forecast LowCardinality(String) COMMENT 'why there is no chance: too_little, shifted, no_data, over, not_a_target',
    direction LowCardinality(String) COMMENT 'improving, steady, worsening; empty: too early',
    signal LowCardinality(String) COMMENT 'up, down',
    assurance LowCardinality(String) COMMENT 'always, chance, never',
    last_report Nullable(Date32),
    raw LowCardinality(String) COMMENT 'the status of this day by itself',
    status LowCardinality(String) COMMENT 'the status shown',
    since Date32,
    rule LowCardinality(String) COMMENT 'what decided',
    why_zh String CODEC(ZSTD),
    why_en String CODEC(ZSTD),
    version UInt128 COMMENT 'events counted << 64 | microseconds of the clock',
    digest UInt64 COMMENT 'of all that the row was made from: unchanged, it is not written again'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, day, indicator, region)
-- Most readers want the latest day, with its words: it lies together, in small granules.
SETTINGS index_granularity = 128;

-- Who reports: a department (county '') or a county to it, as of the clock.
CREATE TABLE IF NOT EXISTS hearings
(
    generation LowCardinality(String),
    department LowCardinality(String),
    county LowCardinality(String),
    last_day Nullable(Date32) COMMENT 'the last day with an event (append time)',
    days UInt32 COMMENT 'days with events',
    silent Bool,
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, department, county);

-- The forecast of days to come: weekly until due, and the due date itself.
CREATE TABLE IF NOT EXISTS fans
(
    generation LowCardinality(String),
    indicator LowCardinality(String),
    region LowCardinality(String),
    day Date32,
    p10 Nullable(Float64),
    p50 Nullable(Float64),
    p85 Nullable(Float64),
    p90 Nullable(Float64),
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, indicator, region, day);

-- What a month, a quarter, a due date was known to be when it was first seen closed. The first row wins.
CREATE TABLE IF NOT EXISTS closes
(
    indicator LowCardinality(String),
    region LowCardinality(String),
    period LowCardinality(String),
    day Date32,
    value Nullable(Float64),
    target Nullable(Float64),
    met Bool,
    known_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (indicator, region, period, known_at);

-- One row by each `pulse verify`.
CREATE TABLE IF NOT EXISTS verdicts
(
    at DateTime64(3, 'UTC'),
    generation String,
    plan String,
    figures UInt64,
    differences UInt64,
    took Float64 COMMENT 'seconds'
)
ENGINE = MergeTree
ORDER BY at;

-- How far the assessment is: the positions and the clock that all rows of `lights` are true at.
CREATE TABLE IF NOT EXISTS assessments
(
    generation LowCardinality(String),
    version UInt128,
    events Int64 COMMENT 'the sum over positions of offset + 1',
    until DateTime64(6, 'UTC') COMMENT 'the clock',
    day Date32,
    method String COMMENT 'hash of how it was judged: another one, and all is judged anew',
    at DateTime64(3, 'UTC') COMMENT 'when it was done'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY generation;

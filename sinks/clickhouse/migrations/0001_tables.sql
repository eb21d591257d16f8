-- Everything durable. Instants are UTC; views turn them into the city's days.
-- Every row is a function of (log prefix, offset): writing it again changes nothing.

-- The ledger: one row for each offset received, whatever its outcome.
-- ORDER BY the place: replays collapse, and verify reads a partition in the order of its log.
CREATE TABLE IF NOT EXISTS events
(
    topic LowCardinality(String),
    partition UInt16,
    offset Int64 CODEC(Delta, ZSTD),
    append_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    outcome LowCardinality(String),
    reason LowCardinality(String) COMMENT 'why it was refused; empty otherwise',
    source LowCardinality(String),
    id String,
    type LowCardinality(String),
    subject String,
    revision UInt32,
    void Bool,
    fingerprint UInt64,
    time DateTime64(6, 'UTC'),
    recorded_time Nullable(DateTime64(6, 'UTC')),
    region LowCardinality(String),
    dataschema LowCardinality(String),
    data String COMMENT 'canonical JSON; empty for heartbeats and refusals' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset);

-- Append-only, keyed by offset: nothing is overwritten, so a load as of any position finds its winners.
-- ORDER BY puts the accounts of one record side by side for that load.
CREATE TABLE IF NOT EXISTS facts
(
    generation LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    measure LowCardinality(String),
    member LowCardinality(String),
    subject String,
    source LowCardinality(String),
    id String,
    type LowCardinality(String),
    revision UInt32,
    void Bool,
    fingerprint UInt64,
    region LowCardinality(String),
    time DateTime64(6, 'UTC'),
    value Int64,
    live Bool,
    offset Int64
)
ENGINE = ReplacingMergeTree
ORDER BY (generation, topic, partition, measure, member, subject, source, id, type, offset);

-- value: the cell's whole value as of `offset`, never an increment. The highest offset wins.
CREATE TABLE IF NOT EXISTS cells
(
    generation LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    measure LowCardinality(String),
    region LowCardinality(String) COMMENT 'as recorded: 6, 9 or 12 digits',
    day Date32 COMMENT 'local day of the city',
    value Int64,
    offset Int64
)
ENGINE = ReplacingMergeTree(offset)
ORDER BY (generation, topic, partition, measure, region, day);

-- How far each shard's rows are whole. Written last, before Kafka hears of it.
CREATE TABLE IF NOT EXISTS positions
(
    generation LowCardinality(String),
    topic LowCardinality(String),
    partition UInt16,
    offset Int64,
    append_time DateTime64(3, 'UTC') COMMENT 'of the event at that offset: how far the stream''s own time is',
    topic_id String COMMENT 'Kafka''s id of the topic: a topic made anew is another one',
    partitions UInt16
)
ENGINE = ReplacingMergeTree(offset)
ORDER BY (generation, topic, partition);

CREATE TABLE IF NOT EXISTS dead_letters
(
    topic LowCardinality(String),
    partition UInt16,
    offset Int64,
    append_time DateTime64(3, 'UTC'),
    reason LowCardinality(String),
    field String,
    value String COMMENT 'masked',
    expected String,
    hint String,
    source String,
    type String,
    payload String COMMENT 'masked and cut'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset);

-- A set union: which devices were heard in which hour.
CREATE TABLE IF NOT EXISTS device_hours
(
    measure LowCardinality(String),
    hour DateTime('UTC'),
    county LowCardinality(String),
    device String
)
ENGINE = ReplacingMergeTree
ORDER BY (measure, hour, county, device);

-- Which generation answers. A generation: hash of measures, regions, core version, partition counts.
CREATE TABLE IF NOT EXISTS generations
(
    generation String,
    plan String,
    switched_at DateTime64(3, 'UTC'),
    detail String COMMENT 'JSON: what the hash was made of'
)
ENGINE = MergeTree
ORDER BY switched_at;

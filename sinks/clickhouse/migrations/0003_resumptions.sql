-- Partitions that an operator told to go on after too many refusals.
CREATE TABLE IF NOT EXISTS resumptions
(
    topic LowCardinality(String),
    partition UInt16,
    at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (topic, partition, at);

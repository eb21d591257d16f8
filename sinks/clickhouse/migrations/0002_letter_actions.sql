-- What operators did with dead letters. A letter itself never changes.
-- ORDER BY the letter's place and the action: doing it again replaces what was known of it.
CREATE TABLE IF NOT EXISTS letter_actions
(
    topic LowCardinality(String),
    partition UInt16,
    offset Int64,
    action LowCardinality(String) COMMENT 'redriven or dropped',
    at DateTime64(3, 'UTC'),
    note String COMMENT 'why, as the operator said',
    to_offset Int64 COMMENT 'where in the same partition a redriven message lies; -1 for a dropped one'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (topic, partition, offset, action);

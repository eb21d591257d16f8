-- Offsets of a log that hold no event: markers of transactions, aborted and compacted events, what was deleted before counting
-- began. Ranges may overlap: two workers may have read the same log in other pieces.
-- ORDER BY the range: replays collapse, and verify reads a partition in the order of its log.
CREATE TABLE IF NOT EXISTS gaps
(
    topic LowCardinality(String),
    partition UInt16,
    first Int64,
    last Int64,
    append_time DateTime64(3, 'UTC') COMMENT 'of the last event before it; 1970 where there is none'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, first, last);

-- Earlier releases passed over such offsets without a row. What their ledger lacks is taken for one, once.
INSERT INTO gaps
SELECT topic, partition, before + 1 AS first, offset - 1 AS last, before_time AS append_time
FROM
(
    SELECT topic, partition, offset,
        lagInFrame(toInt64(offset), 1, if(topic LIKE '%@%', offset - 1, -1)) OVER log AS before,
        lagInFrame(append_time, 1, toDateTime64(0, 3, 'UTC')) OVER log AS before_time
    FROM events FINAL
    WINDOW log AS (PARTITION BY topic, partition ORDER BY offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE offset > before + 1;

-- Offsets that operators put aside: refused, whatever lies there. A row is never changed; of two for an offset the earlier
-- is right. ORDER BY the place: a shard reads its own.
CREATE TABLE IF NOT EXISTS set_aside
(
    topic LowCardinality(String),
    partition UInt16,
    offset Int64,
    append_time DateTime64(3, 'UTC') COMMENT 'what stands for it where the message cannot be read',
    reason String COMMENT 'as the operator said',
    at DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (topic, partition, offset, at);

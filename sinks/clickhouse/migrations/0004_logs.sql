-- How each further log of a topic began: after it got more partitions, or was made anew. The first log has no row.
-- A row never changes. Where two say the same log began, the earlier is right.
CREATE TABLE IF NOT EXISTS logs
(
    topic LowCardinality(String) COMMENT 'bare name; other tables call this log topic@number',
    number UInt16 COMMENT '2 or more',
    topic_id String COMMENT 'Kafka''s id of the topic',
    anew Bool COMMENT 'deleted and made anew; false: it got more partitions',
    firsts Array(Int64) COMMENT 'of each partition, the first offset that belongs to it',
    lasts Array(Int64) COMMENT 'of each partition of the log before it, the last offset that counts',
    began DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (topic, number, began);

-- A redriven message goes to the topic's log of today.
ALTER TABLE letter_actions ADD COLUMN IF NOT EXISTS to_topic LowCardinality(String) DEFAULT topic;
ALTER TABLE letter_actions ADD COLUMN IF NOT EXISTS to_partition UInt16 DEFAULT partition;

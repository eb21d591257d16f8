-- Where a replayed year stands. It belongs to the rows, not to a setting: whichever command looks at them, the day is this
-- one. The latest row tells.
CREATE TABLE IF NOT EXISTS clocks
(
    stands Date32 COMMENT 'the city''s last day: the stream''s own time does not pass its end',
    at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY at;

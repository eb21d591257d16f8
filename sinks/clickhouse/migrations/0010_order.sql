-- Facts of one time stand in the order in which they were recorded; those of an earlier generation have no rank.
ALTER TABLE facts ADD COLUMN IF NOT EXISTS rank Int64
    COMMENT 'the place among facts of the same time: see streams/counting/facts.py' AFTER time;

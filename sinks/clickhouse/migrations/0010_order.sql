-- Facts of one time stand in the order in which they were recorded; those of an earlier generation have no rank.
ALTER TABLE facts ADD COLUMN IF NOT EXISTS rank Int64
    COMMENT 'the place among facts of the same time: see streams/counting/facts.py' AFTER time;

-- What has become by now of the cases of a cohort, beside what stood on the day.
ALTER TABLE lights ADD COLUMN IF NOT EXISTS cohort Nullable(Float64)
    COMMENT 'of the cases that began by this day, how many are complete by now; in the unit of the value' AFTER denominator;

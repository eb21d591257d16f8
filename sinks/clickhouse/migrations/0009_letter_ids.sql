-- Which record a refused message was about, where its id could be read.
ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS id String COMMENT 'masked' AFTER type;

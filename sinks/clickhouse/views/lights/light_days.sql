-- The lights of all days whose assessment is complete. Rows of an assessment that is under way, or that was
-- interrupted, are left out, so that no reader takes a part for the whole.
-- reads: answering, assessed
SELECT * EXCEPT (generation, digest) FROM lights FINAL
WHERE generation = (SELECT generation FROM answering) AND day <= (SELECT max(day) FROM assessed)

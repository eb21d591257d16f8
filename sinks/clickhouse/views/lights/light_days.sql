-- The lights of all days that were assessed to the end. What an assessment has written that is under way, or that was
-- interrupted, is not there yet: never a part for the whole.
-- reads: answering, assessed
SELECT * EXCEPT (generation, digest) FROM lights FINAL
WHERE generation = (SELECT generation FROM answering) AND day <= (SELECT max(day) FROM assessed)

-- One light's days. A row's version decides only between rows of one key, so the key may be looked at before: four times
-- as fast as a filter on `light_days`, which reads the words of all.
-- reads: answering, assessed
SELECT * EXCEPT (generation, digest) FROM lights FINAL
PREWHERE indicator = {indicator:String} AND region = {region:String}
WHERE generation = (SELECT generation FROM answering) AND day <= (SELECT max(day) FROM assessed)

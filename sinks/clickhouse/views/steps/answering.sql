-- The generation of figures that answers.
-- reads:
SELECT argMax(generation, (switched_at, generation)) AS generation FROM generations

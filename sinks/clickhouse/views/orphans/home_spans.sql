-- The spans in which the home member is on: from one fact to the next, in the order of facts
-- (streams/counting/facts.py). Instants are microseconds since 1970.
-- reads: standing_facts
SELECT subject,
    arrayMap(f -> (f.1, f.6, f.7), arraySort(groupArray((at, rank, source, id, type, value > 0, day)))) AS told,
    arrayFilter(s -> s.4, arrayMap(
        (t, next) -> (t.1, next, t.3, t.2), told, arrayPopFront(arrayPushBack(arrayMap(t -> t.1, told), $forever))
    )) AS spans,
    told[-1].2 AS was_on
FROM standing_facts(measures = [{measure:String}])
WHERE member = {home:String}
GROUP BY subject

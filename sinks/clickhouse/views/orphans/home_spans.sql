-- When home is on: from a fact to the next one, in the order in which facts stand (streams/counting/facts.py). Instants are
-- microseconds since 1970.
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

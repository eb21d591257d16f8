"""The counting core: plain functions over plain data. No I/O, no clock, no Faust, no Kafka.

`fold.Fold.apply` returns an event's outcome and the facts it changed; `changes` returns the changed cells.
Both are a function of the events applied so far and nothing else, so any two workers that read the same log
write the same rows.
"""

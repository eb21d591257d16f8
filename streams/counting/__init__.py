"""Counting, the heart: plain functions over plain data. No I/O, no clock, no Faust, no Kafka.

`fold.Fold.apply(event)` → outcome, changed facts, changed cells. Everything it returns is a function of the
events applied so far and nothing else, so any two workers that read the same log write the same rows.
"""

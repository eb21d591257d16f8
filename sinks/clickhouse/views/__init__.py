"""Indicator arithmetic, once: SQL views over the cells and the catalogue.

`dimensions` writes the catalogue down as views of literal rows; the SQL files (`written`) stand on those and
name no indicator. So a new indicator is a line of the catalogue, and no two readers can disagree.
"""

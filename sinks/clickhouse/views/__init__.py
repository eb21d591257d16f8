"""The arithmetic of indicators, in one place: SQL views over the cells and the catalogue.

`dimensions` writes the catalogue as views of literal rows. The SQL files (`written`) read those and name no
indicator. So a new indicator is a line of the catalogue, and no two readers can disagree.
"""

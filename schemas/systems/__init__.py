"""A module a source system. Only what an indicator of the catalogue counts has a type here: one that feeds
nothing is a fault of the catalogue.
"""

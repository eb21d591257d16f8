"""Queries that boards, commands and reports put to the views; the answers are plain data."""

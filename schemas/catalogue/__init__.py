"""The catalogue: what is counted and what is aimed at, as data. A new plan is a new catalogue file."""

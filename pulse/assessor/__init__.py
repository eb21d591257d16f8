"""Keeps the lights up to date: reads what changed, has `pulse.lights` judge it, writes the rows that changed.
Start reading at `assessor.py`."""

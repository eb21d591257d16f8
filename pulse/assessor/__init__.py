"""Keeps the lights: reads what moved, has `pulse.lights` judge it, writes what changed. Start reading at `assessor.py`."""

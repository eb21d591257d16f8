"""Assembles the parts: settings, the city, and a worker with everything that runs beside it."""

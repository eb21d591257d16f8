"""The parts put together: settings, the city, a worker with all that runs beside it."""

"""What happened in the year, told by each source system: a module a system, events in columns."""

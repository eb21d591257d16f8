"""What happened in the year, by source system: one module for each system; it returns the events in columns."""

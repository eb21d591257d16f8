"""Speed, shown and never asserted: microseconds an event on the simulated mix."""

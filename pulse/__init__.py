"""City Pulse: the live indicators of a city's plan."""

"""The whole path on one machine, with a simulated city."""

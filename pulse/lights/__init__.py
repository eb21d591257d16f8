"""Judges figures: pace, forecast, signal and status. Pure: arrays in, judgements out."""

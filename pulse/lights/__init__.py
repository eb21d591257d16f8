"""How the figures stand: pace, forecast, signal and status. Pure: arrays in, judgements out."""

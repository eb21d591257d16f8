"""Alerts: Prometheus rules and Alertmanager routes, made from the catalogue. Pure. Start reading at `files.py`."""

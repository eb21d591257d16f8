"""Alerts: Prometheus rules and Alertmanager routes generated from the catalogue. Pure. Start reading at `files.py`."""

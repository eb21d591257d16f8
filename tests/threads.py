"""How many threads the embedded engine takes for the small tables of tests."""

from __future__ import annotations

from clickhouse_connect.driver.client import Client


def one_thread(client: Client) -> None:
    """From now on each statement of the client runs on one thread: on so few rows, more cost more than they save."""
    client.set_client_setting("max_threads", 1)

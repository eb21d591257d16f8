"""`pulse topics`: shows or creates the Kafka topics that the plan needs."""

from __future__ import annotations

import click


@click.command("topics")
@click.option("--create", is_flag=True, help="Create those that are missing.")
@click.option(
    "--partitions", type=click.IntRange(1, 1000), default=8, show_default=True, help="Of each new topic."
)
@click.option(
    "--replication", type=click.IntRange(1, 7), default=1, show_default=True, help="Copies of each new topic."
)
def command(create: bool, partitions: int, replication: int) -> None:
    """Show the Kafka topics that the plan needs, and create those that are missing.

    Each department has one topic. New ones are created with message.timestamp.type=LogAppendTime (the broker's
    clock, not the publisher's, says when an event arrived) and without a limit of retention. Choose the number of
    partitions well: changing it later means a rebuild. Exit status 1 where one is missing.
    """
    from rich.table import Table

    from pulse.app.city import load_city
    from pulse.app.settings import load_settings
    from pulse.terminal.screen import Screen
    from streams.kafka import create_topics, stamped, topics

    settings = load_settings()
    city = load_city(settings)
    wanted = {settings.topic_prefix + name: partitions for name in city.topics} | {
        settings.topic_prefix + "dead-letters": partitions
    }
    made = create_topics(settings.kafka, wanted, replication) if create else []
    kafka_topics = topics(settings.kafka, list(wanted))
    live = stamped(settings.kafka, list(kafka_topics))
    table = Table(title=f"Kafka {settings.kafka}", title_justify="left")
    for heading in ("topic", "partitions", "id", ""):
        table.add_column(heading)
    for name in wanted:
        topic = kafka_topics.get(name)
        note = "created" if name in made else "" if topic else "missing: pulse topics --create"
        if live.get(name) is False:
            note = "keeps publishers' times: set message.timestamp.type=LogAppendTime"
        table.add_row(name, str(topic.partitions) if topic else "–", topic.id if topic else "", note)
    Screen().print(table)
    if len(kafka_topics) < len(wanted):
        raise SystemExit(1)

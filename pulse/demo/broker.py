"""The Kafka broker of a run: one inside this process, or one that already runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pulse.brokers.in_process import in_process_broker
from pulse.demo.course import Run
from pulse.terminal.screen import styled
from streams.kafka import create_topics, stamped


@contextmanager
def broker(run: Run) -> Iterator[Run]:
    """Yields the run with the address of a Kafka that has the plan's topics.

    Raises Unavailable if the given Kafka does not answer, RuntimeError if the in-process broker cannot start.
    """
    names = {
        run.settings.topic_prefix + name: run.options.partitions
        for name in (*run.city.topics, "dead-letters")
    }
    if run.options.kafka is not None:
        create_topics(run.settings.kafka, names, stamped=False)
        run.console.print(f"Kafka at {run.settings.kafka}")
        _warn_of_broker_time(run, list(names))
        yield run
        return
    with in_process_broker(names) as address:
        run.console.print(
            styled(
                ("In-process broker", "bold"),
                f" at {address}: speaks Kafka's protocol, keeps everything in memory and forgets it at exit. "
                f"For a first look; --kafka HOST:PORT for a real one.",
            )
        )
        yield replace(run, settings=run.settings.model_copy(update={"kafka": address}))


def _warn_of_broker_time(run: Run, topics: list[str]) -> None:
    """Warn about existing topics whose messages are stamped with the broker's time instead of the year's."""
    with_broker_time = [name for name, broker in stamped(run.settings.kafka, topics).items() if broker]
    if with_broker_time:
        run.console.print(
            styled(
                ("Kafka puts today's time", "bold"),
                f" in topics that were there, such as {with_broker_time[0]}, in place of the year's: figures are right, but "
                f"all seems to come at the year's end, and lights may say 未报送. "
                f"PULSE_TOPIC_PREFIX=demo. before the command makes topics of the demo's own.",
            ),
            soft_wrap=True,
        )

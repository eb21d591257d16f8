"""`pulse topics` on a real Kafka."""

from __future__ import annotations

from click.testing import CliRunner, Result

from pulse.app.city import load_city
from pulse.app.settings import load_settings
from pulse.brokers.apache import ApacheKafka
from pulse.cli.topics import command
from streams.kafka import create_topics
from tests.kafka import kafka

__all__ = ["kafka"]


def pulse_topics(kafka: ApacheKafka, prefix: str, *options: str) -> Result:
    about = {"PULSE_KAFKA": kafka.bootstrap, "PULSE_TOPIC_PREFIX": prefix, "COLUMNS": "200"}
    return CliRunner().invoke(command, options, env=about)


def test_what_is_missing_is_said_and_is_no_success(kafka: ApacheKafka) -> None:
    missing = pulse_topics(kafka, "cli-topics.")
    assert (missing.exit_code, "missing: pulse topics --create" in missing.output) == (1, True)
    created = pulse_topics(kafka, "cli-topics.", "--create", "--partitions", "1")
    assert (created.exit_code, "created" in created.output) == (0, True)
    there = pulse_topics(kafka, "cli-topics.")
    assert (there.exit_code, "missing" in there.output, "created" in there.output) == (0, False, False)


def test_topics_with_publishers_times_are_told_of(kafka: ApacheKafka) -> None:
    """`pulse demo` makes such ones: to what counts for real they are a trap."""
    names = [f"cli-replayed.{name}" for name in (*load_city(load_settings()).topics, "dead-letters")]
    create_topics(kafka.bootstrap, dict.fromkeys(names, 1), stamped=False)
    said = pulse_topics(kafka, "cli-replayed.")
    assert said.exit_code == 0
    assert said.output.count("set message.timestamp.type=LogAppendTime") == len(names)

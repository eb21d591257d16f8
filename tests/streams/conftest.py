"""The run's broker."""

from tests.kafka import kafka

__all__ = ["kafka"]

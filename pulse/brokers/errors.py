"""What can go wrong on the way to a broker. Each message says what, where, and what to do."""

from __future__ import annotations

from pulse.errors import OperatorError


class BrokerError(OperatorError):
    """There is no broker, and there should be one."""


class MissingError(BrokerError):
    """What a broker needs cannot be had on this machine: no Java, or no way to Kafka's jars."""

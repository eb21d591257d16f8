"""Errors in starting a broker. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

from pulse.errors import OperatorError


class BrokerError(OperatorError):
    """A broker that is needed cannot be started or does not run."""


class MissingError(BrokerError):
    """This machine lacks what a broker needs: Java, or access to Kafka's jars."""

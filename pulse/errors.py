"""Errors that a person must act on, as one tree. Each is defined beside what raises it.

    OperatorError
    ├── BadSettings         pulse.app.settings
    ├── CatalogueError      schemas.catalogue.faults
    ├── Unavailable         streams.ports                 retried where a worker meets it
    ├── Halted              streams.takeover              counting must not go on
    ├── Unsendable          streams.kafka
    ├── BadUrl              sinks.clickhouse.connection
    ├── CannotConnect       sinks.clickhouse.connection
    ├── NewerDatabase       sinks.clickhouse.migrate
    ├── OtherGeneration     sinks.clickhouse.generations
    ├── CannotListen        here: /metrics and the board raise it
    ├── MissingTopics       pulse.app.service
    ├── InUse               pulse.demo.folder
    ├── CannotVerify        pulse.verify.moment
    ├── CannotRebuild       pulse.rebuild.errors
    ├── CannotReport        dashboards.report.reading
    ├── BrokerError         pulse.brokers.errors
    │   └── MissingError
    └── PublishError        pulse.simulate.publish
        └── Unreachable

An event that is refused is no error but a value, `schemas.refusals.Refusal`: its department acts on it. `pulse` turns
errors of drivers into sentences too (`pulse.cli.driver_errors`). Whatever else ends a command is a bug, and its traceback is
shown.
"""

from __future__ import annotations


class OperatorError(Exception):
    """What a person can mend. The text says what is wrong, where, and what to do; `pulse` prints it and nothing else."""

    exit_code = 2
    """The exit status of a command that it ends."""


class Stopped(Exception):
    """Work that blocks was told to end before it was through (`stop` of an assessment, of `verify`). Nobody needs to act."""


class CannotListen(OperatorError):
    """Cannot listen on a port, usually because another process holds it."""

"""The error that ends a rebuild."""

from __future__ import annotations

from pulse.errors import OperatorError


class CannotRebuild(OperatorError):
    """The ledger cannot be replayed this way; nothing was switched. The text says why, and what is possible instead."""

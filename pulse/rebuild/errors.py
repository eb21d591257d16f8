"""What ends a rebuild."""


class CannotRebuild(Exception):
    """The ledger cannot be replayed so; nothing was switched. The text says why, and what is possible instead."""

"""What became of an event when it arrived. Every received event has exactly one outcome."""

from enum import StrEnum


class Outcome(StrEnum):
    """The sum of all outcomes is the number of received events, for each topic and append day."""

    COUNTED = "counted"
    """Became the record's current version."""
    DUPLICATE = "duplicate"
    """The same version as the current one."""
    SUPERSEDED = "superseded"
    """A higher version had arrived before."""
    CONFLICT = "conflict"
    """Same revision as the current version, other content: the fingerprint decides which counts."""
    REFUSED = "refused"
    """Not valid: a dead letter with a reason."""
    PASSED_OVER = "passed-over"
    """Its type is counted by another plan, not by this one."""
    REKEYED = "re-keyed"
    """Valid but in the wrong partition: sent on to the right one, where it is counted."""

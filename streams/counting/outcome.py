"""What became of an event when it arrived. Every received event has exactly one outcome."""

from enum import StrEnum


class Outcome(StrEnum):
    """Received = the sum of these, for each topic and append day."""

    COUNTED = "counted"
    """Became the record's current version."""
    DUPLICATE = "duplicate"
    """The version that already stands, again."""
    SUPERSEDED = "superseded"
    """A higher version had already come."""
    CONFLICT = "conflict"
    """Same revision as the standing version, other content: the fingerprint decides which stands."""
    REFUSED = "refused"
    """Not valid: a dead letter with a reason."""
    PASSED_OVER = "passed-over"
    """Of a type that another plan counts, not this one."""
    REKEYED = "re-keyed"
    """Valid but in the wrong partition: sent on to the right one, where it is counted."""

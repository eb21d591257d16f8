"""A shard: one partition of one topic with its state, as a state machine without I/O.

The driver tells it what happened (assigned, loaded, fold, flush, done, failed, revoked) and carries out the
one command that it returns. Facts are append-only and keyed by offset. Cells carry the offset at which they
were true. The position is written last, and Kafka gets the ack after that. So after a crash or a stall at any
point the next owner writes the same rows again, and no epoch, claim or fence is needed.

    assigned → Load → loaded → Seek → done → ((fold)+ → flush → Send → facts → events → … → positions → Ack → done)*
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from schemas.catalogue.model import Catalogue
from schemas.contract import Contract
from schemas.event import Event, Message, PassedOver, Refusal
from streams.commands import Ack, Aside, Cells, Command, Halt, Load, Loaded, LogBounds, Seek, Write
from streams.counting.calendar import Calendar
from streams.counting.fold import Fold
from streams.counting.seen import Seen
from streams.flush import FORWARDED, ORIGIN, Flush, forwarded_size
from streams.items import Gap, LogRecord
from streams.partition import partition_of
from streams.refusals import Misplaced, Publisher, PutAside, TooLargeToForward
from streams.stopped_clock import StoppedClock
from streams.takeover import Halted, fault, other_cells, vanished
from streams.tally import Tally


class Shard:
    """One partition of one topic. At most one command is under way at any time."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        contract: Contract,
        calendar: Calendar,
        generation: str,
        topic: str,
        partition: int,
        partitions: int,
        log: str = "",
        accept_start: bool = False,
        stopped_clock: StoppedClock | None = None,
    ) -> None:
        """`log`: the name of the topic's log in the tables, see `streams.logs`; the topic's own name if
        empty."""
        self.topic, self.partition = topic, partition
        self.log = log or topic
        self.pending = 0
        """Events folded and not yet acknowledged to Kafka."""
        self.position = -1
        """The last offset whose rows are all written."""
        self.refused: list[int] = []
        """The indices of the refused messages in the latest batch."""
        self.counts = Fold(catalogue, calendar, topic)
        """What is counted: records and cells."""
        self._seen = Seen(catalogue, topic)
        self._contract = contract
        self._generation, self._partitions, self._accept_start = generation, partitions, accept_start
        self._stopped_clock = stopped_clock
        self.topic_id = ""
        """Kafka's id of the topic that is counted; empty where the broker has none."""
        self._open = self._fresh(-1, 0)
        self._aside: dict[int, Aside] = {}
        """What operators set aside, by offset."""
        self._ahead: frozenset[int] = frozenset()
        """See `Loaded.ahead`."""
        self._steps: deque[Command] = deque()
        """The remaining commands of the take-over or flush under way, the present one first."""
        self._tally = Tally()

    # --- Take-over ---

    def assigned(self) -> Command:
        """The partition was assigned to this worker: begin the take-over."""
        return self._start([Load()])

    def loaded(self, loaded: Loaded, bounds: LogBounds) -> Command:
        """ClickHouse answered: load the winners and read on after the position, or halt with the reason.

        `bounds` must have been read after the position. A stalled owner may still move the position, and an
        older reading of the log's end would then look like a log that was cut.
        """
        position = loaded.position
        shard = f"{self.topic}/{self.partition}"
        self.position = position.offset if position else -1
        self._open = self._fresh(self.position, position.time if position else 0)
        self._ahead = loaded.ahead
        self.put_aside(loaded.aside)
        reason = fault(
            shard, loaded, bounds, self._partitions, self.last + 1, accept_start=self._accept_start
        )
        if reason is None:
            self.counts.load(loaded.statements)
            reason = self._lost_cells(loaded.cells)
        if reason:
            return self._start([Halt(reason)])
        if position is None and bounds.start > self.last + 1:  # deleted before counting began, and accepted
            self._pass_over(self._open, self.last + 1, bounds.start - 1)
        self.topic_id = bounds.topic_id
        return self._start([Seek(self.last + 1)])

    def put_aside(self, aside: Iterable[Aside]) -> None:
        """Set these offsets aside. Those that directly follow what is folded are refused at once, whether
        or not the log has them."""
        flush = self._open
        self._aside |= {each.offset: each for each in aside if each.offset > flush.last}
        while each := self._aside.get(flush.last + 1):
            self._put_aside(flush, each)

    def _put_aside(self, flush: Flush, aside: Aside, found: Message | None = None) -> None:
        """Refuse an offset; `found` is the message at it, if that can be read."""
        offset, time = aside.offset, aside.time
        nothing = LogRecord(offset, self.topic, self.partition, offset, time, 1, None, None, ())
        message: Message = found or nothing
        if self._stopped_clock is not None:
            message = self._stopped_clock.arrived(message)
        flush.last, flush.time = aside.offset, message.timestamp
        flush.count += 1
        self.pending += 1
        flush.refuse(message, PutAside(aside.reason))

    def _pass_over(self, flush: Flush, first: int, last: int) -> None:
        """Note that the log holds no event at these offsets. Raises Halted if the ledger has one there."""
        if gone := [offset for offset in self._ahead if first <= offset <= last]:
            raise Halted(vanished(f"{self.topic}/{self.partition}", min(gone), max(gone)))
        for offset in sorted(offset for offset in self._aside if first <= offset <= last):
            if first < offset:
                flush.gap(first, offset - 1)
            self._put_aside(flush, self._aside[offset])
            first = offset + 1
        if first <= last:
            flush.gap(first, last)
        flush.last = last

    def _lost_cells(self, stored: Cells | None) -> str | None:
        """Why counting must not go on from the stored cells; None if they agree with the facts."""
        if stored is None or self.counts.digest(stored.ahead) == stored[:2]:
            return None
        return other_cells(f"{self.topic}/{self.partition}")

    # --- Batches ---

    @property
    def last(self) -> int:
        """The last offset that is folded."""
        return self._open.last

    def fold(self, items: Sequence[Message | Gap]) -> None:
        """Count messages; `flush` writes them.

        Offsets that are already folded are skipped. Offsets that are missing hold no event. Raises Halted if
        the ledger has an event at such an offset.
        """
        flush, decode, topic, aside = self._open, self._contract.decode, self.topic, self._aside
        last = flush.last
        self.refused = []
        if (stopped_clock := self._stopped_clock) is not None:
            items = [each if isinstance(each, Gap) else stopped_clock.arrived(each) for each in items]
        for n, message in enumerate(items):
            if message.offset <= last:
                continue
            if isinstance(message, Gap):
                self._pass_over(flush, last + 1, message.offset)
                last = message.offset
                continue
            if message.offset > last + 1:
                self._pass_over(flush, last + 1, message.offset - 1)
            last = message.offset
            if last in aside:
                self._put_aside(flush, aside[last], message)
                continue
            flush.time = message.timestamp
            flush.count += 1
            self.pending += 1
            try:
                result = decode(topic, message)
                if isinstance(result, Refusal):
                    self.refused.append(n)
                    flush.refuse(message, result)
                elif isinstance(result, PassedOver):
                    flush.pass_over(message, result)
                else:
                    self._count(flush, message, result)
            except Exception as error:
                error.add_note(f"at {self.log}/{self.partition}/{message.offset}")
                raise
        flush.last = last

    def flush(self) -> Command | None:
        """Begin to write what was folded: the first command, or None if one is under way or nothing is to
        be written."""
        if self._steps or self._open.empty:
            return None
        flush = self._open
        self._open = self._fresh(flush.last, flush.time)
        self._tally.add(flush.tally())
        return self._start(self._commands(flush))

    def _count(self, flush: Flush, message: Message, event: Event) -> None:
        type, subject = event.record[2:]
        if (right := partition_of(subject, self._partitions)) != self.partition:
            self._misplaced(flush, message, event, right)
            return
        if type in self._seen:
            flush.heartbeat(message, event, self._seen.sightings(event))
        else:
            outcome, facts = self.counts.apply(event)
            flush.event(message, event, outcome, facts)

    def _misplaced(self, flush: Flush, message: Message, event: Event, right: int) -> None:
        """Forward an event to the partition of its subject. Refuse it if it was already forwarded in this
        log or is too large."""
        record, partitions = event.record, self._partitions
        sender = Publisher(record.source, record.type)
        if any(
            name == ORIGIN and (place or b"").startswith(f"{self.log}/".encode())
            for name, place in message.headers or ()
        ):
            flush.refuse(message, Misplaced(sender, record.subject, right, partitions))
        elif (size := forwarded_size(message)) > FORWARDED:
            flush.refuse(message, TooLargeToForward(sender, size, FORWARDED, right, partitions))
        else:
            flush.forward(message, event, right)

    # --- Flush ---

    def done(self) -> Command | None:
        """The command under way succeeded. Returns the next one, or None if it was the last."""
        command = self._steps.popleft()
        if isinstance(command, Write) and command.table == "positions":
            self.position = command.columns["offset"][0]
        elif isinstance(command, Ack):
            self.pending = self._open.count
        return self._steps[0] if self._steps else None

    def failed(self) -> Command:
        """The command under way failed for now. Returns it again, to be retried after a while."""
        return self._steps[0]

    def revoked(self) -> None:
        """The partition was given back: forget what is not written. A command under way may still take
        effect."""
        self._steps.clear()
        self._open = self._fresh(self._open.last, self._open.time)
        self.pending = 0

    def tally(self) -> Tally:
        """What happened in the flushes that began since the last call."""
        taken, self._tally = self._tally, Tally()
        return taken

    def _commands(self, flush: Flush) -> Iterator[Command]:
        return flush.commands(self.counts.changes(), self.topic_id, self._partitions)

    def _start(self, steps: Iterable[Command]) -> Command:
        self._steps = deque(steps)
        return self._steps[0]

    def _fresh(self, last: int, time: int) -> Flush:
        return Flush(self._generation, self.log, self.partition, last, time)

"""`pulse simulate`: a believable year of a city's dirty data, written as lines of JSON or published to Kafka."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from pulse.terminal.lines import print_line
from pulse.terminal.refused import CommandRefused

if TYPE_CHECKING:
    from pulse.simulate.year import SimulatedYear

_LEARN = """\
Makes up what the departments of a city publish in the year 2023: rosters, visits, jobs, disputes, devices.

The same seed and scale give the same bytes on any day. The feeds are as dirty as real ones: 1 % of messages are
repeated, some come weeks late, 0.5 % of records are corrected or withdrawn, and 0.2 % are malformed or sent to the
wrong partition. Scale 1 is a city of 8.3 million: two million messages, 350 MB of memory.

Without --publish the messages are written as lines of JSON: topic (bare), key, value, headers, timestamp (ms), and
partition where the sender chose one. What is no text stands under value_base64.

\b
Examples:
  pulse simulate --scale 0.01 | head -3 | jq .
  pulse simulate --scale 0.05 --out year.ndjson
  pulse simulate --scale 0.05 --publish localhost:9092 --partitions 4

\b
With kcat, structured messages of one topic (it can give no time, and hashes keys otherwise unless told):
  pulse simulate --scale 0.05 \\
    | jq -j 'select(.topic == "employment" and .value and .key
             and (.headers["content-type"] // "" | startswith("application/cloudevents+json")))
             | .key, "\\u001f", .value, "\\n"' \\
    | kcat -P -b localhost:9092 -t pulse.employment -K $'\\x1f' -X topic.partitioner=murmur2_random \\
           -H content-type=application/cloudevents+json

--publish needs its topics: one for each source system, named prefix + system, all with --partitions partitions.
Each message bears the
time of its publication: a topic of LogAppendTime puts today's in its place, one of CreateTime keeps it but needs
retention.ms=-1, or Kafka throws the year 2023 away as expired.
"""


@click.command(
    name="simulate", help=_LEARN, short_help="Make up a year of events, as JSON lines or to Kafka."
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another city."
)
@click.option(
    "--scale",
    type=click.FloatRange(0, 4, min_open=True),
    default=0.05,
    show_default=True,
    help="1 is the whole city; places and entities shrink with it, and with them targets that are numbers.",
)
@click.option(
    "--heartbeat-days",
    type=click.IntRange(0, 365),
    default=1,
    show_default=True,
    metavar="DAYS",
    help="The last days of the year in which devices beat, every hour: 800 000 messages a day at scale 1.",
)
@click.option("--out", metavar="FILE", help="Where lines go; - is the standard output.  [default: -]")
@click.option("--publish", metavar="HOST:PORT", help="Publish to this Kafka instead.")
@click.option(
    "--partitions",
    type=click.IntRange(1, 1000),
    metavar="N",
    default=4,
    show_default=True,
    help="How many partitions each topic has (with --publish).",
)
@click.option(
    "--prefix", default="pulse.", show_default=True, help="What topic names begin with in Kafka (with --publish).",
)  # fmt: skip
def command(
    seed: int,
    scale: float,
    heartbeat_days: int,
    out: str | None,
    publish: str | None,
    partitions: int,
    prefix: str,
) -> None:
    """Read `_LEARN`."""
    if out is not None and publish is not None:
        raise click.UsageError("--out and --publish exclude each other: write a file, or publish to Kafka.")
    from pulse.simulate.city import SimulatedCity
    from pulse.simulate.year import SimulatedYear

    plan = SimulatedYear(SimulatedCity(seed, scale, heartbeat_days))
    if publish is None:
        _write(plan, out or "-")
    else:
        _publish(plan, publish, partitions, prefix)


def _write(plan: SimulatedYear, out: str) -> None:
    from pulse.simulate import ndjson

    try:
        stream = click.open_file(out, "wb")
    except OSError as error:
        raise click.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from None
    with stream as lines, _bar(plan) as bar:
        done = 0
        for written in ndjson.write(plan.dispatches(), lines):
            bar.update(written - done)
            done = written


def _publish(plan: SimulatedYear, bootstrap: str, partitions: int, prefix: str) -> None:
    import asyncio

    from pulse.simulate.gate import OpenGate
    from pulse.simulate.publish import Counts, PublishError, Unreachable, publish

    host, colon, port = bootstrap.rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        raise click.BadParameter(f"{bootstrap!r} is no HOST:PORT, as localhost:9092", param_hint="--publish")
    with _bar(plan) as bar:
        done = 0

        def progress(counts: Counts) -> None:
            nonlocal done
            bar.update(counts.messages - done)
            done = counts.messages

        try:
            counts = asyncio.run(
                publish(
                    plan.dispatches(),
                    bootstrap,
                    partitions,
                    gate=OpenGate(),
                    prefix=prefix,
                    progress=progress,
                )
            )
        except Unreachable as error:
            raise CommandRefused(f"{error}. Check --publish, and that the broker runs.") from None
        except PublishError as error:
            raise CommandRefused(f"{error}. Check --partitions and --prefix.") from None
    _say(f"{counts.messages} messages, {counts.size / 1e6:.0f} MB, {len(counts.topics)} topics")


def _bar(plan: SimulatedYear) -> Any:
    """Print the year's sums on stderr; returns a progress bar, which is hidden outside a terminal."""
    sums = plan.sums
    _say(
        f"seed {plan.city.seed}, scale {plan.city.scale:g}: {sums.messages} messages "
        f"({sums.repeats} repeats, {sums.corrections} corrections, {sums.voids} voids, "
        f"{sums.malformed} malformed, {sums.misrouted} misrouted)"
    )
    return click.progressbar(length=sums.messages, file=sys.stderr, hidden=not sys.stderr.isatty())


def _say(text: str) -> None:
    print_line(text, err=True, lines=True)

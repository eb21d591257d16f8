"""A real Apache Kafka, broker and controller in one process, for tests and for `pulse demo --kafka apache`.

    with ApacheKafka() as kafka:
        ...  # kafka.bootstrap is "127.0.0.1:port"

It writes everything into one folder: settings, log, data, and what its native libraries unpack. The folder is
temporary unless one is given. Kafka ends when the process that started it ends, however that happens.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from rich.console import Console

from pulse.brokers import jars, java
from pulse.brokers.download_bar import bar
from pulse.brokers.errors import BrokerError
from pulse.brokers.ports import free_ports

READY = 90.0
"""Seconds that a start may take. On a quiet machine it takes two or three."""

STOP = 30.0
"""Seconds that a broker may take to end before it is killed. It usually takes about one."""

_PROPERTIES, _DATA = "server.properties", "data"
"""Paths relative to the folder: Kafka reads its settings as Latin-1, and the folder's name may be Chinese."""

_LOOK = 0.05
_ANSWER = 2.0
_PORTS_TRIED = 5
_TAIL = 30

_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS")  # fmt: skip

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # A single broker keeps one copy of everything, and its internal topics need few partitions.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    # A group of one has no members to wait for; a misspelt topic must be an error.
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false",
    # The default needs 128 MB of heap.
    "log.cleaner.dedupe.buffer.size": "4194304",
    # After a kill the broker can register again only once its former session has expired: 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}

_WATCHED = """
folder=$1; shift
exec 3<&0 </dev/null
{
  read -r _ <&3 || {
    kill -9 $$
    n=0; while kill -0 $$ && [ $n -lt 50 ]; do sleep 0.1; n=$((n + 1)); done
    [ -z "$folder" ] || rm -rf "$folder"
  }
} >/dev/null 2>&1 &
exec 3<&-
exec "$@"
"""
"""Shell script: `exec`s a command, and beside it watches standard input, whose other end the parent process holds.

A line on it means that the parent has seen the command end. End of input means that the parent is dead: then
the command is killed and the folder, if one is given, removed. (Linux can signal a process when its parent
dies, but by "parent" it means the thread that started it.)"""


class _PortTakenError(BrokerError):
    """Another process listens on the chosen port."""


class ApacheKafka:
    """A broker on the loopback interface. All methods block; `with` starts and stops it."""

    def __init__(
        self, folder: Path | None = None, *, settings: Mapping[str, str] | None = None, heap_mb: int = 192
    ) -> None:
        """Starts nothing yet.

        `folder`: keeps the data after the end; data already in it is used. Default: a temporary folder.
        `settings`: additions to server.properties; they override the class's own settings.
        """
        self._kept = folder.absolute() if folder else None
        self._extra, self._heap_mb = dict(settings or {}), heap_mb
        self._folder: Path | None = None
        self._ports: tuple[int, int] = (0, 0)
        self._command: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._log_begins = 0
        self._cluster = ""

    # --- State ---

    @property
    def bootstrap(self) -> str:
        """Its address, "127.0.0.1:port"; it stays the same after a restart."""
        return f"127.0.0.1:{self._ports[0]}"

    @property
    def folder(self) -> Path:
        """The folder that it writes into. Raises BrokerError if it was not started."""
        if self._folder is None:
            raise BrokerError("Apache Kafka was not started")
        return self._folder

    @property
    def log(self) -> Path:
        """Its log file, with the output of all its starts. Raises BrokerError if it was not started."""
        return self.folder / "kafka.log"

    @property
    def pid(self) -> int:
        """Process id of Java. Raises BrokerError if it is not running."""
        return self._running.pid

    @property
    def alive(self) -> bool:
        """Whether the process exists, paused or not."""
        return self._process is not None and self._process.poll() is None

    # --- Start and stop ---

    def start(self, progress: jars.Progress | None = None) -> None:
        """Start it on free ports and return when it answers. Missing jars are downloaded and reported to `progress`.

        Raises MissingError if Java or a jar cannot be had, BrokerError if a jar is not the pinned file or
        Kafka does not start.
        """
        if self._folder is not None:
            raise BrokerError("Apache Kafka was started already: `restart` starts it again")
        program = java.find().program
        classes = os.pathsep.join(map(str, jars.fetch(progress)))
        self._folder = self._kept or Path(tempfile.mkdtemp(prefix="city-pulse-kafka-"))
        try:
            scratch = self._folder / "tmp"
            scratch.mkdir(parents=True, exist_ok=True)
            self._command = [
                str(program), f"-Xmx{self._heap_mb}m", *_JVM, f"-Djava.io.tmpdir={scratch}", "-cp", classes,
            ]  # fmt: skip
            for tries_left in reversed(range(_PORTS_TRIED)):
                port, controller = free_ports(2)
                self._ports = port, controller
                self._write_settings()
                self._format()
                try:
                    self._launch()
                except _PortTakenError:
                    if not tries_left:
                        raise
                else:
                    break
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut it down, or kill it after STOP seconds, and remove a temporary folder. A second call does nothing."""
        self._end(signal.SIGTERM)
        if self._folder is not None and self._kept is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def kill(self) -> None:
        """Kill it without warning (SIGKILL). `restart` starts it again."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it again on the same data and the same port; if it still runs, it is shut down first.

        After a kill this takes some seconds longer: its former session has to expire. Raises BrokerError.
        """
        _ = self.folder  # raises if it was never started
        self._end(signal.SIGTERM)
        self._launch()

    def pause(self) -> None:
        """Freeze the process, with its connections open (SIGSTOP). Returns once it has stopped."""
        self._running.send_signal(signal.SIGSTOP)
        last = time.monotonic() + STOP
        while not _stopped(self._running.pid) and time.monotonic() < last:
            time.sleep(_LOOK)

    def resume(self) -> None:
        """Continue after `pause` (SIGCONT)."""
        self._running.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- Internals ---

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise BrokerError("Apache Kafka is not running")
        return self._process

    def _write_settings(self) -> None:
        port, controller = self._ports
        addresses = {
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "log.dirs": _DATA,
        }
        lines = (f"{name}={value}\n" for name, value in {**_SETTINGS, **addresses, **self._extra}.items())
        (self.folder / _PROPERTIES).write_text("".join(lines), "utf-8")

    def _format(self) -> None:
        """Format the data folder unless it exists, and read its cluster id. Raises BrokerError."""
        about = self.folder / _DATA / "meta.properties"
        if not about.exists():
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            try:
                made = subprocess.run(
                    [*self._command, "kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}",
                     "--config", _PROPERTIES],
                    cwd=self.folder, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                    errors="replace", timeout=READY, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired as error:
                raise BrokerError(
                    f"Apache Kafka made no data folder in {READY:.0f} s: {about.parent}"
                ) from error
            if made.returncode:
                raise BrokerError(
                    f"Apache Kafka cannot make its data folder {about.parent}:\n{_tail(made.stdout + made.stderr)}"
                )
        found = re.search(r"^cluster\.id=(.+)$", about.read_text("utf-8"), re.MULTILINE)
        if found is None:
            raise BrokerError(f"{about} names no cluster: not a data folder of Apache Kafka 4")
        self._cluster = found[1]

    def _launch(self) -> None:
        """Start the process and wait until it answers. Raises BrokerError."""
        removed = "" if self._kept else str(self.folder)
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _WATCHED, "sh", removed, *self._command, "kafka.Kafka", _PROPERTIES],
                cwd=self.folder, env=_environment(), stdin=subprocess.PIPE, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C must not reach it: the worker still needs the broker to shut down
            )  # fmt: skip
        try:
            self._wait_until_ready()
        except BaseException:
            self._end(signal.SIGKILL)
            raise

    def _wait_until_ready(self) -> None:
        """Wait until this broker answers with its own cluster id.

        Raises BrokerError, with the end of its log, if it dies or does not answer in time.
        """
        last = time.monotonic() + READY
        admin: AdminClient | None = None
        while True:
            if not self.alive:
                output = self._output()
                if "Address already in use" in output:
                    raise _PortTakenError(
                        f"Apache Kafka: {self.bootstrap} was taken meanwhile:\n{_tail(output)}"
                    )
                raise BrokerError(f"Apache Kafka did not come up:\n{_tail(output)}")
            if time.monotonic() > last:
                raise BrokerError(f"Apache Kafka gave no answer in {READY:.0f} s:\n{_tail(self._output())}")
            if admin is not None:
                with suppress(KafkaException):
                    answer = admin.list_topics(timeout=_ANSWER)
                    if answer.cluster_id == self._cluster and answer.brokers:  # another may use our port
                        return
            elif _listens(self._ports[0]):
                # Not earlier: while nothing listens, librdkafka waits longer and longer between two tries.
                admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
                continue
            time.sleep(_LOOK)

    def _output(self) -> str:
        """Its log output since the last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            return log.read().decode("utf-8", "replace")

    def _end(self, number: signal.Signals) -> None:
        """Signal the process, wait for its end, and end its watcher."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)  # a paused process reacts to no signal but SIGKILL
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as watch:
            watch.write(b"ended\n")


@contextmanager
def running(console: Console, folder: Path | None = None) -> Iterator[str]:
    """Run a broker during the block; yields its address. A one-time download of jars is shown on `console`.

    Blocks while it starts and stops. Raises MissingError and BrokerError.
    """
    kafka = ApacheKafka(folder)
    try:
        with bar(console, f"Apache Kafka {jars.pinned().kafka}, once") as progress:
            kafka.start(progress)
        yield kafka.bootstrap
    finally:
        kafka.stop()


def _stopped(pid: int) -> bool:
    """Whether a process is stopped, according to Linux's /proc; True on systems without it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except OSError:
        return True


def _environment() -> dict[str, str]:
    """This process's environment, with a UTF-8 locale so that file names are read as UTF-8."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _tail(output: str) -> str:
    """The last lines of its output, preceded by the first errors among the earlier ones.

    Lines that begin with a tab (its settings, stack traces) are left out.
    """
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("\t")]
    end = lines[-_TAIL:]
    wrong = [line for line in lines if re.search(r"\b(ERROR|FATAL)\b|Exception|^Caused by", line)]
    earlier = [line for line in wrong[:_TAIL] if line not in end]
    return "\n".join([*earlier, "…", *end] if earlier else end)

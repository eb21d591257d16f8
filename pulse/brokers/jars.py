"""Apache Kafka's jars: the files listed in `kafka.toml`, downloaded once, cached, and checked against their SHA-256.

`kafka.toml` pins every file, so no dependencies are resolved here: `python -m pulse.brokers.lock` did that.
jgo knows the address of Maven's central repository; `PULSE_MAVEN_MIRROR` names another repository. The files
are kept in the user's cache folder and checked at each call of `fetch`. They are put in place by a rename, so
no process ever sees half a file.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pulse.brokers.errors import BrokerError, MissingError

MIRROR = "PULSE_MAVEN_MIRROR"
"""Environment variable with the address of another Maven repository: the part before `org/apache/kafka/…`."""

Progress = Callable[[int, int], None]
"""Called with (bytes fetched so far, bytes to fetch), by one thread at a time; never called if nothing is missing."""

_LOCK = Path(__file__).with_name("kafka.toml")
_AT_ONCE = 8
_TRIES = 2


class Jar(NamedTuple):
    """One pinned file."""

    coordinate: str
    """Maven's name of the file, "group:artifact:version"."""
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """Its file name; no two jars of the list share one."""
        return "{1}-{2}.jar".format(*self.coordinate.split(":"))


class Pinned(NamedTuple):
    """The list of pinned files."""

    kafka: str
    """Kafka's version."""
    jars: tuple[Jar, ...]


@cache
def pinned() -> Pinned:
    """The list that `kafka.toml` holds."""
    lock = tomllib.loads(_LOCK.read_text("utf-8"))
    return Pinned(lock["kafka"], tuple(Jar(name, **pin) for name, pin in lock["jars"].items()))


def cache_folder(version: str) -> Path:
    """Where the jars of this version of Kafka are kept."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "city-pulse" / f"kafka-{version}"


def fetch(progress: Progress | None = None, wanted: Pinned | None = None) -> list[Path]:
    """Paths of all jars, with checked checksums; missing ones are downloaded. Blocks.

    Raises MissingError if a jar cannot be downloaded or stored, BrokerError if a download is not the pinned
    file.
    """
    wanted = wanted or pinned()
    folder = cache_folder(wanted.kafka)
    missing = [jar for jar in wanted.jars if not _holds(folder / jar.name, jar)]
    if missing:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as staging:
                _fetch(missing, folder, Path(staging), _Meter(missing, progress))
        except OSError as error:
            raise MissingError(
                f"Kafka's jars cannot be kept in {folder}: {error}. XDG_CACHE_HOME names another place."
            ) from error
    return [folder / jar.name for jar in wanted.jars]


def _fetch(jars: list[Jar], folder: Path, staging: Path, meter: _Meter) -> None:
    """Download `jars` into `folder`, several at once. The first failure ends it; finished downloads stay."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="jars") as pool:
        begun = [pool.submit(_fetch_one, jar, folder, staging, meter) for jar in jars]
        try:
            for each in begun:
                each.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _fetch_one(jar: Jar, folder: Path, staging: Path, meter: _Meter) -> None:
    for tries_left in reversed(range(_TRIES)):
        with tempfile.TemporaryDirectory(dir=staging) as own:
            try:
                came = _download(jar, Path(own), folder, meter)
            except MissingError:
                if tries_left:
                    continue
                raise
            if not _holds(came, jar):
                raise BrokerError(
                    f"{jar.coordinate} from {_source()} is not the file that {_LOCK.name} pins: its SHA-256 is "
                    f"{_sha256(came)}, not {jar.sha256}. It was thrown away. Ask who keeps that repository; "
                    f"{MIRROR} names another."
                )
            came.replace(folder / jar.name)
            return


def _download(jar: Jar, into: Path, kept: Path, meter: _Meter) -> Path:
    """Download the file without checking it; returns its path in `into`. Raises MissingError."""
    try:  # imported late: jgo has many dependencies, and a machine that has the jars does not need it
        from jgo.maven import MavenContext
        from jgo.util import http
    except ModuleNotFoundError as error:
        raise MissingError("Kafka's jars are fetched by jgo: `pip install 'city-pulse[apache]'`") from error

    mirror = os.environ.get(MIRROR)
    maven = MavenContext(remote_repos={"mirror": mirror.rstrip("/")} if mirror else None)
    artifact = maven.create_dependency(jar.coordinate).artifact
    (repository,) = maven.remote_repos.values()
    address = f"{repository}/{artifact.component.path_prefix.as_posix()}/{artifact.filename}"
    file = into / jar.name
    try:
        # Not `artifact.resolve()`: it leaves connections open if a file is missing, and requests a SHA-1 for each file.
        with (
            meter.file() as came,
            file.open("wb") as content,
            http.get(address, stream=True, timeout=maven.timeout) as answer,
        ):
            answer.raise_for_status()
            for piece in answer.iter_content(1 << 16):
                content.write(piece)
                came(len(piece))
    except OSError as error:  # the base of all errors of requests
        raise MissingError(
            f"{jar.coordinate} cannot be fetched from {_source()}: {error}\n"
            f"Set {MIRROR} to the address of a Maven repository that this machine reaches. What came is kept in {kept}: "
            f"another try goes on from there, and a copy of that folder from another machine serves as well."
        ) from error
    return file


def _source() -> str:
    mirror = os.environ.get(MIRROR)
    return f"{mirror} ({MIRROR})" if mirror else "Maven's central repository"


def _holds(file: Path, jar: Jar) -> bool:
    """Whether `file` exists and is the pinned file."""
    try:
        return file.stat().st_size == jar.bytes and _sha256(file) == jar.sha256
    except (FileNotFoundError, NotADirectoryError):
        return False


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class _Meter:
    """Adds up the bytes that several threads download."""

    def __init__(self, jars: list[Jar], progress: Progress | None) -> None:
        self._total, self._done = sum(jar.bytes for jar in jars), 0
        self._progress = progress
        self._one = threading.Lock()

    @contextmanager
    def file(self) -> Iterator[Callable[[int], None]]:
        """For one file: yields a function to call with the size of each piece. If the block fails, they are taken off."""
        got = 0

        def piece(count: int) -> None:
            nonlocal got
            got += count
            self._add(count)

        try:
            yield piece
        except BaseException:
            self._add(-got)
            raise

    def _add(self, count: int) -> None:
        if self._progress is None:
            return
        with self._one:
            self._done += count
            self._progress(self._done, self._total)

"""Pinned files from a mirror on loopback: what is fetched, what is refused, what is kept."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pulse.brokers import jars, lock
from pulse.brokers.errors import BrokerError, MissingError
from pulse.brokers.jars import Jar, Pinned, fetch


class Mirror:
    """A Maven repository on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(_Handler, self.asked, directory=str(folder))
        )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def put(self, artifact: str, content: bytes) -> Jar:
        """Offer a file; returns how it would be pinned."""
        file = self.folder / "org/example" / artifact / "1.0" / f"{artifact}-1.0.jar"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return Jar(f"org.example:{artifact}:1.0", len(content), hashlib.sha256(content).hexdigest())

    @property
    def jars_asked(self) -> list[str]:
        """The artifacts that were asked for, each time."""
        return sorted(path.split("/")[-3] for path in self.asked if path.endswith(".jar"))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, asked: list[str], *args: object, directory: str) -> None:
        self._asked = asked
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def log_message(self, *args: object) -> None:
        self._asked.append(self.path)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror that is set, and a cache in which nothing is."""
    (tmp_path / "mirror").mkdir()
    mirror = Mirror(tmp_path / "mirror")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(jars.MIRROR, f"{mirror.url}/")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield mirror
    mirror.close()


def _left(version: str = "9") -> list[str]:
    """What lies in the cache's folder."""
    return sorted(file.name for file in jars.cache_folder(version).iterdir())


def test_all_files_come_from_the_mirror_and_the_progress_ends_at_the_sum_of_their_sizes(
    mirror: Mirror,
) -> None:
    wanted = Pinned("9", (mirror.put("a", b"a" * 100_000), mirror.put("b", b"b" * 7)))
    told: list[tuple[int, int]] = []
    files = fetch(lambda done, total: told.append((done, total)), wanted)
    assert [file.read_bytes() for file in files] == [b"a" * 100_000, b"b" * 7]
    assert mirror.jars_asked == ["a", "b"]
    assert told[-1] == (100_007, 100_007)
    assert told == sorted(told)
    assert _left() == ["a-1.0.jar", "b-1.0.jar"]


def test_what_is_kept_needs_no_network_and_shows_no_progress(mirror: Mirror) -> None:
    wanted = Pinned("9", (mirror.put("a", b"a"),))
    fetch(wanted=wanted)
    mirror.close()
    assert fetch(lambda *_: pytest.fail("nothing to fetch"), wanted)[0].read_bytes() == b"a"


def test_a_kept_file_that_is_damaged_is_fetched_again_and_only_that(mirror: Mirror) -> None:
    wanted = Pinned("9", (mirror.put("a", b"aaa"), mirror.put("b", b"bbb")))
    first, second = fetch(wanted=wanted)
    first.write_bytes(b"axa")
    mirror.asked.clear()
    fetch(wanted=wanted)
    assert mirror.jars_asked == ["a"]
    assert (first.read_bytes(), second.read_bytes()) == (b"aaa", b"bbb")


def test_a_file_with_another_checksum_is_refused_and_not_kept(mirror: Mirror) -> None:
    wanted = Pinned("9", (mirror.put("a", b"good"),))
    mirror.put("a", b"evil")
    with pytest.raises(
        BrokerError, match=r"org\.example:a:1\.0 .* is not the file that kafka\.toml pins"
    ) as raised:
        fetch(wanted=wanted)
    assert not isinstance(raised.value, MissingError)  # tests are not skipped for it
    assert mirror.url in str(raised.value)
    assert _left() == []


def test_a_file_that_the_mirror_lacks_is_named_and_the_others_are_kept(mirror: Mirror) -> None:
    wanted = Pinned("9", (mirror.put("a", b"a"), Jar("org.example:gone:1.0", 1, "0" * 64)))
    with pytest.raises(MissingError, match=r"org\.example:gone:1\.0") as raised:
        fetch(wanted=wanted)
    assert jars.MIRROR in str(raised.value)
    assert _left() == ["a-1.0.jar"]


def test_no_network_names_the_mirror_variable(mirror: Mirror) -> None:
    wanted = Pinned("9", (mirror.put("a", b"a"),))
    mirror.close()
    with pytest.raises(MissingError, match=f"Set {jars.MIRROR} to the address"):
        fetch(wanted=wanted)


def test_a_cache_that_cannot_be_written_is_named(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(MissingError, match=r"cannot be kept in .*XDG_CACHE_HOME names another place"):
        fetch(wanted=Pinned("9", (mirror.put("a", b"a"),)))


def test_the_list_is_whole() -> None:
    kafka, listed = jars.pinned()
    assert kafka == lock.KAFKA
    assert set(lock.ROOTS) <= {jar.coordinate for jar in listed}
    assert len({jar.name for jar in listed}) == len(listed)
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in listed)
    versions = {name: version for _, name, version in (jar.coordinate.split(":") for jar in listed)}
    assert versions["slf4j-simple"] == versions["slf4j-api"]


def test_the_list_is_written_as_it_is_read() -> None:
    committed = Path(jars.__file__).with_name("kafka.toml").read_text("utf-8")
    assert lock.written(list(jars.pinned().jars)) == committed

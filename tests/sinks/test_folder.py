"""Damaged folders of the embedded engine: each is told what it is, and none is taken for an empty database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from sinks.clickhouse.connection import CannotConnect, connect
from sinks.clickhouse.folder import explained, fault, locked

Damage = Callable[[Path], object]


@pytest.fixture
def folder(_migrated: Path, tmp_path: Path) -> Path:
    """A sound folder with all tables, that nobody has open."""
    copy = tmp_path / "data"
    shutil.copytree(_migrated, copy, symlinks=True, ignore=shutil.ignore_patterns("*.sock", "status"))
    return copy


def database(folder: Path) -> Path:
    return (folder / "metadata" / "default").resolve()


def table(folder: Path, name: str) -> Path:
    return (folder / "data" / "default" / name).resolve()


def resolved(folder: Path) -> None:
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)  # as `cp -rL` does
    shutil.rmtree(folder)
    copy.rename(folder)


def without_links(folder: Path) -> None:
    for place in folder.rglob("*"):
        if place.is_symlink():
            place.unlink()


DAMAGES: dict[str, tuple[Damage, str]] = {
    "copied with its links resolved": (resolved, r"copied with its links resolved .* with `cp -a`"),
    "copied without its links": (without_links, r"without its links, or only in part; .* with `cp -a`"),
    "no metadata": (lambda folder: shutil.rmtree(folder / "metadata"), r"without its links, or only in part"),
    "no store": (lambda folder: shutil.rmtree(folder / "store"), r"only a part\. Restore the folder"),
    "no data of two tables": (
        lambda folder: list(map(shutil.rmtree, (table(folder, "events"), table(folder, "cells")))),
        r"the data of 2 of its tables are missing \(cells, events\)",
    ),
    "a wrong version file": (
        lambda folder: (table(folder, "migrations") / "format_version.txt").write_text("one\n"),
        r"a file of it is damaged\. .* \(table migrations\)",
    ),
    "a setting of a newer engine": (
        lambda folder: (file := database(folder) / "facts.sql").write_text(
            file.read_text().replace("SETTINGS ", "SETTINGS newer_than_this = 1, ")
        ),
        r"another version of ClickHouse.* \(table facts\)",
    ),
    "an emptied file": (
        lambda folder: (database(folder) / "events.sql").write_text(""),
        r"a file of it is damaged\. .* \(file .*events\.sql\)",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_has_its_sentence_and_nothing_is_changed(
    name: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    damage, sentence = DAMAGES[name]
    damage(folder)
    before = sorted(folder.rglob("*"))
    with pytest.raises(CannotConnect, match=sentence) as caught:
        connect(f"chdb://{folder}")
    assert str(caught.value).startswith(f"data folder {folder}: ")
    assert "\n" not in str(caught.value)
    assert [place for place in sorted(folder.rglob("*")) if place.name not in ("status", "tmp")] == [
        place for place in before if place.name not in ("status", "tmp")
    ]
    assert "Exception" not in capfd.readouterr().err, "the engine's own words are no screen's"


def test_a_right_copy_is_sound(folder: Path) -> None:
    assert fault(folder) is None
    with closing(connect(f"chdb://{folder}")) as client:
        assert client.query("SELECT count() FROM events").result_rows == [(0,)]
        assert locked(folder)
    assert not locked(folder)


def test_a_new_folder_is_sound(tmp_path: Path) -> None:
    assert fault(tmp_path / "not there yet") is None
    assert fault(tmp_path) is None


AS_NOBODY = """
import os, sys
import clickhouse_connect.driver._chdbclient, zoneinfo
from sinks.clickhouse.connection import CannotConnect, connect
zoneinfo.ZoneInfo("Asia/Shanghai")
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try: connect(sys.argv[1])
except CannotConnect as error: print(error)
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A place that other users may enter, unlike pytest's."""
    place = Path(tempfile.mkdtemp(prefix="pulse-test-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("theirs", [".", "store", "status"])
def test_another_users_folder_names_the_owner(folder: Path, open_place: Path, theirs: str) -> None:
    """`sudo pulse status` once, and the worker's own user may write no more."""
    place = open_place / "data"
    shutil.move(folder, place)
    (place / "status").touch(0o600)
    for each in [place, *place.rglob("*")]:
        os.chown(each, 65534, 65534, follow_symlinks=False)
    os.chown(place / theirs, 0, 0)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, f"chdb://{place}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    where = place / theirs
    assert done.stdout.startswith(
        f"data folder {place}: {where} cannot be written by this process (user nobody)"
    )
    assert "belongs to root: `chown -R nobody` the whole folder" in done.stdout
    assert "Exception" not in done.stderr


def test_a_read_only_file_system(folder: Path) -> None:
    with suppress(OSError):
        alone = ["unshare", "--user", "--map-root-user", "--mount"]
        script = (
            f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} && "
            f"exec {sys.executable} -c '{OPEN}' {folder}"
        )
        done = subprocess.run(
            [*alone, "sh", "-c", script], capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode == 0:
            assert "mounted read-only" in done.stdout
            return
    pytest.skip("this machine does not let us mount a disk of our own")


OPEN = """
import sys
from sinks.clickhouse.connection import CannotConnect, connect
try: connect("chdb://" + sys.argv[1])
except CannotConnect as error: print(error)
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Code: 243. DB::Exception: Cannot reserve 1.00 MiB. (NOT_ENOUGH_SPACE)", "the disk is full"),
        ("Code: 76. DB::ErrnoException: Cannot open file /d/status: , errno: 28", "the disk is full"),
        ("Code: 1. DB::Exception: something else", "cannot open it: Code: 1. DB::Exception: something else"),
        ("", "says not why"),
    ],
)  # fmt: skip
def test_what_the_engine_says_is_put_into_words(said: str, told: str) -> None:
    assert told in explained(said)

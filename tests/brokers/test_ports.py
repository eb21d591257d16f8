from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pulse.brokers import ports
from pulse.brokers.ports import free_ports


def test_free_different_and_not_of_the_outgoing_range() -> None:
    found = free_ports(20)
    assert len(set(found)) == 20
    first, last = ports._outgoing()
    assert not any(first <= port <= last for port in found)
    for port in found:
        with socket.socket() as one:
            one.bind(("127.0.0.1", port))


def test_where_all_ports_are_outgoing_any_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "range").write_text("1024\t65535\n")
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "range")
    assert len(set(free_ports(3))) == 3

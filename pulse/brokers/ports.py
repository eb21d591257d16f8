"""Finds free ports for a server whose port must be known before it starts."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _HIGHEST = 10_000, 65_535
_CHOICE = SystemRandom()
"""Not Python's shared generator: tests that seed it and run at the same time would choose the same ports."""


def free_ports(count: int) -> list[int]:
    """`count` different ports of 127.0.0.1 on which nothing listens now.

    Ports of the system's range for outgoing connections are avoided: in that range, a client that tries to
    reach a killed server can be given the server's own port, connect to itself, and keep the server from
    restarting.
    """
    first, last = _outgoing()
    ports = [port for port in range(_LOWEST, _HIGHEST + 1) if not first <= port <= last]
    _CHOICE.shuffle(ports)
    found: list[int] = []
    with ExitStack() as held:  # all are held at once, so that no two are the same
        for port in [*ports, *[0] * count]:  # 0: any port, for a system whose range covers all ports
            if len(found) == count:
                break
            one = held.enter_context(socket.socket())
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(one.getsockname()[1])
    return found


def _outgoing() -> tuple[int, int]:
    """First and last port of the system's range for outgoing connections."""
    try:
        first, last = _RANGE.read_text("ascii").split()
    except (OSError, ValueError):
        return 32_768, 65_535
    return int(first), int(last)

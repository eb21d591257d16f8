"""Free ports for a server that has to be told its port before it starts."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _HIGHEST = 10_000, 65_535
_CHOICE = SystemRandom()
"""Not the shared generator: a test that seeds it would choose the same ports as the one beside it."""


def free_ports(count: int) -> list[int]:
    """That many ports of 127.0.0.1 that nothing listens on now.

    Not from the range that the system takes for outgoing connections: there a client that looks for a killed server
    can be given the server's own port, connect to itself, and keep the server from coming back.
    """
    first, last = _outgoing()
    ports = [port for port in range(_LOWEST, _HIGHEST + 1) if not first <= port <= last]
    _CHOICE.shuffle(ports)
    found: list[int] = []
    with ExitStack() as held:  # all at once, so that no two are the same
        for port in [*ports, *[0] * count]:  # 0: any; for a system that keeps none of its range back
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
    """The system's range for outgoing connections."""
    try:
        first, last = _RANGE.read_text("ascii").split()
    except (OSError, ValueError):
        return 32_768, 65_535
    return int(first), int(last)

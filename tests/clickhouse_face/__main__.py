"""`python -m tests.clickhouse_face --data FOLDER`: serves until stopped; says its URL on standard output."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tests.clickhouse_face.server import Server


async def serve(folder: Path, port: int, leashed: bool) -> None:
    """Until a signal, or until the other end of standard input is closed."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if leashed:
        loop.add_reader(sys.stdin.fileno(), stop.set)
    server = Server(folder)
    found = await server.start(port)
    print(f"http://127.0.0.1:{found}/default", flush=True)
    await stop.wait()
    await server.close()


def main() -> None:
    """Read the options and serve."""
    options = argparse.ArgumentParser(prog="python -m tests.clickhouse_face", description=__doc__)
    options.add_argument(
        "--data", type=Path, required=True, help="the engine's folder, made where it is missing"
    )
    options.add_argument("--port", type=int, default=0, help="0: a free one")
    options.add_argument("--leashed", action="store_true", help="end when standard input ends")
    chosen = options.parse_args()
    chosen.data.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(chosen.data, chosen.port, chosen.leashed))


main()

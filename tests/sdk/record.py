"""Records anew what official SDKs write, on a real Apache Kafka: `make sdk`, ARGS="java node" for some of them.

Needs Java with Maven, Go and Node with npm beside what the tests need. Each client's folder is copied to
`dist/sdk`, built there from its pinned packages, and run; what it wrote is read back and kept in `records/`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from pulse.brokers.apache import ApacheKafka
from schemas.producers import FOLDER
from tests.sdk.clients import (
    CLIENTS,
    FOLDERS,
    HERE,
    PARTITIONS,
    RECORDS,
    TOPIC,
    Client,
    Run,
)

WORK = HERE.parents[1] / "dist" / "sdk"
ALL = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]


def main() -> None:
    """Record the clients named on the command line, or all. One that cannot be built or run keeps its old record, is told of
    in the tool's own words, and makes the exit status 1."""
    chosen = sys.argv[1:] or list(CLIENTS)
    if unknown := set(chosen) - set(CLIENTS):
        raise SystemExit(f"no such client: {', '.join(sorted(unknown))}. There are {', '.join(CLIENTS)}")
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(HERE, WORK, ignore=shutil.ignore_patterns("records", "__pycache__"))
    RECORDS.mkdir(exist_ok=True)
    failed: dict[str, str] = {}
    for name in dict.fromkeys(CLIENTS[name].folder for name in chosen):
        print(f"building {name}: {FOLDERS[name].build}", flush=True)
        try:
            _build(name)
        except subprocess.CalledProcessError as error:
            failed[name] = _words(error)
    with ApacheKafka() as kafka:
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        admin.create_topics([NewTopic(TOPIC, PARTITIONS)])[TOPIC].result()
        for name in chosen:
            if CLIENTS[name].folder in failed:
                continue
            try:
                record = _record(CLIENTS[name], kafka.bootstrap)
            except subprocess.CalledProcessError as error:
                failed[name] = _words(error)
                continue
            (RECORDS / f"{name}.json").write_text(_text(record), "utf-8")
            print(f"{name}: {sum(len(run['messages']) for run in record['runs'])} messages", flush=True)
    if failed:
        raise SystemExit("\n".join(f"not recorded: {name}\n{words}" for name, words in failed.items()))


def _build(name: str) -> None:
    if FOLDERS[name].shown:
        shutil.copy(FOLDER / FOLDERS[name].shown, WORK / name)
    _shell(FOLDERS[name].build, name, [], "")


def _record(client: Client, bootstrap: str) -> dict[str, Any]:
    return {
        "language": FOLDERS[client.folder].language,
        "packages": dict(client.packages),
        "sha256": client.digest(),
        "partitions": PARTITIONS,
        "runs": [_run(client, run, bootstrap) for run in client.runs],
    }


def _run(client: Client, run: Run, bootstrap: str) -> dict[str, Any]:
    begin = asyncio.run(_ends(bootstrap))
    words = [bootstrap, TOPIC, run.mode, run.option, str(HERE / run.file)] if run.option else []
    _shell(client.call, client.folder, words, bootstrap)
    messages = asyncio.run(_read(bootstrap, begin))
    return {"mode": run.mode, "partitioner": run.rule, "file": run.file, "messages": messages}


def _shell(command: str, folder: str, words: list[str], bootstrap: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "KAFKA": bootstrap}
    subprocess.run(
        ["/bin/sh", "-c", f'{command} "$@"' if words else command, "sh", *words],
        cwd=WORK / folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip


def _words(error: subprocess.CalledProcessError) -> str:
    return f"{error.cmd[2]}: exit status {error.returncode}\n{error.stdout}{error.stderr}"


async def _ends(bootstrap: str) -> dict[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(ALL)
        return ends


async def _read(bootstrap: str, begin: dict[TopicPartition, int]) -> list[dict[str, Any]]:
    """All messages from these places on, partition by partition."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign(ALL)
        ends = await consumer.end_offsets(ALL)
        messages: list[dict[str, Any]] = []
        for place, first in begin.items():
            consumer.seek(place, first)
        waited = sum(ends[place] - first for place, first in begin.items())
        while len(messages) < waited:
            for place, batch in (await consumer.getmany(timeout_ms=1000)).items():
                messages += [_plain(place.partition, message) for message in batch]
        return sorted(messages, key=lambda message: message["partition"])


def _plain(partition: int, message: Any) -> dict[str, Any]:
    return {
        "partition": partition,
        "key": message.key.decode() if message.key is not None else None,
        "headers": [[name, value.decode()] for name, value in message.headers],
        "value": message.value.decode() if message.value is not None else None,
    }


def _text(record: dict[str, Any]) -> str:
    """JSON with a message a line."""
    head = json.dumps({**record, "runs": None}, ensure_ascii=False, indent=2).partition(',\n  "runs"')[0]
    parts = []
    for run in record["runs"]:
        lines = ",\n".join("      " + json.dumps(each, ensure_ascii=False) for each in run["messages"])
        words = json.dumps({**run, "messages": None}, ensure_ascii=False).removesuffix("null}")
        parts.append(f"    {words}[\n{lines}\n    ]}}")
    return head + ',\n  "runs": [\n' + ",\n".join(parts) + "\n  ]\n}\n"


if __name__ == "__main__":
    main()

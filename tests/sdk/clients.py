"""The clients whose messages are recorded: official CloudEvents SDKs, each with a Kafka client beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import schemas.producers

HERE = Path(__file__).parent
RECORDS = HERE / "records"
EVENTS = HERE / "events.json"
"""What every program writes, apart from the documents' producers, which write three events of their own."""
PRODUCERS = Path(schemas.producers.__file__).parent

TOPIC = "pulse.civil-affairs"
PARTITIONS = 4


class Run(NamedTuple):
    """One call of a program, with a mode of CloudEvents and an option for its partitioner."""

    mode: str
    option: str
    rule: str
    """How that option places keys: "murmur2" as Java's clients do, or another rule's name."""


class Client(NamedTuple):
    """A program and what it stands on. Commands are the shell's, given in a copy of its folder."""

    language: str
    packages: Mapping[str, str]
    """Each with its version, as `pins` say."""
    folder: str
    pins: tuple[str, ...]
    """The files of the folder that pin packages."""
    build: str
    call: str
    """Takes the broker's address, the topic, mode, option and a file of events."""
    programs: tuple[Path, ...]
    """Its source."""
    runs: tuple[Run, ...]

    def digest(self) -> str:
        """Of its source and of what it writes: says whether a record is of this program."""
        parts = [path.read_bytes() for path in (*self.programs, EVENTS)]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _runs(right: str, own: str, rule: str) -> tuple[Run, ...]:
    """Structured with the option that places keys rightly, binary with the client's own."""
    return Run("structured", right, "murmur2"), Run("binary", own, rule)


_VENV = (
    "uv venv -q --clear --python 3.11 .venv && "
    "uv pip install -q --python .venv/bin/python --require-hashes -r requirements.txt"
)
_MAVEN = "mvn -q -B -ntp dependency:build-classpath -Dmdep.outputFile=classpath"
_JAVA = 'java -cp "$(cat classpath)" '
_NPM = "npm ci --silent"
_GO_SDK = {"github.com/cloudevents/sdk-go/v2": "v2.16.2"}
_EVENTS_GO = HERE / "go/events/events.go"

_JAVA_PACKAGES = {"cloudevents-kafka": "4.0.1", "kafka-clients": "4.4.0"}
_SARAMA_PACKAGES = {
    **_GO_SDK, "github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2": "v2.16.2",
    "github.com/IBM/sarama": "v1.61.1",
}  # fmt: skip
_NODE_PACKAGES = {"cloudevents": "10.0.0", "kafkajs": "2.2.4"}
_PYTHON_PACKAGES = {"cloudevents": "2.2.0", "confluent-kafka": "2.16.1"}

_SHOWN = (Run("binary", "", "murmur2"),)
"""How the documents' producers write."""

CLIENTS = {
    "java": Client(
        "Java", _JAVA_PACKAGES, "java", ("pom.xml",), _MAVEN, _JAVA + "Write.java", (HERE / "java/Write.java",),
        _runs("default", "default", "murmur2"),
    ),
    "go-sarama": Client(
        "Go", _SARAMA_PACKAGES, "go", ("go.mod",), "go build -o bin/ ./sarama", "bin/sarama",
        (HERE / "go/sarama/main.go", _EVENTS_GO), _runs("murmur2", "default", "FNV-1a"),
    ),
    "go-confluent": Client(
        "Go",
        {
            **_GO_SDK,
            "github.com/cloudevents/sdk-go/protocol/kafka_confluent/v2": "v2.0.0-20250922144534-bee0ebe38fde",
            "github.com/confluentinc/confluent-kafka-go/v2": "v2.11.1",
        },
        "go-confluent", ("go.mod",), "go build -o bin/confluent .", "bin/confluent",
        (HERE / "go-confluent/main.go", _EVENTS_GO), _runs("murmur2", "default", "CRC-32"),
    ),
    "go-kafkago": Client(
        "Go", {**_GO_SDK, "github.com/segmentio/kafka-go": "v0.4.51"}, "go", ("go.mod",), "go build -o bin/ ./kafkago",
        "bin/kafkago", (HERE / "go/kafkago/main.go", _EVENTS_GO), _runs("murmur2", "default", "round robin"),
    ),
    "node": Client(
        "Node", _NODE_PACKAGES, "node", ("package.json", "package-lock.json"), _NPM, "node write.mjs", (HERE / "node/write.mjs",),
        _runs("default", "legacy", "murmur2 of kafkajs 1"),
    ),
    "python-1": Client(
        "Python", {"cloudevents": "1.13.0", "aiokafka": "0.14.0"}, "python1", ("requirements.txt",), _VENV, ".venv/bin/python write.py",
        (HERE / "python1/write.py",), _runs("default", "default", "murmur2"),
    ),
    "python-2": Client(
        "Python", _PYTHON_PACKAGES, "python2", ("requirements.txt",), _VENV, ".venv/bin/python write.py", (HERE / "python2/write.py",),
        _runs("murmur2_random", "default", "CRC-32"),
    ),
    "producer-python": Client(
        "Python", _PYTHON_PACKAGES, "python2", ("requirements.txt",), _VENV, ".venv/bin/python producer.py",
        (PRODUCERS / "producer.py",), _SHOWN,
    ),
    "producer-java": Client(
        "Java", _JAVA_PACKAGES, "java", ("pom.xml",), _MAVEN, _JAVA + "Producer.java", (PRODUCERS / "Producer.java",), _SHOWN,
    ),
    "producer-go": Client(
        "Go", _SARAMA_PACKAGES, "go", ("go.mod",), "go build -o bin/producer producer.go", "bin/producer",
        (PRODUCERS / "producer.go",), _SHOWN,
    ),
    "producer-node": Client(
        "Node", _NODE_PACKAGES, "node", ("package.json", "package-lock.json"), _NPM, "node producer.mjs", (PRODUCERS / "producer.mjs",), _SHOWN,
    ),
}  # fmt: skip

"""The clients whose messages are recorded: official CloudEvents SDKs, each with a Kafka client beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from schemas.producers import FOLDER

HERE = Path(__file__).parent
RECORDS = HERE / "records"
EVENTS = "events.json"
"""What every program writes, apart from the documents' producers, which write three events of their own."""
MISTAKES = "mistakes.json"
"""What languages without types let one write: text where JSON has an object, a number, a boolean."""

TOPIC = "pulse.civil-affairs"
PARTITIONS = 4


class Folder(NamedTuple):
    """Programs of one language that are built together, in a copy of the folder."""

    language: str
    pins: str
    """Its file that pins the packages."""
    build: str
    """The shell's command."""
    shown: str = ""
    """The documents' producer that is put beside them."""


_VENV = (
    "uv venv -q --clear --python 3.11 .venv && "
    "uv pip install -q --python .venv/bin/python --require-hashes -r requirements.txt"
)

FOLDERS = {
    "java": Folder(
        "Java",
        "pom.xml",
        "mvn -q -B -ntp dependency:build-classpath -Dmdep.outputFile=classpath",
        "Producer.java",
    ),
    "go": Folder(
        "Go",
        "go.mod",
        "go build -o bin/ ./sarama ./kafkago && go build -o bin/producer producer.go",
        "producer.go",
    ),
    "go-confluent": Folder("Go", "go.mod", "go build -o bin/confluent ."),
    "node": Folder("Node", "package.json", "npm ci --silent", "producer.mjs"),
    "python1": Folder("Python", "requirements.txt", _VENV),
    "python2": Folder("Python", "requirements.txt", _VENV, "producer.py"),
}


class Run(NamedTuple):
    """One call of a program, with a mode of CloudEvents and an option for its partitioner."""

    mode: str
    option: str
    rule: str
    """How that option places keys: "murmur2" as Java's clients do, or another rule's name."""
    file: str = EVENTS


class Client(NamedTuple):
    """A program and what it stands on."""

    folder: str
    packages: Mapping[str, str]
    """Each with its version, as the folder pins it."""
    call: str
    """The shell's command; takes the broker's address, the topic, mode, option and a file of events."""
    programs: tuple[Path, ...]
    """Its source."""
    runs: tuple[Run, ...]

    def digest(self) -> str:
        """Of its source and of what it writes: says whether a record is of this program."""
        files = dict.fromkeys(run.file for run in self.runs)
        parts = [path.read_bytes() for path in (*self.programs, *map(HERE.joinpath, files))]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _mistakes(right: str) -> tuple[Run, ...]:
    return Run("structured", right, "murmur2", MISTAKES), Run("binary", right, "murmur2", MISTAKES)


def _runs(right: str, own: str, rule: str) -> tuple[Run, ...]:
    """Structured with the option that places keys rightly, binary with the client's own."""
    return Run("structured", right, "murmur2"), Run("binary", own, rule)


_SHOWN = (Run("binary", "", "murmur2"),)
"""How the documents' producers write."""

_JAVA = 'java -cp "$(cat classpath)" '
_PYTHON = ".venv/bin/python "
_SHARED_GO = HERE / "go/events/events.go"

_JAVA_PACKAGES = {"cloudevents-kafka": "4.0.1", "kafka-clients": "4.4.0"}
_GO_SDK = {"github.com/cloudevents/sdk-go/v2": "v2.16.2"}
_SARAMA_PACKAGES = {
    **_GO_SDK,
    "github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2": "v2.16.2",
    "github.com/IBM/sarama": "v1.61.1",
}
_CONFLUENT_PACKAGES = {
    **_GO_SDK,
    "github.com/cloudevents/sdk-go/protocol/kafka_confluent/v2": "v2.0.0-20250922144534-bee0ebe38fde",
    "github.com/confluentinc/confluent-kafka-go/v2": "v2.11.1",
}
_KAFKAGO_PACKAGES = {**_GO_SDK, "github.com/segmentio/kafka-go": "v0.4.51"}
_NODE_PACKAGES = {"cloudevents": "10.0.0", "kafkajs": "2.2.4"}
_PYTHON_1_PACKAGES = {"cloudevents": "1.13.0", "aiokafka": "0.14.0"}
_PYTHON_2_PACKAGES = {"cloudevents": "2.2.0", "confluent-kafka": "2.16.1"}

CLIENTS = {
    "java": Client(
        "java", _JAVA_PACKAGES, _JAVA + "Write.java", (HERE / "java/Write.java",),
        _runs("default", "default", "murmur2"),
    ),
    "go-sarama": Client(
        "go", _SARAMA_PACKAGES, "bin/sarama", (HERE / "go/sarama/main.go", _SHARED_GO),
        _runs("murmur2", "default", "FNV-1a"),
    ),
    "go-confluent": Client(
        "go-confluent", _CONFLUENT_PACKAGES, "bin/confluent", (HERE / "go-confluent/main.go", _SHARED_GO),
        _runs("murmur2", "default", "CRC-32"),
    ),
    "go-kafkago": Client(
        "go", _KAFKAGO_PACKAGES, "bin/kafkago", (HERE / "go/kafkago/main.go", _SHARED_GO),
        _runs("murmur2", "default", "round robin"),
    ),
    "node": Client(
        "node", _NODE_PACKAGES, "node write.mjs", (HERE / "node/write.mjs",),
        _runs("default", "legacy", "murmur2 of kafkajs 1") + _mistakes("default"),
    ),
    "python-1": Client(
        "python1", _PYTHON_1_PACKAGES, _PYTHON + "write.py", (HERE / "python1/write.py",),
        _runs("default", "default", "murmur2"),
    ),
    "python-2": Client(
        "python2", _PYTHON_2_PACKAGES, _PYTHON + "write.py", (HERE / "python2/write.py",),
        _runs("murmur2_random", "default", "CRC-32") + _mistakes("murmur2_random"),
    ),
    "producer-python": Client(
        "python2", _PYTHON_2_PACKAGES, _PYTHON + "producer.py", (FOLDER / "producer.py",), _SHOWN
    ),
    "producer-java": Client(
        "java", _JAVA_PACKAGES, _JAVA + "Producer.java", (FOLDER / "Producer.java",), _SHOWN
    ),
    "producer-go": Client("go", _SARAMA_PACKAGES, "bin/producer", (FOLDER / "producer.go",), _SHOWN),
    "producer-node": Client(
        "node", _NODE_PACKAGES, "node producer.mjs", (FOLDER / "producer.mjs",), _SHOWN
    ),
}  # fmt: skip

"""`python -m pulse.brokers.lock`: regenerate `kafka.toml` after a change of `KAFKA` or `ROOTS`.

Resolves Kafka's dependencies as Maven does, downloads them and records each file's size and SHA-256.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from pulse.brokers.jars import Jar

KAFKA = "4.4.0"
ROOTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA}",
    # Without a logger the broker logs nothing, not even why it died. The version is that of slf4j-api in kafka.toml.
    "org.slf4j:slf4j-simple:1.7.36",
)

_HEAD = """\
# Apache Kafka and everything that it needs, file by file. Made by `python -m pulse.brokers.lock`; not written by hand.
"""


def resolve(repositories: dict[str, str] | None = None) -> list[Jar]:
    """All jars, sorted by coordinate. Blocks for some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        maven = MavenContext(repo_cache=Path(folder), remote_repos=repositories, timeout=60)
        roots, needed = maven.resolver.resolve([maven.create_dependency(root) for root in ROOTS])
        found = []
        for artifact in (dependency.artifact for dependency in (*roots, *needed)):
            content = Path(artifact.resolve()).read_bytes()
            coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
            found.append(Jar(coordinate, len(content), hashlib.sha256(content).hexdigest()))
    return sorted(found)


def written(jars: list[Jar]) -> str:
    """The text of `kafka.toml`."""
    lines = (f'"{jar.coordinate}" = {{ bytes = {jar.bytes}, sha256 = "{jar.sha256}" }}\n' for jar in jars)
    return f'{_HEAD}kafka = "{KAFKA}"\n\n[jars]\n{"".join(lines)}'


if __name__ == "__main__":
    Path(__file__).with_name("kafka.toml").write_text(written(resolve()), "utf-8")

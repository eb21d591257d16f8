"""A real Prometheus, a real Alertmanager and a webhook, for tests: nothing of them outlives the `with`."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import yaml

from pulse.alerts.files import ROUTES
from pulse.brokers.ports import free_ports
from tests.alerts.programs import program

SOON = 30.0
"""Seconds that any condition here may take."""

Labels = frozenset[tuple[str, str]]


class Told(NamedTuple):
    """An alert as the webhook got it."""

    receiver: str
    status: str
    """firing or resolved"""
    labels: Labels
    annotations: dict[str, str]


class Webhook:
    """Listens, and keeps what it is told. Each receiver has a path of its own, as in `alerts.routing`."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.told += [
                    Told(
                        body["receiver"], one["status"], frozenset(one["labels"].items()), one["annotations"]
                    )
                    for one in body["alerts"]
                ]
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Monitoring:
    """Both running, and what they say of themselves."""

    def __init__(self, prometheus: int, alertmanager: int, webhook: Webhook) -> None:
        self._prometheus, self._alertmanager, self.webhook = prometheus, alertmanager, webhook

    def query(self, expression: str) -> list[dict[str, Any]]:
        """A PromQL expression's instant vector, now."""
        from urllib.parse import quote

        answer = _json(f"http://127.0.0.1:{self._prometheus}/api/v1/query?query={quote(expression)}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def ringing(self) -> tuple[set[Labels], set[Labels]]:
        """What rings in Prometheus, and what is about to."""
        alerts = _json(f"http://127.0.0.1:{self._prometheus}/api/v1/alerts")["data"]["alerts"]
        by_state: dict[str, set[Labels]] = {"firing": set(), "pending": set()}
        for alert in alerts:
            by_state[alert["state"]].add(frozenset(alert["labels"].items()))
        return by_state["firing"], by_state["pending"]

    def unhealthy(self) -> list[str]:
        """Rules whose last evaluation failed, with why."""
        groups = _json(f"http://127.0.0.1:{self._prometheus}/api/v1/rules")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule["health"] == "err"]

    def active(self) -> set[Labels]:
        """What Alertmanager would tell: neither inhibited nor over."""
        return self._alerts("inhibited=false&silenced=false")

    def inhibited(self) -> set[Labels]:
        """What Alertmanager does not tell, for something worse rings."""
        return self._alerts("active=false&silenced=false")

    def _alerts(self, which: str) -> set[Labels]:
        alerts = _json(f"http://127.0.0.1:{self._alertmanager}/api/v2/alerts?{which}")
        return {frozenset(alert["labels"].items()) for alert in alerts}


def _json(url: str) -> Any:
    with urlopen(url, timeout=SOON) as answer:
        return json.loads(answer.read())


@contextmanager
def monitoring(
    folder: Path, targets: Sequence[str], made: Callable[[str], Mapping[str, str]]
) -> Iterator[Monitoring]:
    """Prometheus scrapes `targets` (HOST:PORT) every second under the rules of `made(webhook's URL)`."""
    webhook = Webhook()
    prometheus, alertmanager = free_ports(2)
    files = made(webhook.url)
    (folder / "rules").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "prometheus.yml").write_text(_prometheus(targets, alertmanager), "utf-8")
    running: list[subprocess.Popen[bytes]] = []
    try:
        for name, options, port in (
            (
                "prometheus-alertmanager",
                [
                    f"--config.file={ROUTES}",
                    "--storage.path=told",
                    "--data.retention=360h",
                    "--cluster.listen-address=",
                ],
                alertmanager,
            ),
            (
                "prometheus",
                [
                    "--config.file=prometheus.yml",
                    "--storage.tsdb.path=seen",
                    # It finds Alertmanager only seconds after its start: what rang before is said again then.
                    "--rules.alert.resend-delay=3s",
                ],
                prometheus,
            ),
        ):
            with (folder / f"{name}.log").open("wb") as log:
                command = [
                    program(name),
                    *options,
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=warn",
                ]
                running.append(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))
            _ready(running[-1], f"http://127.0.0.1:{port}/-/ready", folder / f"{name}.log")
        yield Monitoring(prometheus, alertmanager, webhook)
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.wait(SOON)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        webhook.close()


def _prometheus(targets: Sequence[str], alertmanager: int) -> str:
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules/*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
            "scrape_configs": [{"job_name": "pulse", "static_configs": [{"targets": list(targets)}]}],
        }
    )


def _ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    last = time.monotonic() + SOON
    while True:
        try:
            urlopen(url, timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > last:
                raise AssertionError(f"{url} is not ready:\n{log.read_text('utf-8')}") from None
            time.sleep(0.05)

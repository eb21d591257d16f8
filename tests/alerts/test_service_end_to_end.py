"""What can happen to the service itself, truly caused one after the other, heard by the duty officer, and mended.

Apache Kafka, ClickHouse behind HTTP, two workers as processes, Prometheus, Alertmanager, a webhook. Only the times that
rules wait for are shorter: see `Tempo.minutes` and `Tempo.days`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from alerts.files import ROUTES, Places, files
from alerts.tempo import Tempo
from brokers.apache import ApacheKafka
from brokers.ports import free_ports
from streams.breaker import NORMAL
from tests.alerts.monitoring import Labels, Monitoring, monitoring
from tests.alerts.programs import program
from tests.alerts.talk import Talk
from tests.clickhouse_face import Fault
from tests.faults.nursery import Nursery
from tests.faults.waiting import until
from tests.faults.worker import Worker
from tests.faults.world import World
from tests.kafka import kafka

__all__ = ["kafka"]

TEMPO = Tempo(calendar=23_400, minutes=150, days=8_640)
"""26 hours of the plan in 4 seconds; ten minutes of the service in 4, a day of it in 10. A worker takes its figures for
/metrics every two seconds: shorter windows would see no increase."""
PATIENCE = 240.0
"""Seconds that a condition may take on a machine that is busy with other things; some ten otherwise."""

MADE = ("rules/service.yml", "rules/silence.yml", ROUTES)
"""The departments' own rules are `test_end_to_end.py`'s."""

CIVIL, SMART = "civil-affairs", "smart-community"
FULL = Fault("error", code=243, on="insert", times=None)
"""ClickHouse's disk is full: reading goes on."""
UNLIT = Fault("error", code=243, on="insert", table="assessments", times=None)
"""Only what the assessor writes fails."""
SLOW = Fault("slow", seconds=2, on="insert", table="facts", times=None)
FLOOD = 20_000
"""Messages of a department at once; with `SLOW` and at most a thousand waiting, some half a minute's work."""


class Alert(NamedTuple):
    """An alert and what it is about: department, instance or nothing."""

    name: str
    about: str = ""


def _alert(labels: Labels) -> Alert:
    words = dict(labels)
    about = words.get("topic") or words.get("department") or words.get("instance", "")
    return Alert(words["alertname"], about)


SILENT = {Alert("PulseDepartmentSilent", CIVIL), Alert("PulseDepartmentSilent", SMART)}
"""All messages arrive after the plan's last day, on which its clock stands: by that day nothing had come. They ring all
the while, and show what something worse inhibits."""
STUCK = {Alert("PulseStuck", CIVIL), Alert("PulseStuck", SMART)}
"""Where a worker starts, takes over or tries again, that takes seconds, which here are a quarter of an hour without
progress: then these may pass."""
UNASSESSED, UNVERIFIED = Alert("PulseAssessmentStale"), Alert("PulseVerifyStale")
TROUBLES = {
    Alert("PulseVerifyDiffers"), Alert("PulseRefusals", CIVIL), Alert("PulsePartitionPaused", CIVIL),
    Alert("PulseRefusalsAboveNormal", SMART), UNASSESSED,
}  # fmt: skip
"""What can ring at once, for none of them is about the same."""


class Duty:
    """What the duty officer hears, held against what is expected."""

    def __init__(self, seen: Monitoring) -> None:
        self._seen = seen
        self._before: set[Alert] = set()
        self._heard = 0

    def hears(self, *told: Alert, inhibited: Iterable[Alert] = (), passing: Iterable[Alert] = ()) -> None:
        """Wait until exactly these are told, to all whom they concern. Nothing else was told since the last time.

        `inhibited`: what may ring in Prometheus beside them, told to nobody. `passing`: what may come and go meanwhile,
        as always does that nobody has verified for two days, which are twenty seconds.
        """
        wanted, last = set(told), time.monotonic() + PATIENCE
        passes = {UNVERIFIED} - wanted
        while True:
            firing = {_alert(labels) for labels in self._seen.ringing()[0]} - passes
            active = {_alert(labels) for labels in self._seen.active()} - passes
            arrived = {alert for alert in wanted if _receivers(alert) <= self._receivers(alert)}
            if active == arrived == wanted <= firing <= wanted.union(inhibited):
                break
            if time.monotonic() > last:
                assert not self._seen.unhealthy()
                pytest.fail(f"wanted {sorted(wanted)}\nof them arrived {sorted(arrived)}\n{self._state()}")
            time.sleep(0.25)
        everything = self._seen.webhook.told
        since = {_alert(one.labels) for one in everything[self._heard :] if one.status == "firing"}
        self._heard = len(everything)
        assert since <= wanted.union(self._before, passing, passes), "told without cause"
        self._before = wanted

    def words(self, alert: Alert) -> str:
        """What it said at last: summary and description."""
        said = [one.annotations for one in self._seen.webhook.told if _alert(one.labels) == alert]
        return said[-1]["summary"] + "|" + said[-1]["description"]

    def is_over(self, *alerts: Alert) -> None:
        """Wait until the duty officer was told so."""

        def left() -> set[Alert]:
            return set(alerts) - {
                _alert(one.labels)
                for one in self._seen.webhook.told
                if (one.receiver, one.status) == ("duty", "resolved")
            }

        until(lambda: not left(), PATIENCE, lambda: f"not told that it is over: {left()}\n{self._state()}")

    def _state(self) -> str:
        """What rings where, in words."""
        firing, active = self._seen.ringing()[0], self._seen.active()
        return f"rings in Prometheus {sorted(map(_alert, firing))}\nin Alertmanager {sorted(map(_alert, active))}"

    def _receivers(self, alert: Alert) -> set[str]:
        told = self._seen.webhook.told
        return {one.receiver for one in told if one.status == "firing" and _alert(one.labels) == alert}


def _receivers(alert: Alert) -> set[str]:
    """Whom it concerns: the duty officer; operations, unless it is of the plan; a department, where it is about what that
    sends."""
    if alert.name == "PulseDepartmentSilent":
        return {"duty", f"department-{alert.about}"}
    if alert.name in ("PulseRefusals", "PulseRefusalsAboveNormal", "PulsePartitionPaused"):
        return {"duty", "operations", f"department-{alert.about}"}
    return {"duty", "operations"}


@pytest.fixture
def world(kafka: ApacheKafka, tmp_path: Path) -> Iterator[World]:
    """A town with an empty database and empty topics; no worker yet."""
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)  # skips before anything is started
    nursery = Nursery()
    try:
        with World(kafka, nursery, tmp_path, most=1_000) as world:
            yield world
    finally:
        nursery.close()


def test_each_trouble_is_told_as_it_comes_and_is_over_when_it_is_mended(world: World, tmp_path: Path) -> None:
    one, two = (f"127.0.0.1:{port}" for port in free_ports(2))
    workers: dict[str, Worker] = {}

    def start(*addresses: str) -> None:
        for address in addresses:
            workers[address] = world.start(counting=False, metrics_port=address[10:], instance=address[10:])
        for address in addresses:
            workers[address].counts()

    def made(webhook: str) -> dict[str, str]:
        places = Places(webhook=webhook, secret=None)
        all = files(world.city.catalogue, world.city.regions, places, TEMPO)
        return {name: text for name, text in all.items() if name in MADE}

    talk = Talk(world.publish)
    start(one, two)
    with monitoring(tmp_path / "seen", [one, two], made) as seen:
        duty = Duty(seen)
        _changed(world, seen, talk)
        until(lambda: seen.query("pulse_assessed_timestamp_seconds"), PATIENCE)
        (assesses,) = (one["metric"]["instance"] for one in seen.query("pulse_assessed_timestamp_seconds"))
        _troubled(world, duty, talk, workers, two if assesses == one else one, start)
        with talk.going_on():
            for worker in workers.values():
                worker.kill()
            nobody = Alert("PulseNoWorker")
            absent = {Alert("PulseWorkerDown", one), Alert("PulseWorkerDown", two)}
            duty.hears(nobody, inhibited={*SILENT, *STUCK, *absent}, passing=STUCK)
            start(one, two)
            duty.is_over(nobody)
            _without_clickhouse(world, duty, talk, one, two)
        world.settle()
        duty.hears(*SILENT, UNVERIFIED, passing={*STUCK, Alert("PulseLag", CIVIL)})
        world.run("verify", "--wait", "60")
        duty.is_over(UNVERIFIED)
        duty.hears(*SILENT)
        _no_gaps(seen)
    world.compare()


ELSEWHERE = "370881"
CHANGE = f"ALTER TABLE cells UPDATE value = %s WHERE measure = 'devices' AND region = '{ELSEWHERE}'"


def _changed(world: World, seen: Monitoring, talk: Talk) -> None:
    """Both departments have talked for a while; then somebody changes a cell by hand, and `pulse verify` finds it."""
    counting = "count(count by (instance, topic) (pulse_events_total)) == 4"
    until(lambda: seen.query(counting), PATIENCE)  # both workers, at 0: what comes now is an increase
    talk.shares[SMART] = 0.02
    for department in (CIVIL, SMART):
        talk.say(department, 1_500)
    talk.say(SMART, 1, ELSEWHERE)
    world.settle()
    world.client.command(CHANGE % 8)
    world.run("verify", "--wait", "60", status=1)


def _troubled(
    world: World,
    duty: Duty,
    talk: Talk,
    workers: Mapping[str, Worker],
    address: str,
    start: Callable[[str], None],
) -> None:
    """Beside that a bad release of one department and a slightly worse one of the other; the assessor cannot write; one
    worker of two is gone. All of it is mended."""
    down = Alert("PulseWorkerDown", address)
    covered = Alert(
        "PulseRefusalsAboveNormal", CIVIL
    )  # its two hours are shorter here than what covers it takes
    talk.shares |= {CIVIL: 0.4, SMART: 0.18}
    with talk.going_on():
        talk.refusable(CIVIL, 1, NORMAL.window + 200)
        world.face.faults(UNLIT)
        workers[address].kill()
        duty.hears(*SILENT, *TROUBLES, down, inhibited={covered}, passing={*STUCK, covered})
    assert re.fullmatch(
        r"【核对不符】独立复算有 \d+ 处与看板不同\|核对时间：[\d年月日]+[\d:]+。"
        r"在查清之前，看板上的数不可引用。责任单位：.*",
        duty.words(Alert("PulseVerifyDiffers")),
    )
    assert "【数据被拒】大数据中心近一天有" in duty.words(Alert("PulseRefusalsAboveNormal", SMART))
    assert "pulse dead-letters resume civil-affairs/1。" in duty.words(Alert("PulsePartitionPaused", CIVIL))
    talk.shares |= {CIVIL: 0.0, SMART: 0.02}
    world.face.faults()
    world.run("dead-letters", "resume", f"{CIVIL}/1")
    world.settle()  # a partition that is paused would keep the group from forming anew
    start(address)
    world.client.command(CHANGE % 1)
    world.run("verify", "--wait", "60")
    duty.is_over(*TROUBLES, down)


def _without_clickhouse(world: World, duty: Duty, talk: Talk, one: str, two: str) -> None:
    """It is away; its disk is full; then it is slow while much has come in."""
    lag, away = (
        Alert("PulseLag", SMART),
        {Alert("PulseClickHouseDown", one), Alert("PulseClickHouseDown", two)},
    )
    behind, also = (
        {*STUCK, UNASSESSED},
        Alert("PulseLag", CIVIL),
    )  # where the disk is full for long, that waits too
    duty.hears(*SILENT, passing=STUCK)
    world.face.kill()
    duty.hears(*away, inhibited={*SILENT, *behind}, passing=behind)
    world.face.restart()
    world.face.faults(FULL)
    talk.say(SMART, FLOOD)
    duty.hears(*SILENT, *STUCK, inhibited={lag, also}, passing=behind)
    duty.is_over(*away)
    world.face.faults(SLOW)
    duty.hears(*SILENT, lag, passing={*behind, also})
    duty.is_over(*STUCK)
    assert re.match(r"【积压】大数据中心的数据有 \d+ 条未统计", duty.words(lag))
    world.face.faults()
    duty.is_over(lag)


def _no_gaps(seen: Monitoring) -> None:
    """Every sentence is whole."""
    for one in seen.webhook.told:
        text = one.annotations["summary"] + one.annotations["description"]
        assert "责任单位：" in text
        assert not [gap for gap in ("<error", "NaN", "Inf", "{{", "<no value>") if gap in text], text

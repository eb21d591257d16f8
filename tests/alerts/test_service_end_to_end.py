"""What can happen to the service itself, truly caused one after the other, heard by the duty officer, and mended.

Apache Kafka, ClickHouse behind HTTP, two workers as processes, Prometheus, Alertmanager, a webhook. Only the times that
rules wait for are shorter: see `Tempo.minutes` and `Tempo.days`. Each cause lasts until all that it must bring about was
told, however long the machine takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

from pulse.alerts.files import ROUTES, AlertAddresses, files
from pulse.alerts.tempo import Tempo
from pulse.brokers.apache import ApacheKafka
from pulse.brokers.ports import free_ports
from streams.breaker import NORMAL
from tests.alerts.monitoring import Labels, Monitoring, monitoring
from tests.alerts.programs import program
from tests.alerts.talk import Talk
from tests.clickhouse_face import Fault
from tests.faults.nursery import Nursery
from tests.faults.test_edges import transaction
from tests.faults.waiting import until
from tests.faults.worker import Worker
from tests.faults.world import World
from tests.kafka import kafka

__all__ = ["kafka"]

TEMPO = Tempo(calendar=23_400, minutes=120, days=8_640)
"""26 hours of the plan in 4 seconds; ten minutes of the service in 5, a day of it in 10. A worker takes its figures for
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
SLOW = Fault("slow", seconds=4, on="insert", table="facts", times=None)
FLOOD = 10_000
"""Messages at once in one partition: with `SLOW`, and a thousand read ahead, some forty seconds' work on any machine."""

ELSEWHERE = "370881"
NOBODYS = "topic = 'civil-affairs' AND partition = 1 AND offset = 1000000000"
SPOIL = "INSERT INTO dead_letters (topic, partition, offset, reason) VALUES ('civil-affairs', 1, 1000000000, 'rule')"
MEND = f"ALTER TABLE dead_letters DELETE WHERE {NOBODYS} SETTINGS mutations_sync = 1"
"""A dead letter of no message: the judge finds it, and no worker that takes a partition over looks for it."""

USUAL = f'rate(pulse_events_total{{topic="{SMART}"}}[20s] offset 10s) > 0'
"""Of one to three of its days ago there are figures to hold today's refusals against, and will be for some days more."""


class Alert(NamedTuple):
    """An alert and what it is about: department, instance or nothing."""

    name: str
    about: str = ""


SILENT = {Alert("PulseDepartmentSilent", CIVIL), Alert("PulseDepartmentSilent", SMART)}
STUCK = {Alert("PulseStuck", CIVIL), Alert("PulseStuck", SMART)}
NOBODY, LAG = Alert("PulseNoWorker"), Alert("PulseLag", SMART)
UNASSESSED, UNVERIFIED = Alert("PulseAssessmentStale"), Alert("PulseVerifyStale")
OPEN = Alert("PulseTransactionOpen", CIVIL)
DIFFERS, PAUSED = Alert("PulseVerifyDiffers"), Alert("PulsePartitionPaused", CIVIL)
REFUSED, MORE_REFUSED = Alert("PulseRefusals", CIVIL), Alert("PulseRefusalsAboveNormal", SMART)
COVERED = Alert(MORE_REFUSED.name, CIVIL)
"""By `REFUSED`; but its two hours are shorter here than the five minutes of that."""
AT_ANY_TIME = {*SILENT, UNVERIFIED, *STUCK, LAG, Alert("PulseLag", CIVIL), UNASSESSED}
"""All messages arrive after the plan's last day, on which its clock stands: by that day nothing had come. Two days in
which nobody verifies are twenty seconds. And where a worker starts, takes over, tries again or has little of the machine,
that takes seconds, which here are a quarter of an hour without progress."""


class Duty:
    """What the duty officer and others hear, held against what there is cause for."""

    def __init__(self, seen: Monitoring) -> None:
        self._seen = seen
        self._told: set[Alert] = set()
        self._perhaps = {*AT_ANY_TIME}
        self._heard = 0

    def hears(self, *alerts: Alert, perhaps: Iterable[Alert] = ()) -> None:
        """Wait until each rings and was told to all whom it concerns.

        `perhaps`: what there is cause for too, though something worse may keep it from being told. Until it is over,
        nothing but what there is cause for may be told.
        """
        self._told |= {*alerts}
        self._perhaps |= {*perhaps}
        left = {*alerts}

        def all_told() -> bool:
            if told := {alert for alert in left if self._said(alert) == {"firing"}}:
                left.difference_update(told & _alerts(self._seen.active()))
            return not left

        self._until(all_told, f"to be told: {alerts}")

    def is_over(self, *alerts: Alert) -> None:
        """Wait until all whom they concern were told so."""
        self._until(
            lambda: all(self._said(alert) == {"resolved"} for alert in alerts), f"to be over: {alerts}"
        )
        self._told -= {*alerts}

    def all_is_over(self) -> None:
        """Wait until that is so of everything that was told, but that departments are silent."""
        self.is_over(*self._told - SILENT)

    def is_spared(self, *alerts: Alert) -> None:
        """Wait until they ring, and something worse keeps them from being told."""
        self._until(lambda: {*alerts} <= _alerts(self._seen.inhibited()), f"to be inhibited: {alerts}")

    def rests_from(self, *alerts: Alert) -> None:
        """Wait until none of them is to be told."""
        self._until(lambda: not {*alerts} & _alerts(self._seen.active()), f"not to ring: {alerts}")

    def words(self, alert: Alert) -> str:
        """What it said at last: summary and description."""
        said = [one.annotations for one in self._seen.webhook.told if _alert(one.labels) == alert]
        return said[-1]["summary"] + "|" + said[-1]["description"]

    def _said(self, alert: Alert) -> set[str]:
        """What those whom it concerns were told of it last: firing, resolved, or nothing."""
        last = {one.receiver: one.status for one in self._seen.webhook.told if _alert(one.labels) == alert}
        return {last.get(receiver, "") for receiver in _receivers(alert)}

    def _until(self, condition: Callable[[], bool], wanted: str) -> None:
        until(condition, PATIENCE, lambda: f"wanted {wanted}\n{self._state()}")
        new = self._seen.webhook.told[self._heard :]
        self._heard += len(new)
        for one in new:
            alert = _alert(one.labels)
            assert one.receiver in _receivers(alert), (
                f"told to {one.receiver}, whom it does not concern: {alert}"
            )
            if one.status == "firing":
                assert alert in self._told | self._perhaps, f"told without cause: {alert}"

    def _state(self) -> str:
        """What rings where, in words."""
        firing, active = self._seen.ringing()[0], self._seen.active()
        return (
            f"rings in Prometheus {sorted(_alerts(firing))}\nin Alertmanager {sorted(_alerts(active))}\n"
            f"rules that fail {self._seen.unhealthy()}"
        )


def _alert(labels: Labels) -> Alert:
    words = dict(labels)
    about = words.get("topic") or words.get("department") or words.get("instance", "")
    return Alert(words["alertname"], about)


def _alerts(all: Iterable[Labels]) -> set[Alert]:
    return {_alert(labels) for labels in all}


def _receivers(alert: Alert) -> set[str]:
    """Whom it concerns: the duty officer; operations, unless it is of the plan; a department, where it is about what that
    sends."""
    if alert in SILENT:
        return {"duty", f"department-{alert.about}"}
    if alert.name in (REFUSED.name, MORE_REFUSED.name, PAUSED.name, OPEN.name):
        return {"duty", "operations", f"department-{alert.about}"}
    return {"duty", "operations"}


@dataclass
class Scene:
    """Two workers, started or not; who talks to them, and who watches."""

    world: World
    talk: Talk
    seen: Monitoring
    duty: Duty
    addresses: list[str]
    workers: dict[str, Worker] = field(default_factory=dict)

    def both_say_something(self) -> None:
        """Both departments, in all partitions."""
        for department in (CIVIL, SMART):
            self.talk.say(department, 100)

    def start(self, address: str) -> None:
        """A worker, without waiting for it."""
        port = address.partition(":")[2]
        self.workers[address] = self.world.start(counting=False, metrics_port=port, instance=port)

    def verify(self, status: int = 0) -> None:
        """Somebody does; with which exit status."""
        self.world.run("verify", "--wait", "60", status=status, within=PATIENCE)

    def share(self) -> None:
        """Wait until both have their share, and the one that assesses from now on shows names and lights."""
        for address in self.addresses:
            self.shows(f'pulse_position_offset{{instance="{address}"}}')
        first = f'{{topic="{self.world.city.topics[0]}", partition="0"}}'  # whose worker assesses
        alone = f"count by (partition) (pulse_position_offset{first}) == 1"
        self.shows(
            f"pulse_department_info and on (instance) (pulse_position_offset{first} and on (partition) ({alone}))"
        )

    def each(self, name: str) -> list[Alert]:
        """An alert of both."""
        return [Alert(name, address) for address in self.addresses]

    def shows(self, metric: str) -> str:
        """Wait until a worker shows this metric; its address."""
        found = until(lambda: self.seen.query(metric), PATIENCE, lambda: f"nobody shows {metric}")
        address: str = found[0]["metric"]["instance"]
        return address


@pytest.fixture
def scene(kafka: ApacheKafka, tmp_path: Path) -> Iterator[Scene]:
    """A town with an empty database; both departments have said something, and nobody has counted it yet."""
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)  # skips before anything is started
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    nursery = Nursery()
    try:
        with World(kafka, nursery, tmp_path, max_pending_events=1_000) as world:
            city = world.city

            def made(webhook: str) -> dict[str, str]:
                addresses = AlertAddresses(webhook=webhook, secret=None)
                all = files(city.catalogue, city.regions, addresses, TEMPO)
                return {name: text for name, text in all.items() if name in MADE}

            talk = Talk(world.publish, world.partitions)
            talk.say(SMART, 1, ELSEWHERE)
            with monitoring(tmp_path / "seen", addresses, made) as seen:
                scene = Scene(world, talk, seen, Duty(seen), addresses)
                scene.both_say_something()
                yield scene
    finally:
        nursery.close()


def test_each_trouble_is_told_as_it_comes_and_is_over_when_it_is_mended(scene: Scene) -> None:
    _nobody_works(scene)
    _much_comes_in(scene)
    _one_is_gone(scene)
    _no_clickhouse(scene)
    _nobody_verified(scene)
    scene.duty.all_is_over()
    scene.duty.rests_from(*AT_ANY_TIME - SILENT)
    _no_gaps(scene.seen)
    scene.world.compare()
    _a_transaction_stays_open(scene)  # last: `compare` reads a log without gaps
    scene.verify()


def _nobody_works(scene: Scene) -> None:
    """Nobody has started a worker yet."""
    down = scene.each("PulseWorkerDown")
    scene.duty.hears(NOBODY, perhaps=down)  # where one starts long after the other
    scene.duty.is_spared(*down)
    for address in scene.addresses:
        scene.start(address)
    scene.share()


def _much_comes_in(scene: Scene) -> None:
    """And ClickHouse is slow, and takes nothing from the assessor; a department sends what nobody can read."""
    world, talk, duty = scene.world, scene.talk, scene.duty
    duty.rests_from(LAG, UNASSESSED)
    world.face.faults(SLOW, UNLIT)
    talk.flood(SMART, FLOOD)
    talk.refusable(CIVIL, 1, NORMAL.run)
    duty.hears(LAG, PAUSED, perhaps=[REFUSED, COVERED])
    with talk.going_on():
        duty.hears(UNASSESSED)
    assert re.match(r"【积压】大数据中心的数据有 \d+ 条未统计", duty.words(LAG))
    assert "pulse dead-letters resume civil-affairs/1。" in duty.words(PAUSED)
    world.face.faults()
    world.run("dead-letters", "resume", f"{CIVIL}/1")
    world.settle(PATIENCE)


def _one_is_gone(scene: Scene) -> None:
    """Of two workers. And a bad release of one department, a slightly worse one of the other; and by hand somebody has
    written a dead letter of no message."""
    world, talk, duty = scene.world, scene.talk, scene.duty
    world.client.command(SPOIL)
    scene.verify(status=1)
    # Alertmanager never says so of what ends while something worse inhibits it.
    duty.is_over(LAG, PAUSED, UNASSESSED)
    duty.rests_from(REFUSED, MORE_REFUSED)
    assesses = scene.shows("pulse_assessed_timestamp_seconds")
    goes = next(address for address in scene.addresses if address != assesses)
    with talk.going_on():
        scene.shows(USUAL)
        scene.workers[goes].kill()
        talk.shares |= {CIVIL: 0.4, SMART: 0.1}
        duty.hears(Alert("PulseWorkerDown", goes), DIFFERS, REFUSED, MORE_REFUSED, perhaps=[COVERED])
    assert re.fullmatch(
        r"【核对不符】独立复算有 \d+ 处与看板不同\|核对时间：[\d年月日]+[\d:]+。"
        r"在查清之前，看板上的数不可引用。责任单位：.*",
        duty.words(DIFFERS),
    )
    assert "【数据被拒】大数据中心近一天有" in duty.words(MORE_REFUSED)
    talk.shares |= {CIVIL: 0.0, SMART: 0.0}
    scene.start(goes)
    world.client.command(MEND)
    scene.verify()
    scene.share()


def _no_clickhouse(scene: Scene) -> None:
    """It is away, then its disk is full; meanwhile something comes in."""
    world, duty, away = scene.world, scene.duty, scene.each("PulseClickHouseDown")
    duty.hears(*SILENT)
    world.face.kill()
    scene.both_say_something()
    duty.hears(*away)
    duty.is_spared(*SILENT)
    world.face.restart()
    world.face.faults(FULL)
    scene.both_say_something()  # where the former was written between the two
    duty.all_is_over()
    duty.hears(*STUCK)
    world.face.faults()
    world.settle(PATIENCE)


def _a_transaction_stays_open(scene: Scene) -> None:
    """A department's sender was cut off in the middle; what came behind it waits, and counts in the end."""
    messages = scene.talk.make(CIVIL, 10)
    cut_off = transaction(scene.world, "cut-off", messages)
    scene.both_say_something()
    scene.duty.hears(OPEN)
    assert re.match(
        r"【事务未结束】民政局的业务系统有一个 Kafka 事务没有结束（主题 civil-affairs 分区 \d）",
        scene.duty.words(OPEN),
    )
    cut_off.abort_transaction(30)
    scene.duty.is_over(OPEN)
    scene.world.settle(PATIENCE)


def _nobody_verified(scene: Scene) -> None:
    """For two days."""
    scene.duty.hears(UNVERIFIED)
    scene.verify()


def _no_gaps(seen: Monitoring) -> None:
    """Every sentence is whole."""
    for one in seen.webhook.told:
        text = one.annotations["summary"] + one.annotations["description"]
        assert "责任单位：" in text
        assert not [gap for gap in ("<error", "NaN", "Inf", "{{", "<no value>") if gap in text], text

"""Alerts about logs and about the hub's disk: what nobody reads in a journal is raised like a forced door."""

import pytest

from doorctl.audit.leaf import TreeMark
from doorctl.core.records import RecordKind
from doorctl.hub.disk_reserve import RESERVE_BYTES
from tests.hub.alerts.watching import a_log, alerts_in, deliver, rules_of, turn, write
from tests.hub.builders import ASite, later
from tests.hub.disks import ADisk, a_disk_of, no_room_in
from tests.hub.logs import ALog, send

DAY_SECONDS = 86_400


def other(log: ALog) -> ALog:
    """Make another history in the place of a log."""
    made = ALog(log.controller, log.epoch)
    made.write(door="door-9")
    return made


@pytest.fixture
def disk(room: ASite) -> ADisk:
    return a_disk_of(room)


def test_a_fork_of_a_log_is_an_alert_about_its_controller(room: ASite) -> None:
    log = a_log(room)
    write(log)
    deliver(room, log)

    send(room, other(log).batch(0, 1), at=later(20))
    (alert,) = turn(room, seconds=20)

    assert (alert.rule, alert.controller, alert.detail) == ("log-alarm", "pi-1", "log-fork at record 0")
    (found,) = alerts_in(room)
    assert [place.log for place in found.records] == ["hub"]


def test_a_log_that_began_anew_without_a_word_is_an_alert(room: ASite) -> None:
    before, after = a_log(room, epoch=1), a_log(room, epoch=2)
    for log in (before, after):
        write(log)

    assert deliver(room, before) == []
    assert [alert.detail for alert in deliver(room, after, seconds=20)] == ["log-began-anew at record 0"]


def test_a_controller_that_knows_another_log_of_the_hubs_is_an_alert(room: ASite) -> None:
    log = a_log(room)
    write(log, kind=RecordKind.HUB_FORKED, outcome=None, subject="")

    (alert,) = deliver(room, log)

    assert (alert.rule, alert.controller, alert.detail) == ("log-alarm", "pi-1", "hub_forked: see its record")


def test_what_a_controller_calls_an_alarm_is_none(room: ASite) -> None:
    log = a_log(room)
    about = TreeMark("pi-2", 1, 1, "aa" * 32)
    write(log, kind=RecordKind.LOG_ALARM, outcome=None, subject="", detail="log-fork at record 0: no", tree=about)

    assert deliver(room, log) == []


@pytest.mark.parametrize("kind", [RecordKind.AUDIT_FAILED, RecordKind.LOG_RECOVERED])
def test_a_log_that_says_that_it_lacks_records_is_an_alert(room: ASite, kind: RecordKind) -> None:
    log = a_log(room)
    write(log, kind=kind, outcome=None, subject="")

    (alert,) = deliver(room, log)

    assert (alert.rule, alert.controller, alert.detail) == ("audit-failed", "pi-1", f"{kind}: see its record")


def test_a_short_disk_is_an_alert_each_day(room: ASite, disk: ADisk) -> None:
    assert turn(room, seconds=10) == []
    disk.free = RESERVE_BYTES - 1

    raised = [rules_of(turn(room, seconds=seconds)) for seconds in (20, 30, 20 + DAY_SECONDS)]

    assert [[rule for rule in each if rule == "disk-short"] for each in raised] == [
        ["disk-short"],
        [],
        ["disk-short"],
    ]


def test_a_disk_that_takes_no_alert_ends_nothing_else(room: ASite, disk: ADisk) -> None:
    disk.free = 0
    with no_room_in(room.connection, "alerts"):
        raised = turn(room)

    assert raised == []
    assert room.hub.refusals["storage-failed"] == 0

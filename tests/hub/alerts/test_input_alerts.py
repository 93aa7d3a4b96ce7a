"""Inputs in trouble as they arrive at the hub: an alert each, and `doorctl status` tells what is so now."""

import pytest

from doorctl.core.machines.inputs import READER_POWER_BACK, READER_POWER_FAILED
from doorctl.core.records import RecordKind
from doorctl.hub.alerts.input_troubles import MOST_TROUBLES
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import InputTrouble, SiteStatus
from tests.hub.alerts.watching import a_log, deliver, rules_of, write
from tests.hub.builders import NOON, ASite
from tests.hub.logs import ALog

RULES = {
    RecordKind.TAMPER: "tamper",
    RecordKind.INPUT_FAULT: "input-fault",
    RecordKind.BOARD_FAULT: "input-fault",
    RecordKind.POWER: "power-fault",
}
AT = int(NOON.timestamp())
_FILL = """
WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
INSERT INTO input_troubles SELECT 'pi-1', 'door-' || n, 'tamper', 'opened', 0 FROM numbers
"""


def say(
    log: ALog, kind: RecordKind, detail: str = "", *, door: str = "", at: float | None = None, reader: str = ""
) -> None:
    """Have a controller record something of an input."""
    write(log, kind=kind, detail=detail, door=door, zone="", reader=reader, outcome=None, subject="", at=at)


def troubles(site: ASite) -> tuple[InputTrouble, ...]:
    """Ask the hub which inputs of the first controller are in trouble."""
    status = site.ask_for(StatusOf(), SiteStatus)
    return next(each.input_troubles for each in status.controllers if each.controller == "pi-1")


@pytest.mark.parametrize(
    ("kind", "detail", "door", "said"),
    [
        (RecordKind.TAMPER, "tamper opened", "door-1", "tamper: opened"),
        (RecordKind.TAMPER, "tamper opened", "", "tamper: opened"),
        (RecordKind.INPUT_FAULT, "contact open-line", "door-1", "line of contact: open-line"),
        (RecordKind.INPUT_FAULT, "fire short", "", "line of fire: short"),
        (RecordKind.INPUT_FAULT, "rex silent", "door-1", "line of rex: silent"),
        (RecordKind.INPUT_FAULT, "tamper unsteady", "", "line of tamper: unsteady"),
        (RecordKind.BOARD_FAULT, "strike unconfirmed", "door-1", "strike: unconfirmed"),
        (RecordKind.POWER, "mains failed", "", "mains: failed"),
        (RecordKind.POWER, "battery low", "", "battery: low"),
    ],
)
def test_an_input_in_trouble_is_an_alert_and_stands_in_the_status(
    room: ASite, kind: RecordKind, detail: str, door: str, said: str
) -> None:
    log = a_log(room)
    say(log, kind, detail, door=door)

    (alert,) = deliver(room, log)

    what, _, trouble = said.partition(": ")
    assert (alert.rule, alert.severity, alert.controller, alert.door) == (RULES[kind], "high", "pi-1", door)
    assert alert.detail == said
    assert troubles(room) == (InputTrouble(door, what, trouble, AT),)


@pytest.mark.parametrize(
    ("kind", "detail"),
    [(RecordKind.TECHNICIAN_BEGAN, "uid=0 seconds=1800"), (RecordKind.OSDP_PAIRING, "begun, for 60 s, again")],
)
def test_a_technician_who_begins_at_a_controller_is_an_alert(room: ASite, kind: RecordKind, detail: str) -> None:
    log = a_log(room)
    say(log, kind, detail)

    (alert,) = deliver(room, log)

    assert (alert.rule, alert.controller, alert.severity) == ("technician", "pi-1", "medium")


def test_a_reader_whose_supply_fails_is_an_alert_and_in_the_status_until_it_is_back(room: ASite) -> None:
    log = a_log(room)
    for reader in ("front", "back"):
        say(log, RecordKind.POWER, READER_POWER_FAILED, door="door-1", reader=reader)
    say(log, RecordKind.POWER, READER_POWER_FAILED, door="door-1", reader="front")

    front, back = sorted(deliver(room, log), key=lambda alert: alert.detail, reverse=True)

    assert (front.rule, front.severity, front.controller, front.door) == ("power-fault", "high", "pi-1", "door-1")
    assert [front.detail, back.detail] == ["supply of front: failed", "supply of back: failed"]
    assert [each.what for each in troubles(room)] == ["supply of back", "supply of front"]

    say(log, RecordKind.POWER, READER_POWER_BACK, door="door-1", reader="front")

    assert deliver(room, log, first=3, seconds=20) == []
    assert [each.what for each in troubles(room)] == ["supply of back"]


def test_what_is_good_again_is_no_alert_and_no_longer_in_the_status(room: ASite) -> None:
    log = a_log(room)
    say(log, RecordKind.POWER, "mains failed")
    say(log, RecordKind.INPUT_FAULT, "contact short", door="door-1")
    say(log, RecordKind.BOARD_FAULT, "strike unconfirmed", door="door-1")
    deliver(room, log)
    say(log, RecordKind.POWER, "mains back")
    say(log, RecordKind.INPUT_FAULT, "contact sound", door="door-1")
    say(log, RecordKind.BOARD_FAULT, "strike confirmed", door="door-1")

    assert deliver(room, log, first=3, seconds=20) == []
    assert troubles(room) == ()


def test_a_fault_of_the_board_that_is_told_in_other_words_is_no_alert(room: ASite) -> None:
    log = a_log(room)
    say(log, RecordKind.BOARD_FAULT, "1: the pin does not move")

    assert deliver(room, log) == []


def test_a_fault_that_becomes_another_stands_there_once(room: ASite) -> None:
    log = a_log(room)
    say(log, RecordKind.INPUT_FAULT, "contact short", door="door-1")
    say(log, RecordKind.INPUT_FAULT, "contact open-line", door="door-1")

    assert rules_of(deliver(room, log)) == ["input-fault", "input-fault"]
    assert [each.trouble for each in troubles(room)] == ["open-line"]


def test_a_door_process_that_starts_tells_anew_what_is_in_trouble(room: ASite) -> None:
    log = a_log(room)
    say(log, RecordKind.POWER, "mains failed")
    say(log, RecordKind.TAMPER, "tamper opened")
    say(log, RecordKind.BOOT)
    say(log, RecordKind.TAMPER, "tamper opened")
    deliver(room, log)

    assert [each.what for each in troubles(room)] == ["tamper"]


def test_another_controller_that_starts_forgets_nothing_of_this_one(room: ASite) -> None:
    log, other = a_log(room), a_log(room, controller=1)
    say(log, RecordKind.POWER, "mains failed")
    say(other, RecordKind.BOOT)
    deliver(room, log)
    deliver(room, other)

    assert [each.what for each in troubles(room)] == ["mains"]


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (RecordKind.TAMPER, "tamper opened; the guard is h7"),
        (RecordKind.POWER, "\x1b[2J"),
        (RecordKind.POWER, READER_POWER_FAILED),
        (RecordKind.INPUT_FAULT, "contact open-line" * 20),
    ],
)
def test_words_of_a_controllers_own_are_neither_an_alert_nor_in_the_status(
    room: ASite, kind: RecordKind, detail: str
) -> None:
    log = a_log(room)
    say(log, kind, detail)

    assert deliver(room, log) == []
    assert troubles(room) == ()


def test_a_controller_cannot_have_troubles_without_end_kept(room: ASite) -> None:
    room.connection.execute(_FILL, (MOST_TROUBLES,))
    room.connection.commit()
    log = a_log(room)
    say(log, RecordKind.TAMPER, "tamper opened", door="one-more")
    say(log, RecordKind.TAMPER, "tamper closed", door="door-7")
    deliver(room, log)

    doors = {each.door for each in troubles(room)}
    assert len(doors) == MOST_TROUBLES - 1
    assert not {"one-more", "door-7"} & doors

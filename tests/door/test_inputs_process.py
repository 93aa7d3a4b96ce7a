"""A door process with supervised lines and with the inputs of its own housing, over a real serial line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.config.door_config import read_door_config, specs_of
from firmware_bridge.simulated_reader import SimulatedReader
from firmware_bridge.supervised_line import LineState
from tests.door_rig import ADA, CONFIG, FLOOR, GRACE, SERVER_ROOM, DoorRig
from tests.hardware.watcher import Watcher

_LINE = '{{{{ bridge = "lobby", channel = {channel}, active = "{active}", resistors = "2k2/4k7" }}}}'
HOUSING = (
    'socket = "run/board.sock"\n'
    f"fire = {_LINE.format(channel=0, active='open')}\n"
    'tamper = {{ pin = 6, active = "high" }}\n'
    'mains = {{ pin = 13, active = "high" }}\n'
    'battery = {{ pin = 16, active = "high" }}\n'
)
ROOM = (
    'egress = "hardware"\n'
    f"contact = {_LINE.format(channel=1, active='open')}\n"
    f"rex = {_LINE.format(channel=2, active='closed')}\n"
    f"tamper = {_LINE.format(channel=3, active='open')}\n"
)
SUPERVISED = CONFIG.replace('socket = "run/board.sock"\n', HOUSING).replace('egress = "hardware"\n', ROOM)
CONTACT = f"{SERVER_ROOM}.contact"


class SupervisedRig(DoorRig):
    """A door process whose server room is watched by supervised lines; Ada may pass both doors."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, config=SUPERVISED, unlock_seconds=60)
        self.watchers: list[Watcher] = []
        config = read_door_config(self.config_path)
        self.reader.unplug()
        self.reader = SimulatedReader(specs_of(config, self.config_path)[0])
        self.write_policy(self.a_holder("ada", ADA, FLOOR, SERVER_ROOM))

    def close(self) -> None:
        """Leave nothing running or open."""
        super().close()
        for watcher in self.watchers:
            watcher.close()

    def drive(self, name: str, *, active: bool) -> None:
        """Drive an input on a pin."""
        watcher = Watcher(self.run_dir / "board.sock")
        self.watchers.append(watcher)
        watcher.send(json.dumps({"input": name, "active": active}).encode() + b"\n")

    def told(self) -> list[tuple[RecordKind, str, str]]:
        """Kind, door and detail of what is recorded of inputs."""
        kinds = (RecordKind.INPUT_FAULT, RecordKind.TAMPER, RecordKind.POWER)
        return [(leaf.kind, leaf.door, leaf.detail) for leaf in self.records() if leaf.kind in kinds]

    def wait_until_told(self, kind: RecordKind, door: str, detail: str) -> None:
        """Wait until that is the last that is recorded of an input."""
        self.wait_for(lambda: self.told()[-1:] == [(kind, door, detail)], what=detail)

    def wait_for_kind(self, kind: RecordKind, number: int = 1) -> None:
        """Wait until there are so many records of a kind."""
        self.wait_for(lambda: self.count(kind) >= number, what=kind)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SupervisedRig]:
    rig = SupervisedRig(tmp_path)
    yield rig
    rig.close()


def let_in(rig: SupervisedRig) -> None:
    """Let Ada into the server room and the door close behind her."""
    rig.swipe("vault", ADA)
    rig.wait_for_kind(RecordKind.RELEASED)
    for state, kind in ((LineState.ALARM, RecordKind.OPENED), (LineState.NORMAL, RecordKind.CLOSED)):
        rig.reader.set_line(CONTACT, state)
        rig.wait_for_kind(kind)


def test_a_supervised_contact_tells_a_passage_a_break_in_and_a_cut_line(rig: SupervisedRig) -> None:
    rig.start_online()
    let_in(rig)

    rig.reader.set_line(CONTACT, LineState.OPEN_LINE)
    rig.wait_until_told(RecordKind.INPUT_FAULT, SERVER_ROOM, "contact open-line")
    assert rig.count(RecordKind.FORCED_OPEN) == 0
    rig.reader.set_line(CONTACT, LineState.ALARM)
    rig.wait_for_kind(RecordKind.FORCED_OPEN)
    rig.wait_until_told(RecordKind.INPUT_FAULT, SERVER_ROOM, "contact sound")
    assert rig.strike_states(SERVER_ROOM) == ["released", "secured"]


def test_fire_rex_and_tamper_at_the_ends_of_lines(rig: SupervisedRig) -> None:
    rig.start_online()
    rig.reader.set_line(f"{SERVER_ROOM}.rex", LineState.ALARM)
    rig.wait_for_kind(RecordKind.REX)
    rig.reader.set_line(f"{SERVER_ROOM}.tamper", LineState.ALARM)
    rig.wait_until_told(RecordKind.TAMPER, SERVER_ROOM, "tamper opened")
    rig.reader.set_line("fire", LineState.SHORT)
    rig.wait_until_told(RecordKind.INPUT_FAULT, "", "fire short")
    assert rig.strike_states(FLOOR) == rig.strike_states(SERVER_ROOM) == []

    rig.reader.set_line("fire", LineState.ALARM)
    rig.wait_for(lambda: rig.strike_states(FLOOR) == ["released"], what="the release by the fire")
    rig.reader.set_line("fire", LineState.OPEN_LINE)
    rig.wait_until_told(RecordKind.INPUT_FAULT, "", "fire open-line")
    assert rig.strike_states(FLOOR) == rig.strike_states(SERVER_ROOM) == ["released"]
    rig.reader.set_line("fire", LineState.NORMAL)
    rig.wait_for(lambda: rig.strike_states(FLOOR) == ["released", "secured"], what="the end of the fire")


def test_a_fire_goes_on_over_a_power_cut_until_its_line_is_at_rest(rig: SupervisedRig) -> None:
    rig.start_online()
    rig.reader.set_line("fire", LineState.ALARM)
    rig.wait_for(lambda: rig.count(RecordKind.FIRE) == 2, what="the fire at both doors")
    rig.reader.set_line("fire", LineState.OPEN_LINE)
    rig.wait_until_told(RecordKind.INPUT_FAULT, "", "fire open-line")
    rig.kill()

    rig.start_online()
    rig.wait_for(lambda: rig.count(RecordKind.INPUT_FAULT) == 2, what="the fault again")
    states = [rig.strike_states(door)[-1] for door in (FLOOR, SERVER_ROOM)]
    rig.reader.set_line("fire", LineState.NORMAL)
    rig.wait_for(lambda: rig.strike_states(FLOOR)[-1] == "secured", what="the end of the fire")

    assert states == ["released", "released"]


def test_a_bridge_that_is_pulled_leaves_its_lines_silent_and_the_doors_shut(rig: SupervisedRig) -> None:
    rig.start_online()
    let_in(rig)
    rig.reader.unplug()
    rig.wait_for(lambda: len(rig.told()) == 4, what="four silent lines", silent=True)

    assert sorted(rig.told()) == sorted(
        [
            (RecordKind.INPUT_FAULT, "", "fire silent"),
            *((RecordKind.INPUT_FAULT, SERVER_ROOM, f"{role} silent") for role in ("contact", "rex", "tamper")),
        ]
    )
    assert rig.strike_states(SERVER_ROOM) == ["released", "secured"]
    rig.reader.replug()
    rig.wait_for(lambda: len(rig.told()) == 9, what="four sound lines, and that the tamper contact is closed")
    assert {detail.partition(" ")[2] for _, _, detail in rig.told()[4:]} == {"sound", "closed"}


def test_the_housing_tells_when_it_is_opened_and_when_its_power_fails(rig: SupervisedRig) -> None:
    rig.start_online()
    for name, kind, active, rests in (
        ("tamper", RecordKind.TAMPER, "tamper opened", "tamper closed"),
        ("mains", RecordKind.POWER, "mains failed", "mains back"),
        ("battery", RecordKind.POWER, "battery low", "battery good"),
    ):
        rig.drive(name, active=True)
        rig.wait_until_told(kind, "", active)
        rig.drive(name, active=False)
        rig.wait_until_told(kind, "", rests)

    assert rig.strike_states(FLOOR) == rig.strike_states(SERVER_ROOM) == []
    rig.swipe("front", GRACE)
    assert rig.wait_for_decisions(1)[0].reason is Reason.UNKNOWN_CARD


def test_what_is_in_trouble_at_the_start_is_recorded_after_the_start(rig: SupervisedRig) -> None:
    rig.start_online()
    rig.reader.set_line(f"{SERVER_ROOM}.tamper", LineState.ALARM)
    rig.wait_until_told(RecordKind.TAMPER, SERVER_ROOM, "tamper opened")
    rig.kill()

    rig.start_online()
    rig.wait_for(lambda: len(rig.told()) == 2, what="the tamper contact again")
    kinds = [leaf.kind for leaf in rig.records() if leaf.kind in (RecordKind.BOOT, RecordKind.TAMPER)]
    assert kinds == [RecordKind.BOOT, RecordKind.TAMPER] * 2

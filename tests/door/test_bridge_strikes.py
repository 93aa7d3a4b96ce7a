"""Strikes at a bridge: the real door process with the bridge at the other end of its line."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.machines.inputs import STRIKE_CONFIRMED, STRIKE_UNCONFIRMED
from doorctl.core.records import RecordKind
from doorctl.door.inputs.bridge_strikes import CALM_SECONDS, BridgeStrikes, Output
from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.reader_line import ReaderLine
from firmware_bridge.serial_port import SerialPort
from firmware_bridge.simulated_devices import BridgeDevice
from firmware_bridge.strike_outputs import START_SECONDS, StrikeOutputs
from hardware.pins import StrikeState
from tests.door_rig import ADA, CONFIG, FLOOR, SERVER_ROOM, DoorRig

OUTPUT = 1
AT_BRIDGE = CONFIG.replace('{{ pin = 18, active = "high" }}', f'{{{{ bridge = "lobby", output = {OUTPUT} }}}}')
"""The server room's strike is at the bridge, the floor's on a pin."""
HOST_GONE_SECONDS = 3.0


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DoorRig]:
    """A door process that is not started yet; Ada may pass both doors."""
    rig = DoorRig(tmp_path, config=AT_BRIDGE, unlock_seconds=1.0)
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR, SERVER_ROOM))
    yield rig
    rig.close()


def is_released(rig: DoorRig) -> bool:
    assert isinstance(rig.reader.device, BridgeDevice)
    return rig.reader.device.protocol.is_released(OUTPUT, time.monotonic())


def release(rig: DoorRig) -> None:
    """Have a card release the strike at the bridge."""
    rig.swipe("vault", ADA)
    rig.wait_for(lambda: is_released(rig), what="the release")


def outlasting(rig: DoorRig) -> None:
    """Have the door stay released for long."""
    text = rig.config_path.read_text()
    rig.config_path.write_text(text.replace("unlock_seconds = 1.0", "unlock_seconds = 600.0"))


def faults(rig: DoorRig) -> list[tuple[str, str, str]]:
    return [(leaf.door, leaf.zone, leaf.detail) for leaf in rig.records(RecordKind.BOARD_FAULT)]


def test_a_granted_swipe_releases_the_strike_at_the_bridge_for_its_time_and_no_pin(rig: DoorRig) -> None:
    rig.start_online()
    began = time.monotonic()
    release(rig)
    rig.wait_for(lambda: not is_released(rig), what="securing")

    assert time.monotonic() - began >= 1.0
    (decision,) = rig.wait_for_decisions(1)
    (released,) = rig.wait_for(lambda: rig.records(RecordKind.RELEASED), what="the record")
    assert (released.door, released.of) == (SERVER_ROOM, decision.seq)
    assert (rig.strike_states(FLOOR), rig.strike_states(SERVER_ROOM)) == ([], [])
    assert faults(rig) == []


def test_the_other_doors_strike_stays_on_its_pin(rig: DoorRig) -> None:
    rig.start_online()
    rig.swipe("front", ADA)
    rig.wait_for(lambda: rig.strike_states(FLOOR) == ["released", "secured"], what="release and relock")

    assert not is_released(rig)


def test_a_door_process_that_is_killed_leaves_the_strike_secured_within_the_bridges_time(rig: DoorRig) -> None:
    outlasting(rig)
    rig.start_online()
    release(rig)
    rig.kill()
    killed = time.monotonic()
    while is_released(rig):
        rig.reader.serve(time.monotonic())
        assert time.monotonic() - killed < HOST_GONE_SECONDS + 1
        time.sleep(0.01)


def test_a_door_process_that_ends_in_good_order_secures_the_strike(rig: DoorRig) -> None:
    outlasting(rig)
    rig.start_online()
    release(rig)
    assert rig.process is not None
    rig.process.send_signal(signal.SIGTERM)
    assert isinstance(rig.reader.device, BridgeDevice)
    bridge = rig.reader.device.protocol
    while is_released(rig):
        rig.reader.serve(time.monotonic())
        time.sleep(0.002)

    assert bridge.secured_itself == 0


def test_a_bridge_that_is_gone_is_an_alarm_of_its_strike_and_a_record(rig: DoorRig) -> None:
    rig.start_online()
    rig.reader.unplug()

    rig.wait_for(lambda: faults(rig), what="the fault", silent=True)

    assert faults(rig) == [(SERVER_ROOM, SERVER_ROOM, STRIKE_UNCONFIRMED)]
    assert "<2>event=strike_unconfirmed door=server-room line=lobby" in rig.log()


class Notebook:
    """Where records go."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def record(self, kind: RecordKind, detail: str = "", **said: object) -> None:
        self.told.append((kind, detail, str(said["door"]), str(said["zone"])))


class OneStrike:
    """A strike at a bridge whose confirmations and time are in the test's hand."""

    def __init__(self, folder: Path) -> None:
        self.now = 100.0
        self.notebook = Notebook()
        self.pins: list[tuple[str, StrikeState]] = []
        self.outputs = StrikeOutputs((0,))
        protocol = BridgeProtocol({}, strikes=self.outputs)
        line = ReaderLine("lobby", SerialPort(str(folder / "none"), 9600), protocol, self.outputs)
        self.strikes = BridgeStrikes(
            {"vault": Output(line, 0)},
            self.notebook,
            drive_pin=lambda strike, state: self.pins.append((strike, state)),
            zone_of=lambda door: f"zone of {door}",
            counter=lambda: self.now,
        )
        self.outputs.opened(self.now)

    def confirm(self) -> None:
        for message in self.outputs.due(self.now):
            self.outputs.confirm(message)

    def wait(self, seconds: float) -> None:
        """Look each second."""
        for _ in range(round(seconds)):
            self.now += 1
            self.strikes.tick()


@pytest.fixture
def strike(tmp_path: Path) -> OneStrike:
    return OneStrike(tmp_path)


UNCONFIRMED, CONFIRMED = (
    (RecordKind.BOARD_FAULT, detail, "vault", "zone of vault") for detail in (STRIKE_UNCONFIRMED, STRIKE_CONFIRMED)
)


def test_a_strike_that_is_confirmed_is_not_told_of(strike: OneStrike) -> None:
    strike.confirm()
    strike.wait(2 * CALM_SECONDS)

    assert strike.notebook.told == []


def test_a_doubt_is_told_once_and_its_end_after_a_calm_minute(strike: OneStrike) -> None:
    strike.wait(START_SECONDS + 30)
    assert strike.notebook.told == [UNCONFIRMED]
    strike.confirm()
    strike.wait(CALM_SECONDS - 1)
    assert strike.notebook.told == [UNCONFIRMED]
    strike.wait(2)

    assert strike.notebook.told == [UNCONFIRMED, CONFIRMED]


def test_a_bad_line_is_one_record_a_minute_at_most(strike: OneStrike) -> None:
    for _ in range(100):
        strike.outputs.lose(strike.now)
        strike.wait(5)
        strike.confirm()
        strike.wait(5)

    assert strike.notebook.told == [UNCONFIRMED]


def test_what_is_on_a_pin_is_driven_there(strike: OneStrike) -> None:
    strike.strikes.drive("front", StrikeState.RELEASED)

    assert strike.pins == [("front", StrikeState.RELEASED)]

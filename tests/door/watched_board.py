"""The door's board as somebody at the door sees it: pressing REX, seeing the light at the reader."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from firmware_bridge.reader_protocol import Led
from tests.door_rig import FLOOR, DoorRig
from tests.hardware.watcher import Watcher


@contextmanager
def rex_held(rig: DoorRig, door: str = FLOOR) -> Iterator[None]:
    """Hold a door's REX button."""
    watcher = Watcher(rig.run_dir / "board.sock")
    try:
        watcher.send(_wish(f"{door}.rex", active=True))
        yield
        watcher.send(_wish(f"{door}.rex", active=False))
    finally:
        watcher.close()


def leave_by_rex(rig: DoorRig, door: str = FLOOR) -> None:
    """Press REX and wait until the strike has been released and secured again."""
    before = len(rig.strike_states(door))
    with rex_held(rig, door):
        rig.wait_for(lambda: rig.strike_states(door)[before:] == ["released"], what="release by REX")
    rig.wait_for(lambda: rig.strike_states(door)[before:] == ["released", "secured"], what="relock after REX")


def swipe_and_see(rig: DoorRig, reader: str, card: str) -> Led:
    """Present a card and wait for the reader's light."""
    rig.reader.indications.clear()
    rig.swipe(reader, card)
    light = rig.wait_for(lambda: _light(rig, reader), what="a light at the reader")
    assert light is not None
    return light


def swipe_and_pass(rig: DoorRig, reader: str, card: str, door: str = FLOOR) -> None:
    """Present a card and wait until the strike was released and secured again."""
    before = len(rig.strike_states(door))
    rig.swipe(reader, card)
    rig.wait_for(lambda: rig.strike_states(door)[before:] == ["released", "secured"], what="release and relock")


def swipe_until_granted(rig: DoorRig, reader: str, card: str) -> None:
    """Present a card again and again, each time when the light has answered, until it is granted or time is up."""

    def is_granted() -> bool:
        swipe_and_see(rig, reader, card)
        return any(decision.outcome is Outcome.GRANTED for decision in rig.records(RecordKind.DECISION))

    rig.wait_for(is_granted, what="a grant")


def _light(rig: DoorRig, reader: str) -> Led | None:
    lights = (shown.led for name, shown in rig.reader.indications if name == reader)
    return next((light for light in lights if light not in (None, Led.OFF)), None)


def _wish(name: str, *, active: bool) -> bytes:
    return json.dumps({"input": name, "active": active}).encode() + b"\n"

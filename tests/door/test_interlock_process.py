"""A door process with the two doors of an airlock: one at a time for cards and orders, both for a fire."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.orders import HoldOpenUntil
from tests.door.watched_board import rex_held
from tests.door_rig import ADA, CONFIG, FLOOR, GRACE, SERVER_ROOM, DoorRig
from tests.hardware.watcher import Watcher
from tests.keeper_bell import KeeperBell

FIRE = 'socket = "run/board.sock"\nfire = {{ pin = 26, active = "high" }}\n'
OF_FLOOR = f'egress = "rex"\ninterlock = ["{SERVER_ROOM}"]\n'
OF_ROOM = f'egress = "hardware"\ncontact = {{{{ pin = 23, active = "high" }}}}\ninterlock = ["{FLOOR}"]\n'
AIRLOCK = (
    CONFIG.replace('socket = "run/board.sock"\n', FIRE)
    .replace('egress = "rex"\n', OF_FLOOR)
    .replace('egress = "hardware"\n', OF_ROOM)
)


class AirlockRig(DoorRig):
    """A door process whose two doors are interlocked; Ada and Grace may pass both."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, config=AIRLOCK, unlock_seconds=60)
        self.watchers: list[Watcher] = []
        people = (*self.a_holder("ada", ADA, FLOOR, SERVER_ROOM), *self.a_holder("grace", GRACE, FLOOR, SERVER_ROOM))
        self.write_policy(people)

    def close(self) -> None:
        """Leave nothing running or open."""
        super().close()
        for watcher in self.watchers:
            watcher.close()

    def set(self, name: str, *, active: bool) -> None:
        """Drive an input, and go on to watch the board."""
        watcher = Watcher(self.run_dir / "board.sock")
        self.watchers.append(watcher)
        watcher.send(json.dumps({"input": name, "active": active}).encode() + b"\n")

    def pass_through(self, door: str) -> None:
        """Open a door and close it, and wait until that is recorded."""
        for active, kind in ((True, RecordKind.OPENED), (False, RecordKind.CLOSED)):
            before = self.count(kind)
            self.set(f"{door}.contact", active=active)
            self.wait_for(lambda kind=kind, before=before: self.count(kind) > before, what=kind)  # type: ignore[misc]

    def ask(self, reader: str, card: str) -> tuple[str, Reason | None]:
        """Present a card; give door and reason of its decision."""
        before = self.count(RecordKind.DECISION)
        self.swipe(reader, card)
        decision = self.wait_for_decisions(before + 1)[before]
        return decision.door, decision.reason

    def released(self) -> list[str]:
        """The doors whose strike is released now."""
        return [door for door in (FLOOR, SERVER_ROOM) if self.strike_states(door)[-1:] == ["released"]]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[AirlockRig]:
    rig = AirlockRig(tmp_path)
    yield rig
    rig.close()


def test_cards_open_one_door_at_a_time(rig: AirlockRig) -> None:
    rig.start_online()

    assert rig.ask("front", ADA) == (FLOOR, Reason.GRANTED)
    assert rig.ask("vault", GRACE) == (SERVER_ROOM, Reason.INTERLOCKED)
    rig.pass_through(FLOOR)
    assert rig.ask("vault", ADA) == (SERVER_ROOM, Reason.GRANTED)
    rig.wait_for(lambda: rig.released() == [SERVER_ROOM], what="the other door released")


def test_of_two_at_once_one_is_let_in(rig: AirlockRig) -> None:
    rig.start_online()
    for reader, card in (("front", ADA), ("vault", GRACE)):
        rig.reader.swipe(reader, card)
    rig.wait_for(lambda: [it for it in rig.records() if it.reason is Reason.INTERLOCKED], what="one kept waiting")
    rig.wait_for(lambda: rig.count(RecordKind.RELEASED), what="a release")

    assert len(rig.released()) == 1
    assert rig.count(RecordKind.RELEASED) == 1


def test_a_way_out_and_a_fire_wait_for_no_other_door(rig: AirlockRig) -> None:
    rig.start_online()
    rig.ask("vault", ADA)
    with rex_held(rig):
        rig.wait_for(lambda: rig.released() == [FLOOR, SERVER_ROOM], what="the way out")
    rig.pass_through(FLOOR)
    rig.set("fire", active=True)

    rig.wait_for(lambda: rig.released() == [FLOOR, SERVER_ROOM], what="the release of both by the fire")


def test_after_a_restart_an_open_door_keeps_the_other_locked(rig: AirlockRig) -> None:
    rig.start_online()
    rig.ask("front", ADA)
    rig.kill()
    before = rig.count(RecordKind.OPENED)

    rig.start_online()
    rig.set(f"{FLOOR}.contact", active=True)
    rig.wait_for(lambda: rig.count(RecordKind.OPENED) + rig.count(RecordKind.FORCED_OPEN) > before, what="it open")

    assert rig.ask("vault", GRACE) == (SERVER_ROOM, Reason.INTERLOCKED)


def test_a_hold_open_by_order_keeps_the_other_door_locked(rig: AirlockRig) -> None:
    keeper = KeeperBell(rig.run_dir)
    try:
        rig.start_online()
        keeper.say(an_order(FLOOR, "1"), an_order(SERVER_ROOM, "2"))
        told = [rig.wait_for(lambda: keeper.take(CarriedOut), what="what became of it") for _ in range(2)]

        assert [(it.outcome, it.reason) for it in told] == [("done", ""), ("refused", "interlocked")]
        assert rig.ask("vault", ADA) == (SERVER_ROOM, Reason.INTERLOCKED)
        assert rig.released() == [FLOOR]
    finally:
        keeper.close()


def an_order(door: str, digit: str) -> CarryOut:
    now = int(time.time())
    return CarryOut(digit * 32, "grace", now + 240, HoldOpenUntil(door, now + 3600), by_officer=False)

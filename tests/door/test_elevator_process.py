"""A door process with an elevator beside a door: readers, relays, buttons, orders and fire, on a simulated board."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.audit.leaf import Leaf
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.database import open_writer
from doorctl.policy.rows import LockdownRow
from doorctl.wire.bell import CarriedOut, CarryOut, InForce
from doorctl.wire.orders import OpenNow
from tests.door.elevator_file import FIRST, FLOORS, GROUND, LIFT_BUILDING, LIFT_CONFIG, SECOND
from tests.door_rig import ADA, FLOOR, STRANGER, DoorRig
from tests.hardware.watcher import Watcher
from tests.keeper_bell import KeeperBell

CABIN = "vault"


class LiftRig(DoorRig):
    """A door process with a door and an elevator; Ada may go to the ground floor and the second."""

    def __init__(self, folder: Path, *, seconds: float = 60) -> None:
        super().__init__(folder, config=LIFT_CONFIG, unlock_seconds=seconds)
        self.watchers: list[Watcher] = []
        self.write_policy([*LIFT_BUILDING, *self.a_holder("ada", ADA, "ground", "second")])

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

    def enabled(self) -> list[str]:
        """The floors whose relay is released now."""
        return [floor for floor in FLOORS if self.strike_states(floor)[-1:] == ["released"]]

    def wait_until_enabled(self, *floors: str) -> None:
        """Wait until these floors are, and no other."""
        self.wait_for(lambda: self.enabled() == list(floors), what=f"enabled: {floors}")

    def only(self, kind: RecordKind) -> Leaf:
        """Wait for the record of a kind, and give it."""
        (record,) = self.wait_for(lambda: self.records(kind), what=kind)
        return record


@pytest.fixture
def lift(tmp_path: Path) -> Iterator[LiftRig]:
    rig = LiftRig(tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def hasty_lift(tmp_path: Path) -> Iterator[LiftRig]:
    rig = LiftRig(tmp_path, seconds=0.3)
    yield rig
    rig.close()


def test_a_swipe_in_the_cabin_enables_its_floors_and_no_door(lift: LiftRig) -> None:
    lift.start_online()
    lift.swipe(CABIN, ADA)
    lift.wait_until_enabled(GROUND, SECOND)

    decision, released = lift.only(RecordKind.DECISION), lift.only(RecordKind.RELEASED)
    assert (decision.door, decision.reader, decision.detail) == ("lift", CABIN, "floors=G,2")
    assert (released.detail, released.of) == ("floors=G,2", decision.seq)
    assert lift.strike_states(FLOOR) == []


def test_a_button_ends_the_other_floors_and_is_recorded(lift: LiftRig) -> None:
    lift.start_online()
    lift.swipe(CABIN, ADA)
    lift.wait_until_enabled(GROUND, SECOND)
    lift.set(f"{GROUND}.button", active=True)
    lift.wait_until_enabled(GROUND)

    chosen = lift.only(RecordKind.FLOOR_CHOSEN)
    assert (chosen.door, chosen.zone, chosen.of) == (GROUND, "ground", lift.only(RecordKind.DECISION).seq)


def test_the_floors_are_disabled_again_and_nobody_unknown_enables_one(hasty_lift: LiftRig) -> None:
    hasty_lift.start_online()
    hasty_lift.swipe(CABIN, ADA)
    relocked = hasty_lift.only(RecordKind.RELOCKED)
    hasty_lift.wait_until_enabled()
    hasty_lift.swipe(CABIN, STRANGER)
    denied = hasty_lift.wait_for_decisions(2)[1]

    assert (relocked.detail, denied.reason) == ("floors=G,2", Reason.UNKNOWN_CARD)
    assert hasty_lift.strike_states(SECOND) == ["released", "secured"]


def test_a_lockdown_of_one_floor_in_the_policy_disables_that_floor(lift: LiftRig) -> None:
    lift.start_online()
    lift.swipe(CABIN, ADA)
    lift.wait_until_enabled(GROUND, SECOND)
    connection = open_writer(lift.state / "policy-one.db")
    lift.change_policy(connection, [LockdownRow(scope="second")])
    connection.close()

    lift.wait_until_enabled(GROUND)


def test_fire_enables_every_floor_and_releases_every_door(lift: LiftRig) -> None:
    lift.start_online()
    lift.set("fire", active=True)
    lift.wait_until_enabled(*FLOORS)
    lift.wait_for(lambda: lift.strike_states(FLOOR) == ["released"], what="the door")
    lift.set("fire", active=False)

    lift.wait_until_enabled()


def test_the_keeper_hears_of_each_floor_as_a_door_and_orders_one(lift: LiftRig) -> None:
    keeper = KeeperBell(lift.run_dir)
    try:
        lift.start_online()
        told = lift.wait_for(lambda: keeper.take(InForce), what="what is in force")
        keeper.say(CarryOut("1" * 32, "grace", int(time.time()) + 240, OpenNow(FIRST), by_officer=False))
        carried = lift.wait_for(lambda: keeper.take(CarriedOut), what="what became of it")

        assert told.doors == (FLOOR, *FLOORS)
        assert carried.outcome == "done"
        lift.wait_until_enabled(FIRST)
    finally:
        keeper.close()


def test_a_door_process_that_ends_leaves_no_floor_enabled(lift: LiftRig) -> None:
    lift.start_online()
    lift.swipe(CABIN, ADA)
    lift.wait_until_enabled(GROUND, SECOND)

    assert lift.stop() == 0
    assert lift.enabled() == []


def test_a_door_process_that_is_killed_starts_with_every_floor_disabled(lift: LiftRig) -> None:
    lift.start_online()
    lift.swipe(CABIN, ADA)
    lift.wait_until_enabled(GROUND, SECOND)
    lift.kill()
    lift.start_online()

    first = {
        line["strike"]: line["state"] for line in lift.board_changes() if line.get("initial") and "strike" in line
    }
    assert {first[floor] for floor in FLOORS} == {"secured"}

"""A door process with a reader inside: who is inside is known over kill -9, a reset and a fire; nobody is kept in."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.core.areas import Passback
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.database import open_writer
from doorctl.policy.rows import PassbackResetRow, Row, ZoneOccupancyRow
from tests.door_rig import ADA, CONFIG, FLOOR, GRACE, DoorRig
from tests.hardware.watcher import Watcher

TWO_SIDED = (
    CONFIG[: CONFIG.index('[[door]]\nid = "server-room"')]
    .replace('readers = ["front"]', 'readers = ["front"]\nexit_readers = ["vault"]')
    .replace('socket = "run/board.sock"\n', 'socket = "run/board.sock"\nfire = {{ pin = 26, active = "high" }}\n')
)
HARD = ZoneOccupancyRow(FLOOR, passback=Passback.HARD, most=1)


class TwoSided(DoorRig):
    """A door with a reader outside and one inside; Ada and Grace may pass it, one at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, config=TWO_SIDED, unlock_seconds=5)
        self.watchers: list[Watcher] = []
        self.write_policy((*self.a_holder("ada", ADA, FLOOR), *self.a_holder("grace", GRACE, FLOOR), HARD))

    def close(self) -> None:
        """Leave nothing running or open."""
        super().close()
        for watcher in self.watchers:
            watcher.close()

    def set(self, name: str, *, active: bool) -> None:
        """Drive an input."""
        watcher = Watcher(self.run_dir / "board.sock")
        self.watchers.append(watcher)
        watcher.send(json.dumps({"input": name, "active": active}).encode() + b"\n")

    def ask(self, reader: str, card: str) -> Reason | None:
        """Present a card; give the reason of its decision."""
        before = self.count(RecordKind.DECISION)
        self.swipe(reader, card)
        return self.wait_for_decisions(before + 1)[before].reason

    def go(self, reader: str, card: str, kind: RecordKind) -> Reason | None:
        """Present a card and pass the door, until that is recorded."""
        reason = self.ask(reader, card)
        before, closed = self.count(kind), self.count(RecordKind.CLOSED)
        self.set(f"{FLOOR}.contact", active=True)
        self.wait_for(lambda: self.count(kind) > before, what=kind)
        self.set(f"{FLOOR}.contact", active=False)
        self.wait_for(lambda: self.count(RecordKind.CLOSED) > closed, what="the door closed")
        return reason

    def tell(self, rows: Sequence[Row]) -> None:
        """Have the policy say more."""
        before = self.count(RecordKind.POLICY_APPLIED)
        with closing(open_writer((self.state / "policy.db").resolve())) as connection:
            self.change_policy(connection, rows)
        self.wait_for(lambda: self.count(RecordKind.POLICY_APPLIED) > before, what="the policy")

    def kept(self) -> list[tuple[object, ...]]:
        """Return who is inside as the log remembers it."""
        with closing(sqlite3.connect(self.state / "audit.db")) as connection:
            rows = connection.execute("SELECT holder, zone, record FROM state_occupancy ORDER BY holder").fetchall()
        return [tuple(row) for row in rows]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[TwoSided]:
    rig = TwoSided(tmp_path)
    yield rig
    rig.close()


def test_who_is_inside_is_known_after_the_process_was_killed(rig: TwoSided) -> None:
    rig.start_online()
    entered = rig.go("front", ADA, RecordKind.ENTERED)
    (record,) = rig.records(RecordKind.ENTERED)
    rig.kill()
    rig.start_online()

    assert (entered, rig.kept()) == (Reason.GRANTED, [("ada", FLOOR, record.seq)])
    assert rig.ask("front", ADA) is Reason.PASSBACK
    assert rig.go("vault", ADA, RecordKind.LEFT) is Reason.GRANTED
    assert rig.kept()[0][:2] == ("ada", "")
    assert rig.go("front", GRACE, RecordKind.ENTERED) is Reason.GRANTED


def test_a_full_zone_takes_nobody_more(rig: TwoSided) -> None:
    rig.start_online()
    rig.go("front", ADA, RecordKind.ENTERED)

    assert rig.ask("front", GRACE) is Reason.ZONE_FULL


def test_nobody_is_kept_in_where_we_let_them_out(rig: TwoSided) -> None:
    rig.start_online()
    rig.go("front", ADA, RecordKind.ENTERED)
    rig.go("vault", ADA, RecordKind.LEFT)

    assert rig.go("vault", ADA, RecordKind.LEFT) is Reason.PASSBACK_NOTED


def test_a_reset_forgives_once_and_not_again_after_a_restart(rig: TwoSided) -> None:
    rig.start_online()
    rig.go("front", ADA, RecordKind.ENTERED)
    rig.tell([PassbackResetRow("ada", "*", 1_800_000_000)])
    rig.wait_for(lambda: rig.count(RecordKind.OCCUPANCY_RESET), what="the reset")
    again = rig.go("front", ADA, RecordKind.ENTERED)
    rig.kill()
    rig.start_online()

    assert (again, rig.ask("front", ADA)) == (Reason.GRANTED, Reason.PASSBACK)
    assert [it.detail for it in rig.records(RecordKind.OCCUPANCY_RESET)] == ["order: 1 forgotten"]


def test_a_fire_forgets_who_is_inside(rig: TwoSided) -> None:
    rig.start_online()
    rig.go("front", ADA, RecordKind.ENTERED)
    rig.set("fire", active=True)
    rig.wait_for(lambda: rig.count(RecordKind.OCCUPANCY_RESET), what="the reset")
    rig.set("fire", active=False)
    rig.wait_for(lambda: rig.count(RecordKind.FIRE) == 2, what="the end of the fire")

    assert rig.kept() == []
    assert rig.ask("front", ADA) is Reason.GRANTED

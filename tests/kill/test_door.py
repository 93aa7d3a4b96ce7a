"""`kill -9` of the door at any moment: each record whose strike moved is there, and the log holds together.

`pytest tests/kill -m long` kills it 300 times.
"""

import random
from pathlib import Path

import pytest

from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.keys.identity import load_signer, log_key_name
from tests.audit.logs import CONTROLLER, stored
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig
from tests.kill.releases import since_boot, without_a_grant
from tests.kill.victim import kill_at_random

DOORS = (("front", FLOOR), ("vault", SERVER_ROOM))
SWIPE_SECONDS = 0.03


class BusyDoor:
    """A door at whose two readers Ada's card is presented without end."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.rig = DoorRig(folder, unlock_seconds=0.01)
        self.rig.write_policy(self.rig.a_holder("ada", ADA, FLOOR, SERVER_ROOM))
        self._next_swipe_at = 0.0
        self._swipes = 0
        self._changes_before = 0

    def start(self) -> None:
        changes = self.rig.run_dir / "board.jsonl"
        self._changes_before = changes.stat().st_size if changes.exists() else 0
        self.rig.start()

    def works(self) -> bool:
        changes = self.rig.run_dir / "board.jsonl"
        return changes.exists() and b'"released"' in changes.read_bytes()[self._changes_before :]

    def keep_busy(self, now: float) -> None:
        if now >= self._next_swipe_at:
            self.rig.reader.swipe(DOORS[self._swipes % 2][0], ADA)
            self._swipes += 1
            self._next_swipe_at = now + SWIPE_SECONDS
        self.rig.reader.serve(now)

    def kill(self) -> None:
        self.rig.kill()

    def prove_that_it_works(self) -> None:
        """Start it once more, pass, and stop it in good order."""
        self.rig.reader.replug()  # what was presented before is forgotten
        before = len(self.releases(FLOOR))
        self.rig.start_online()
        self.rig.swipe("front", ADA)
        self.rig.wait_for(lambda: len(self.releases(FLOOR)) > before, what="a release after the last start")
        assert self.rig.stop() == 0

    def releases(self, door: str) -> list[float]:
        """Return when the strike was released, in seconds since boot."""
        ahead = since_boot()
        return [
            change["t"] + ahead
            for change in self.rig.board_changes()
            if change.get("strike") == door and change["state"] == "released"
        ]

    def grants(self, door: str) -> list[float]:
        """Return when granted decisions were drafted, in seconds since boot."""
        return [
            leaf.mono_ms / 1000
            for leaf in self.rig.records(RecordKind.DECISION)
            if leaf.door == door and leaf.outcome is Outcome.GRANTED
        ]


def test_a_release_without_a_grant_of_its_own_is_found() -> None:
    assert without_a_grant([2.0, 4.0, 6.0], [1.0, 5.0]) == [4.0]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [20, pytest.param(300, marks=pytest.mark.long)])
def test_a_door_killed_at_any_moment_loses_no_record_whose_strike_moved(
    tmp_path: Path, kills: int, chance: random.Random
) -> None:
    doors = [BusyDoor(tmp_path / str(number)) for number in range(4)]
    try:
        kill_at_random(doors, kills=kills, chance=chance)
        moved = 0
        for door in doors:
            for _, name in DOORS:
                moved += len(door.releases(name))
                assert without_a_grant(door.releases(name), door.grants(name)) == []
            door.prove_that_it_works()
            signer = load_signer(door.rig.state / "keys" / "log.pem", log_key_name(CONTROLLER))
            assert RecordKind.LOG_RECOVERED not in stored(door.rig.state / "audit.db", signer).kinds
    finally:
        for door in doors:
            door.rig.close()

    assert moved >= kills / 4

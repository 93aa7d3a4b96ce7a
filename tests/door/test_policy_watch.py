"""The watch over policy.db: each revision in force is recorded once, and so is that there is none."""

from pathlib import Path

import pytest

from doorctl.clock import WallClock
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.door.policy_watch import PolicyWatch
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rows import DoorRow, ZoneRow
from tests.door.hand_driven import HandDrivenDoorway, Notebook
from tests.policy.policies import ADA, BUILDING, change_policy, write_policy


class Watched:
    """A watch over one doorway's policy."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "one.db"
        self.link = folder / "policy.db"
        self.door = HandDrivenDoorway()
        self.notebook = Notebook()
        self.reader = PolicyReader(self.link)
        self._watch = PolicyWatch(self.reader, [self.door.doorway], self.notebook, WallClock().now)

    def look(self) -> list[str]:
        """Look three times; return what has been recorded of it so far."""
        for _ in range(3):
            self._watch.look()
        assert all(kind is RecordKind.POLICY_APPLIED for kind, _, _ in self.notebook.told)
        return [detail for _, _, detail in self.notebook.told]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    watched = Watched(tmp_path)
    write_policy(watched.file, [*BUILDING, *ADA])
    watched.link.symlink_to("one.db")
    return watched


def test_the_revision_in_force_is_recorded_once(watched: Watched) -> None:
    assert watched.look() == ["epoch=1 revision=1"]


def test_a_new_revision_is_recorded(watched: Watched) -> None:
    watched.look()
    change_policy(watched.file, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM)])

    assert watched.look() == ["epoch=1 revision=1", "epoch=1 revision=2"]


def test_that_there_is_no_policy_is_recorded_and_an_alarm(
    watched: Watched, capfd: pytest.CaptureFixture[str]
) -> None:
    watched.look()
    watched.link.unlink()

    assert watched.look() == ["epoch=1 revision=1", "none: every card is denied"]
    assert capfd.readouterr().err.count("event=policy_unavailable") == 1


def test_that_there_never_was_a_policy_is_recorded(watched: Watched) -> None:
    watched.link.unlink()

    assert watched.look() == ["none: every card is denied"]


def test_records_of_a_door_name_the_zone_that_the_policy_gives_it(watched: Watched) -> None:
    watched.look()
    before = watched.door.doorway.zone
    change_policy(watched.file, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM), DoorRow(id="front", zone="vault")])
    watched.look()

    assert (before, watched.door.doorway.zone) == ("floor-3", "vault")

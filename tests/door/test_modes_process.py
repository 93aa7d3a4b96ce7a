"""A door process with modes: an office that its keeper unlocks, also over a power cut, and what a policy locks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.modes import Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.rows import DoorModeRow, DoorOverrideRow, GroupRow, MemberRow
from tests.door_rig import ADA, FLOOR, GRACE, SERVER_ROOM, DoorRig

OFFICE = DoorModeRow(FLOOR, FLOOR, Mode.OFFICE, office_group="keepers")
UNLOCKED = DoorModeRow(FLOOR, FLOOR, Mode.UNLOCKED)
LOCKED = DoorOverrideRow(FLOOR, FLOOR, Mode.LOCKED)


class ModesRig(DoorRig):
    """A door process; Ada keeps the office behind the floor's door, where Grace may enter, too."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, unlock_seconds=0.3)
        self.people = (
            *self.a_holder("ada", ADA, FLOOR),
            *self.a_holder("grace", GRACE, FLOOR, SERVER_ROOM),
            GroupRow("keepers"),
            MemberRow("ada", "keepers"),
        )

    def ask(self, card: str) -> Reason | None:
        """Present a card; return what became of it."""
        before = self.count(RecordKind.DECISION)
        self.swipe("front", card)
        return self.wait_for_decisions(before + 1)[before].reason

    def modes(self) -> list[str]:
        """What the records of modes say."""
        return [record.detail for record in self.records(RecordKind.MODE)]

    def wait_for_mode(self, detail: str) -> None:
        """Wait until this mode is recorded last."""
        self.wait_for(lambda: self.modes()[-1:] == [detail], what=detail)

    def wait_until(self, *, released: bool) -> None:
        """Wait until the strike of the floor's door is so."""
        state = "released" if released else "secured"
        self.wait_for(lambda: self.strike_states(FLOOR)[-1:] == [state], what=state)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ModesRig]:
    rig = ModesRig(tmp_path)
    yield rig
    rig.close()


def test_an_office_stays_unlocked_over_a_power_cut_and_is_locked_by_coming_twice(rig: ModesRig) -> None:
    rig.write_policy([*rig.people, OFFICE])
    rig.start_online()
    rig.wait_for_mode("office by=usual")
    assert [rig.ask(ADA), rig.ask(ADA)] == [Reason.GRANTED] * 2
    rig.wait_for_mode("office unlocked by=usual")
    rig.kill()

    rig.start_online()
    rig.wait_until(released=True)
    assert len(rig.modes()) == 2
    assert [rig.ask(ADA), rig.ask(ADA)] == [Reason.GRANTED] * 2
    rig.wait_for_mode("office by=usual")
    rig.wait_until(released=False)


def test_who_is_no_keeper_any_more_finds_the_office_locked_after_a_power_cut(rig: ModesRig) -> None:
    rig.write_policy([*rig.people, OFFICE])
    rig.start_online()
    rig.wait_for_mode("office by=usual")
    assert [rig.ask(ADA), rig.ask(ADA)] == [Reason.GRANTED] * 2
    rig.wait_for_mode("office unlocked by=usual")
    rig.kill()
    before = len(rig.board_changes())
    rig.write_policy([*rig.people[:-1], OFFICE], name="policy-two.db")

    rig.start_online()
    rig.wait_for_mode("office by=usual")

    moves = [it for it in rig.board_changes()[before:] if it.get("strike") == FLOOR and not it.get("initial")]
    assert moves == []


def test_an_unlocked_door_is_released_at_every_start_until_another_policy_locks_it(rig: ModesRig) -> None:
    rig.write_policy([*rig.people, UNLOCKED])
    rig.start_online()
    rig.wait_until(released=True)
    rig.kill()

    rig.start_online()
    rig.wait_until(released=True)
    assert rig.modes() == ["unlocked unlocked by=usual"]
    rig.write_policy([*rig.people, UNLOCKED, LOCKED], name="policy-two.db")
    rig.wait_for_mode("locked by=command")
    rig.wait_until(released=False)
    assert rig.ask(GRACE) is Reason.DOOR_LOCKED

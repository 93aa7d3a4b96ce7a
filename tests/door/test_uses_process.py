"""A door process and a card for one use: the count is on disk with its record, so a kill gives no use back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.rows import CredentialLimitsRow, Row
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig


class LimitedRig(DoorRig):
    """A door process where Ada's card is for one use, at either door."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        key = self.card_keys.credential_key(ADA)
        limits: tuple[Row, ...] = (CredentialLimitsRow(key, "ada", "l1", since=0, uses=1),)
        self.write_policy([*self.a_holder("ada", ADA, FLOOR, SERVER_ROOM), *limits])

    def ask(self, reader: str) -> Reason | None:
        """Present the card; tell why it was let in or not."""
        before = self.count(RecordKind.DECISION)
        self.swipe(reader, ADA)
        return self.wait_for_decisions(before + 1)[before].reason


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LimitedRig]:
    rig = LimitedRig(tmp_path)
    yield rig
    rig.close()


def test_a_use_that_is_on_disk_counts_after_a_kill_at_every_door(rig: LimitedRig) -> None:
    rig.start_online()
    first = rig.ask("vault")
    rig.kill()

    rig.start_online()

    assert [first, rig.ask("vault"), rig.ask("front")] == [Reason.GRANTED, Reason.USES_SPENT, Reason.USES_SPENT]


def test_of_two_swipes_at_once_at_two_doors_with_one_use_left_one_is_let_in(rig: LimitedRig) -> None:
    rig.start_online()
    for reader in ("front", "vault"):
        rig.reader.swipe(reader, ADA)

    told = {it.reason for it in rig.wait_for_decisions(2)}

    assert told == {Reason.GRANTED, Reason.USES_SPENT}
    assert rig.count(RecordKind.RELEASED) <= 1

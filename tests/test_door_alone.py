"""The door without its neighbours: keeper and link never started, stopped cleanly or killed, with any leftovers.

Every kind of leftover is tried on the reader itself in ``tests/policy/test_reader.py``; here a few on a real process.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.door.watched_board import leave_by_rex, swipe_and_pass, swipe_until_granted
from tests.door_rig import ADA, FLOOR, STRANGER, DoorRig
from tests.policy.policies import kill_a_keeper_in_the_middle
from tests.policy.test_reader import Damage, no_shm, no_sidecars, no_wal, shm_of_garbage, wal_of_garbage

POLICY = "policy-one.db"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DoorRig]:
    rig = DoorRig(tmp_path)
    yield rig
    rig.close()


def write_adas_policy(rig: DoorRig, *, name: str = POLICY) -> None:
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR), name=name)


def assert_decides(rig: DoorRig) -> None:
    """Ada passes, a stranger does not, and both are recorded."""
    swipe_and_pass(rig, "front", ADA)
    rig.swipe("vault", STRANGER)
    rig.wait_for_decisions(2)

    reasons = [decision.reason for decision in rig.records(RecordKind.DECISION)]
    assert reasons == [Reason.GRANTED, Reason.UNKNOWN_CARD]


def assert_denies_for_want_of_a_policy(rig: DoorRig) -> None:
    """A card is denied and recorded, REX releases, and the technician is told."""
    rig.swipe("front", ADA)
    (decision,) = rig.wait_for_decisions(1)
    moved = rig.strike_states(FLOOR)
    leave_by_rex(rig)

    assert (decision.reason, decision.policy) == (Reason.NO_POLICY, None)
    assert moved == []
    assert "event=policy_unavailable" in rig.log()


def test_a_door_whose_keeper_never_started_denies_and_lets_out_until_a_policy_comes(rig: DoorRig) -> None:
    rig.start_online()
    assert_denies_for_want_of_a_policy(rig)
    write_adas_policy(rig)

    swipe_and_pass(rig, "front", ADA)


def test_a_door_whose_keeper_was_stopped_cleanly_decides(rig: DoorRig) -> None:
    write_adas_policy(rig)
    rig.start_online()

    assert_decides(rig)


def test_a_door_whose_keeper_was_killed_decides(rig: DoorRig) -> None:
    write_adas_policy(rig)
    kill_a_keeper_in_the_middle(rig.state / POLICY)
    rig.start_online()

    assert_decides(rig)


def test_a_door_whose_keeper_is_killed_beside_it_decides(rig: DoorRig) -> None:
    write_adas_policy(rig)
    rig.start_online()
    kill_a_keeper_in_the_middle(rig.state / POLICY)

    assert_decides(rig)


@pytest.mark.parametrize("damage", [no_wal, no_shm, no_sidecars, wal_of_garbage, shm_of_garbage])
def test_a_door_decides_whatever_a_killed_keeper_left_beside_the_policy(rig: DoorRig, damage: Damage) -> None:
    write_adas_policy(rig)
    kill_a_keeper_in_the_middle(rig.state / POLICY)
    damage(rig.state / POLICY)
    rig.start_online()

    assert_decides(rig)


def test_a_policy_that_is_a_text_file_denies_and_lets_out_until_it_is_right(rig: DoorRig) -> None:
    (rig.state / "policy.db").write_text("this is a text file\n" * 1000)
    rig.start_online()
    assert_denies_for_want_of_a_policy(rig)
    write_adas_policy(rig)

    swipe_and_pass(rig, "front", ADA)


def test_a_policy_that_becomes_a_text_file_beside_the_door_opens_nothing_and_ends_nothing(rig: DoorRig) -> None:
    write_adas_policy(rig)
    rig.start_online()
    (rig.state / POLICY).write_text("this is a text file\n" * 1000)
    rig.swipe("vault", ADA)
    rig.wait_for_decisions(1)
    leave_by_rex(rig)
    write_adas_policy(rig, name="policy-two.db")

    swipe_and_pass(rig, "front", ADA)


def test_a_door_without_its_card_keys_denies_and_lets_out_until_they_come(rig: DoorRig) -> None:
    write_adas_policy(rig)
    keys = rig.state / "card.keys"
    content = keys.read_bytes()
    keys.unlink()
    rig.start_online()
    rig.swipe("front", ADA)
    (decision,) = rig.wait_for_decisions(1)
    leave_by_rex(rig)
    keys.touch(mode=0o600)
    keys.write_bytes(content)

    assert decision.reason is Reason.UNKNOWN_CARD
    swipe_until_granted(rig, "front", ADA)

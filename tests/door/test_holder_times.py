"""Doors that wait longer for somebody: from the policy on disk to the strike, for them and whom they come with."""

from dataclasses import replace
from pathlib import Path

from doorctl.core.machines.door_events import ContactClosed
from doorctl.core.model import Credential, Holder, HolderTimes
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest
from doorctl.policy.rows import ErasureRow, HolderTimesRow
from tests.core import builders
from tests.door.hand_driven import ADMITTED, RELEASED, SECURED, HandDrivenDoorway
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, change_policy, edit, facts_of, write_policy

LONGER = HolderTimes(release_seconds=15, held_open_seconds=60)


def moves_after(door: HandDrivenDoorway, seconds: float) -> list[str]:
    """What the strike has done by then."""
    door.doorway.tick(door.now + seconds)
    return door.moves


def present_as(door: HandDrivenDoorway, holder: str, times: HolderTimes | None) -> None:
    """Have somebody present a card, and commit all that comes of it."""
    credential = Credential(builders.KEY, holder)
    door.facts = replace(door.facts, holder=Holder(holder), credential=credential, times=times)
    door.present()
    door.commit_all()


def test_the_strike_is_released_for_as_long_as_the_policy_says() -> None:
    door = HandDrivenDoorway(replace(ADMITTED, times=LONGER))
    door.doorway.take(ContactClosed(door.now))
    door.present()
    door.commit_all()

    assert moves_after(door, 14.9) == [RELEASED]
    assert moves_after(door, 15) == [RELEASED, SECURED]


def test_who_comes_in_together_is_waited_for_as_long_as_one_of_them_needs() -> None:
    door = HandDrivenDoorway(replace(ADMITTED, zone=replace(builders.FLOOR_3, persons=2)))
    present_as(door, "ada", LONGER)
    present_as(door, "grace", None)

    assert moves_after(door, 14.9) == [RELEASED]


def test_the_record_of_a_decision_tells_nothing_of_it() -> None:
    statements = []
    for times in (None, LONGER):
        door = HandDrivenDoorway(replace(ADMITTED, times=times))
        door.present()
        door.commit_all()
        statements.append([(it.kind, it.reason, it.detail) for it in door.statements])

    assert statements[0] == statements[1]
    assert RecordKind.RELEASED in [kind for kind, _, _ in statements[0]]


def test_a_policy_tells_it_of_whom_it_is_about_until_they_are_erased(tmp_path: Path) -> None:
    path, asked = tmp_path / "policy.db", AccessRequest("front", (KEY,), builders.NOON)
    write_policy(path, [*BUILDING, *ADA, ADAS_GRANT])
    before = facts_of(path, asked).times
    change_policy(path, [HolderTimesRow("ada", 15, 60)])
    then = facts_of(path, asked).times
    change_policy(path, [ErasureRow("ada")])
    erased = facts_of(path, asked).times
    edit(path, "DROP TABLE holder_times")

    assert [before, then, erased, facts_of(path, asked).times] == [None, LONGER, None, None]

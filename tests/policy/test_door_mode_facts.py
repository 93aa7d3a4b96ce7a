"""What a policy knows of the modes of doors, how that reaches a decision, and that what cannot be read locks."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Door
from doorctl.core.modes import BY_CARD, NOT_UNDERSTOOD, DoorModes, Mode, Override
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.database import open_reader
from doorctl.errors import Refused
from doorctl.policy.facts import FactsReader
from doorctl.policy.needs import needs_of, zones_of
from doorctl.policy.rows import (
    DoorModeRow,
    DoorOverrideRow,
    GroupRow,
    LockdownRow,
    MemberRow,
    ModeTime,
    Row,
    ScheduleRow,
)
from doorctl.wire.messages import Put, change_from
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, change_policy, edit, facts_of, write_policy
from tests.policy.test_facts import NOON

BY_ADA = AccessRequest("front", (KEY,), NOON)
TIMES = (ModeTime("night", Mode.LOCKED), ModeTime("night", Mode.OFFICE))
MODES = DoorModeRow("front", "floor-3", Mode.UNLOCKED, TIMES, "keepers")
OVERRIDE = DoorOverrideRow("front", "floor-3", Mode.LOCKED, valid_until=1_800_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows: tuple[Row, ...] = (*BUILDING, *ADA, ADAS_GRANT, ScheduleRow("night", ()), GroupRow("keepers"))
    write_policy(tmp_path / "policy.db", rows)
    return tmp_path / "policy.db"


def modes(path: Path) -> DoorModes:
    door = facts_of(path, BY_ADA).door
    assert door is not None
    return door.modes


def reason(path: Path) -> Reason:
    return decide(BY_ADA, facts_of(path, BY_ADA)).reason


def test_a_door_of_which_nothing_is_said_is_opened_by_cards(path: Path) -> None:
    assert modes(path) is BY_CARD


def test_a_door_is_read_with_its_modes_and_what_was_commanded(path: Path) -> None:
    change_policy(path, [MODES, OVERRIDE])

    assert modes(path) == DoorModes(
        Mode.UNLOCKED,
        (("night", Mode.LOCKED), ("night", Mode.OFFICE)),
        "keepers",
        Override(Mode.LOCKED, datetime.fromtimestamp(1_800_000_000, UTC)),
    )
    assert reason(path) is Reason.DOOR_LOCKED


def test_a_policy_of_before_there_were_modes_has_none(path: Path) -> None:
    edit(path, "DROP TABLE door_modes", "DROP TABLE door_overrides")

    assert reason(path) is Reason.GRANTED


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE door_modes SET mode = 'ajar'",
        "UPDATE door_modes SET times = '['",
        """UPDATE door_modes SET times = '[{"schedule":"night","mode":"ajar"}]'""",
        "UPDATE door_modes SET office_group = NULL",
        "UPDATE door_modes SET mode = 'first-person-in'",
        "UPDATE door_modes SET zone = 'pool'",
        "UPDATE door_overrides SET mode = 'ajar'",
        "UPDATE door_overrides SET mode = 'office'",
        "UPDATE door_overrides SET valid_until = -1",
        "UPDATE door_overrides SET zone = 'pool'",
    ],
)
def test_modes_that_are_damaged_or_of_another_zone_lock_the_door(path: Path, damage: str) -> None:
    change_policy(path, [MODES, msgspec.structs.replace(OVERRIDE, mode=Mode.UNLOCKED)])
    edit(path, "PRAGMA foreign_keys = OFF", damage)

    assert modes(path) == NOT_UNDERSTOOD
    assert reason(path) is Reason.DOOR_LOCKED


def test_only_a_member_of_the_office_group_may_toggle(path: Path) -> None:
    change_policy(path, [MODES])
    before = facts_of(path, BY_ADA).may_toggle
    change_policy(path, [MemberRow("ada", "keepers")])

    assert (before, facts_of(path, BY_ADA).may_toggle) == (False, True)


def test_a_door_knows_by_itself_what_is_so_for_everybody(path: Path) -> None:
    change_policy(path, [MODES, LockdownRow("*")])

    with closing(open_reader(path)) as connection:
        known = FactsReader(connection).building().places()["front"].facts

    assert known.door == Door("front", "floor-3", modes(path))
    assert known.zone is not None
    assert (known.locked_down, known.holder, known.credential, known.clock_trusted) == (True, None, None, False)
    assert set(known.schedules) == {"night"}


@pytest.mark.parametrize("row", [MODES, OVERRIDE])
def test_a_doorctl_that_does_not_know_modes_denies_in_the_zone_of_the_door(row: Row) -> None:
    assert (needs_of([Put(row)]), zones_of([Put(row)])) == (5, ("floor-3",))


@pytest.mark.parametrize(
    "row",
    [
        {"type": "door-mode", "door": "front", "zone": "floor-3", "mode": "first-person-in"},
        {"type": "door-mode", "door": "front", "zone": "floor-3", "mode": "office"},
        {
            "type": "door-mode",
            "door": "front",
            "zone": "floor-3",
            "times": [{"schedule": "night", "mode": "office"}],
        },
        {"type": "door-mode", "door": "front", "zone": "floor-3", "times": [{"schedule": "a", "mode": "card"}] * 9},
        {"type": "door-override", "door": "front", "zone": "floor-3", "mode": "office"},
        {"type": "door-override", "door": "front", "zone": "floor-3", "mode": "first-person-in"},
    ],
)
def test_modes_that_cannot_be_are_no_rows(row: dict[str, object]) -> None:
    change = {"revision": 1, "at": 0, "needs": 5, "operations": [{"op": "put", "row": row}]}

    with pytest.raises(Refused, match="malformed"):
        change_from(msgspec.Raw(msgspec.json.encode(change)))

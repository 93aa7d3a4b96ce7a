"""The policies that benchmarks write: real ones, in which every badge opens every door."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.controllers import a_controller, door_names
from benchmarks.many_credentials import card, write_many_credentials
from doorctl.core.decision import decide
from doorctl.core.request import AccessRequest
from doorctl.policy.reader import PolicyReader
from tests.door_folder import DoorFolder

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def controller(tmp_path: Path) -> DoorFolder:
    return a_controller(tmp_path, doors=2, unlock_seconds=1)


@pytest.fixture
def policy(controller: DoorFolder) -> Iterator[PolicyReader]:
    write_many_credentials(controller, 300, door_names(2))
    reader = PolicyReader(controller.state / "policy.db")
    yield reader
    reader.close()


def test_every_badge_is_granted_at_every_door_and_a_strange_one_at_none(
    controller: DoorFolder, policy: PolicyReader
) -> None:
    def is_granted(badge: int, door: str) -> bool:
        request = AccessRequest(door, (controller.card_keys.credential_key(card(badge)),), AT)
        return decide(request, replace(policy.facts(request)[0], clock_trusted=True)).is_granted

    assert all(is_granted(badge, door) for badge in range(300) for door in door_names(2))
    assert not is_granted(300, "door-1")


def test_the_policy_has_the_schema_of_every_other_and_no_broken_reference(
    controller: DoorFolder, policy: PolicyReader
) -> None:
    assert policy.building() is not None

    connection = sqlite3.connect(controller.state / "policy.db")
    indexes = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    assert {"credentials_by_holder", "members_by_group"} <= indexes
    assert broken == []

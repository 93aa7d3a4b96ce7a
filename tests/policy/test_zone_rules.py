"""What a policy of feature level 2 says of a zone, and how it reaches a decision."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.database import open_reader
from doorctl.policy.building import DoorPlace
from doorctl.policy.facts import FactsReader
from doorctl.policy.rows import (
    CardRingRow,
    CredentialRow,
    DoorRow,
    GroupRow,
    LockdownRow,
    MemberRow,
    Row,
    ZoneRow,
    ZoneRuleRow,
)
from tests.policy.policies import (
    ADA,
    ADAS_GRANT,
    BUILDING,
    KEY,
    OTHER_KEY,
    change_policy,
    edit,
    facts_of,
    write_policy,
)

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)
POOL: tuple[Row, ...] = (ZoneRow(id="pool", kind=ZoneKind.FLOOR), DoorRow(id="side", zone="pool"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.db"
    write_policy(path, [*BUILDING, *ADA, ADAS_GRANT, *POOL])
    return path


def reason(path: Path, request: AccessRequest) -> Reason:
    return decide(request, facts_of(path, request)).reason


def places(path: Path) -> dict[str, DoorPlace]:
    with closing(open_reader(path)) as connection:
        return FactsReader(connection).building().places()


def a_request(*keys: bytes, door: str = "front") -> AccessRequest:
    return AccessRequest(door, keys or (KEY,), NOON)


def test_a_zone_without_a_rule_asks_for_nothing_more(path: Path) -> None:
    assert reason(path, a_request()) is Reason.GRANTED
    assert places(path) == {"front": DoorPlace("floor-3"), "side": DoorPlace("pool")}


def test_a_policy_that_an_older_doorctl_has_made_has_no_rules_and_counts(path: Path) -> None:
    tables = ("zone_rules", "rosters", "lockdowns", "suspended_admins", "card_rings", "withheld_changes")
    edit(path, *(f"DROP TABLE {table}" for table in tables))

    assert reason(path, a_request()) is Reason.GRANTED


@pytest.mark.parametrize("scope", ["floor-3", "*"])
def test_a_lockdown_denies_in_its_zone(path: Path, scope: str) -> None:
    change_policy(path, [LockdownRow(scope=scope)])

    assert reason(path, a_request()) is Reason.LOCKDOWN
    assert places(path)["front"] == DoorPlace("floor-3", locked_down=True)
    assert places(path)["side"].locked_down is (scope == "*")


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ('["floor-3"]', Reason.NEEDS_UPGRADE),
        ('["*"]', Reason.NEEDS_UPGRADE),
        ("rubbish", Reason.NEEDS_UPGRADE),
        ('["pool"]', Reason.GRANTED),
        ("[]", Reason.GRANTED),
    ],
)
def test_a_change_that_is_kept_aside_denies_in_the_zones_it_names(path: Path, zones: str, expected: Reason) -> None:
    edit(path, f"INSERT INTO withheld_changes VALUES (9, 3, '{zones}', x'00')")

    assert reason(path, a_request()) is expected
    assert places(path)["front"].needs_upgrade is (expected is Reason.NEEDS_UPGRADE)


def test_a_rule_says_who_may_break_the_glass_and_how_long_a_clock_counts(path: Path) -> None:
    rescue = (GroupRow(id="rescue"), MemberRow(holder="ada", group="rescue"))
    change_policy(path, [*rescue, ZoneRuleRow(zone="floor-3", break_glass="rescue", grace_after_boot_seconds=60)])
    facts = facts_of(path, a_request())

    assert facts.zone is not None
    assert (facts.zone.break_glass, facts.zone.grace_after_boot_seconds) == ("rescue", 60)
    assert facts.may_break_glass


def test_who_is_not_of_the_group_may_not_break_the_glass(path: Path) -> None:
    change_policy(path, [GroupRow(id="rescue"), ZoneRuleRow(zone="floor-3", break_glass="rescue")])

    assert not facts_of(path, a_request()).may_break_glass
    assert not facts_of(path, a_request(OTHER_KEY)).may_break_glass


def test_a_card_is_looked_up_by_the_key_that_the_policy_names(path: Path) -> None:
    change_policy(path, [CredentialRow(key=OTHER_KEY, holder="ada"), CardRingRow(id="hq", keys=2)])

    assert reason(path, a_request(b"x" * 32, OTHER_KEY)) is Reason.GRANTED
    assert reason(path, a_request(KEY)) is Reason.UNKNOWN_CARD
    assert reason(path, a_request(KEY, b"x" * 32)) is Reason.UNKNOWN_CARD

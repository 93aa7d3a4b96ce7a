"""What a policy of feature level 2 says of a zone, and how it reaches a decision."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import AccessRequest, Facts, Weekday, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.database import open_reader
from doorctl.policy.building import DoorPlace
from doorctl.policy.facts import FactsReader
from doorctl.policy.rosters import RosterBook
from doorctl.policy.rows import (
    CardRingRow,
    CredentialRow,
    DoorRow,
    GrantRow,
    GroupRow,
    HolderRow,
    LockdownRow,
    MemberRow,
    RosterRow,
    Row,
    ScheduleRow,
    SiteRow,
    SuspendedAdminRow,
    WindowRow,
    ZoneRow,
    ZoneRuleRow,
)
from doorctl.wire.roster import RosterLine, card_mark
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, OTHER_KEY, change_policy, write_policy
from tests.policy.rosters import CLERK, GRACE, ZONE, a_roster, trust

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)
AT_THE_STRICT_DOOR = AccessRequest("front", (KEY,), NOON, strict_zone=ZONE)
POOL: tuple[Row, ...] = (ZoneRow(id="pool", kind=ZoneKind.FLOOR), DoorRow(id="side", zone="pool"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.db"
    write_policy(path, [*BUILDING, *ADA, ADAS_GRANT, *POOL])
    return path


def facts_of(path: Path, request: AccessRequest, *, rosters: RosterBook | None = None) -> Facts:
    with closing(open_reader(path)) as connection:
        facts, _ = FactsReader(connection, rosters=rosters).facts(request)
    return replace(facts, clock_trusted=True)


def reason(path: Path, request: AccessRequest, *, book: RosterBook | None = None) -> Reason:
    return decide(request, facts_of(path, request, rosters=book)).reason


def places(path: Path) -> dict[str, DoorPlace]:
    with closing(open_reader(path)) as connection:
        return FactsReader(connection).building().places()


def edit(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


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


# What somebody can do who holds the hub, or only an admin's or a clerk's key, at a door that is strict by its own
# configuration: none of it opens the door.


def a_book() -> RosterBook:
    book = RosterBook(signatures={ZONE: 1})
    book.believe(trust())
    return book


def attacked(path: Path, rows: Iterable[Row], *, keys: tuple[bytes, ...] = (OTHER_KEY,)) -> Reason:
    change_policy(path, rows)
    return reason(path, replace(AT_THE_STRICT_DOOR, credentials=keys), book=a_book())


ALAN: tuple[Row, ...] = (HolderRow(id="alan"), CredentialRow(key=OTHER_KEY, holder="alan"))


@pytest.fixture
def strict(path: Path) -> Path:
    change_policy(path, [ZoneRuleRow(zone=ZONE, strict=True), RosterRow(zone=ZONE, note=a_roster(version=5))])
    return path


def test_who_is_on_the_roster_passes_the_strict_door(strict: Path) -> None:
    assert reason(strict, AT_THE_STRICT_DOOR, book=a_book()) is Reason.GRANTED


def test_without_a_book_of_rosters_a_strict_door_stays_shut(strict: Path) -> None:
    assert reason(strict, AT_THE_STRICT_DOOR) is Reason.NO_ROSTER


def test_a_clerk_who_adds_a_card_to_somebody_on_the_roster_does_not_open_a_strict_door(strict: Path) -> None:
    assert attacked(strict, [CredentialRow(key=OTHER_KEY, holder="ada")]) is Reason.NOT_ON_ROSTER


def test_a_hub_that_gives_the_card_of_one_on_the_roster_to_another_does_not_open_a_strict_door(strict: Path) -> None:
    grant = GrantRow(id="g2", zone=ZONE, holder="alan")
    rows = [*ALAN, CredentialRow(key=KEY, holder="alan"), grant]

    assert attacked(strict, rows, keys=(KEY,)) is Reason.NOT_ON_ROSTER


def test_a_changed_group_does_not_open_a_strict_door(strict: Path) -> None:
    team = (
        GroupRow(id="team"),
        MemberRow(holder="alan", group="team"),
        GrantRow(id="g3", zone=ZONE, group="team"),
    )

    assert attacked(strict, [*ALAN, *team]) is Reason.NOT_ON_ROSTER


def test_a_moved_door_does_not_open(strict: Path) -> None:
    rows = [*ALAN, DoorRow(id="front", zone="pool"), GrantRow(id="g4", zone="pool", holder="alan")]

    assert attacked(strict, rows) is Reason.NOT_THE_STRICT_ZONE


def test_a_zone_that_is_no_longer_called_strict_does_not_open_a_strict_door(strict: Path) -> None:
    grant = GrantRow(id="g5", zone=ZONE, holder="alan")

    assert attacked(strict, [*ALAN, grant, ZoneRuleRow(zone=ZONE)]) is Reason.NOT_ON_ROSTER


def test_a_forged_roster_does_not_open_a_strict_door(strict: Path) -> None:
    forged = a_roster(version=6, by=[CLERK])

    assert attacked(strict, [RosterRow(zone=ZONE, note=forged)], keys=(KEY,)) is Reason.NO_ROSTER


def test_a_widened_schedule_does_not_open_a_strict_door(path: Path) -> None:
    line = RosterLine("ada", card_mark(KEY), "office")
    never = ScheduleRow(id="office", windows=())
    note = a_roster(line, version=5, schedules=(never,))
    change_policy(path, [ZoneRuleRow(zone=ZONE, strict=True), RosterRow(zone=ZONE, note=note)])
    always = ScheduleRow(id="office", windows=(WindowRow(tuple(Weekday), "00:00", "24:00"),))

    assert attacked(path, [always], keys=(KEY,)) is Reason.ROSTER_OUTSIDE_SCHEDULE


def test_a_site_that_is_moved_to_another_clock_does_not_open_a_strict_door(path: Path) -> None:
    line = RosterLine("ada", card_mark(KEY), "nights")
    nights = ScheduleRow(id="nights", windows=(WindowRow(tuple(Weekday), "22:00", "06:00"),))
    note = a_roster(line, version=5, schedules=(nights,), timezone="Europe/Paris")
    change_policy(path, [ZoneRuleRow(zone=ZONE, strict=True), RosterRow(zone=ZONE, note=note)])

    honolulu = SiteRow(id="hq", timezone="Pacific/Honolulu")
    assert attacked(path, [honolulu], keys=(KEY,)) is Reason.ROSTER_OUTSIDE_SCHEDULE


def test_an_older_roster_does_not_open_a_strict_door(strict: Path) -> None:
    book = a_book()
    before = reason(strict, AT_THE_STRICT_DOOR, book=book)
    change_policy(strict, [RosterRow(zone=ZONE, note=a_roster(version=4))])

    assert (before, reason(strict, AT_THE_STRICT_DOOR, book=book)) == (Reason.GRANTED, Reason.NO_ROSTER)


def test_the_roster_of_another_zone_does_not_open_a_strict_door(strict: Path) -> None:
    foreign = a_roster(version=6, zone="pool", by=[GRACE])

    assert attacked(strict, [RosterRow(zone=ZONE, note=foreign)], keys=(KEY,)) is Reason.NO_ROSTER


def test_a_suspended_officer_s_roster_does_not_open_a_strict_door(strict: Path) -> None:
    assert attacked(strict, [SuspendedAdminRow(id="grace")], keys=(KEY,)) is Reason.NO_ROSTER

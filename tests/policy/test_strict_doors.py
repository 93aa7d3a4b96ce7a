"""Who holds the hub, or an admin's or a clerk's key, opens no door that is strict by its own configuration."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Weekday, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.policy.rosters import RosterBook
from doorctl.policy.rows import (
    CredentialRow,
    DoorRow,
    GrantRow,
    GroupRow,
    HolderRow,
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
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, OTHER_KEY, change_policy, facts_of, write_policy
from tests.policy.rosters import CLERK, GRACE, ZONE, a_roster, trust

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)
AT_THE_STRICT_DOOR = AccessRequest("front", (KEY,), NOON, strict_zone=ZONE)
ALAN: tuple[Row, ...] = (HolderRow(id="alan"), CredentialRow(key=OTHER_KEY, holder="alan"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A policy that leads the strict door into its zone, and has no roster yet."""
    path = tmp_path / "policy.db"
    write_policy(path, [*BUILDING, *ADA, ADAS_GRANT, ZoneRow(id="pool", kind=ZoneKind.FLOOR)])
    return path


@pytest.fixture
def strict(path: Path) -> Path:
    """The same with a roster, by which Ada may enter."""
    change_policy(path, [ZoneRuleRow(zone=ZONE, strict=True), RosterRow(zone=ZONE, note=a_roster(version=5))])
    return path


def a_book() -> RosterBook:
    book = RosterBook(signatures={ZONE: 1})
    book.believe(trust())
    return book


def reason(path: Path, request: AccessRequest = AT_THE_STRICT_DOOR, *, book: RosterBook | None = None) -> Reason:
    return decide(request, facts_of(path, request, rosters=book)).reason


def attacked(path: Path, rows: Iterable[Row], *, keys: tuple[bytes, ...] = (OTHER_KEY,)) -> Reason:
    change_policy(path, rows)
    return reason(path, replace(AT_THE_STRICT_DOOR, credentials=keys), book=a_book())


def test_who_is_on_the_roster_passes_the_strict_door(strict: Path) -> None:
    assert reason(strict, book=a_book()) is Reason.GRANTED


def test_without_a_book_of_rosters_a_strict_door_stays_shut(strict: Path) -> None:
    assert reason(strict) is Reason.NO_ROSTER


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
    before = reason(strict, book=book)
    change_policy(strict, [RosterRow(zone=ZONE, note=a_roster(version=4))])

    assert (before, reason(strict, book=book)) == (Reason.GRANTED, Reason.NO_ROSTER)


def test_the_roster_of_another_zone_does_not_open_a_strict_door(strict: Path) -> None:
    foreign = a_roster(version=6, zone="pool", by=[GRACE])

    assert attacked(strict, [RosterRow(zone=ZONE, note=foreign)], keys=(KEY,)) is Reason.NO_ROSTER


def test_a_suspended_officer_s_roster_does_not_open_a_strict_door(strict: Path) -> None:
    assert attacked(strict, [SuspendedAdminRow(id="grace")], keys=(KEY,)) is Reason.NO_ROSTER

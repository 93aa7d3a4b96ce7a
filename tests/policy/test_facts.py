"""The facts of one decision: what the rows say, and that what cannot be read denies no more than itself."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Door, HolidayRule, OnAuditFailure, Status, Weekday, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Decision
from doorctl.database import open_reader
from doorctl.errors import PolicyUnavailable
from doorctl.policy.facts import FactsReader
from doorctl.policy.rows import (
    CredentialRow,
    DoorRow,
    GrantRow,
    GroupRow,
    HolderRow,
    HolidayRow,
    MemberRow,
    Row,
    ScheduleRow,
    WindowRow,
    ZoneRow,
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

NOON = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
"""A Wednesday, noon in Paris."""
WORKDAYS = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)
OFFICE = ScheduleRow(id="office", windows=(WindowRow(days=WORKDAYS, start="11:30", end="12:30"),))


def decided(path: Path, *, key: bytes | None = KEY, door: str = "front", at: datetime = NOON) -> Decision:
    request = AccessRequest(door, () if key is None else (key,), at)
    return decide(request, facts_of(path, request))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.db"
    write_policy(path, [*BUILDING, *ADA])
    return path


def test_facts_are_the_rows_of_the_request(path: Path) -> None:
    change_policy(path, [ADAS_GRANT])
    with closing(open_reader(path)) as connection:
        facts, position = FactsReader(connection).facts(AccessRequest("front", (KEY,), NOON))

    assert facts.door == Door("front", "floor-3")
    assert facts.credential is not None
    assert facts.holder is not None
    assert (facts.credential.holder, facts.holder.id) == ("ada", "ada")
    assert [grant.id for grant in facts.grants] == ["g1"]
    assert facts.timezone == ZoneInfo("Europe/Paris")
    assert (position.epoch, position.revision) == (1, 2)


def test_a_grant_to_the_holder_admits(path: Path) -> None:
    change_policy(path, [ADAS_GRANT])

    assert decided(path).is_granted


def test_a_grant_to_a_group_admits_its_members_alone(path: Path) -> None:
    grace = (HolderRow(id="grace"), CredentialRow(key=OTHER_KEY, holder="grace"))
    staff = (GroupRow(id="staff"), MemberRow(holder="ada", group="staff"))
    change_policy(path, [*grace, *staff, GrantRow(id="g2", zone="floor-3", group="staff")])

    assert decided(path).is_granted
    assert decided(path, key=OTHER_KEY).reason is Reason.NO_GRANT


def test_only_grants_to_the_zone_of_the_door_are_read(path: Path) -> None:
    vault = ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM)
    staff = (GroupRow(id="staff"), MemberRow(holder="ada", group="staff"))
    elsewhere = (GrantRow(id="g2", zone="vault", holder="ada"), GrantRow(id="g3", zone="vault", group="staff"))
    change_policy(path, [vault, *staff, ADAS_GRANT, *elsewhere])
    facts = facts_of(path, AccessRequest("front", (KEY,), NOON))

    assert [grant.id for grant in facts.grants] == ["g1"]


def test_a_grant_to_another_zone_does_not_admit(path: Path) -> None:
    change_policy(
        path, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM), GrantRow(id="g1", zone="vault", holder="ada")]
    )

    assert decided(path).reason is Reason.NO_GRANT


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([CredentialRow(key=KEY, holder="ada", status=Status.LOST)], Reason.CREDENTIAL_LOST),
        ([CredentialRow(key=KEY, holder="ada", status=Status.SUSPENDED)], Reason.CREDENTIAL_SUSPENDED),
        ([CredentialRow(key=KEY, holder="ada", valid_until=1_000_000_000)], Reason.CREDENTIAL_EXPIRED),
        ([CredentialRow(key=KEY, holder="ada", valid_from=4_000_000_000)], Reason.CREDENTIAL_NOT_YET_VALID),
        ([HolderRow(id="ada", status=Status.SUSPENDED)], Reason.HOLDER_SUSPENDED),
        ([HolderRow(id="ada", valid_until=1_000_000_000)], Reason.HOLDER_EXPIRED),
        ([GrantRow(id="g1", zone="floor-3", holder="ada", valid_until=1_000_000_000)], Reason.GRANT_EXPIRED),
        ([GrantRow(id="g1", zone="floor-3", holder="ada", valid_from=4_000_000_000)], Reason.GRANT_NOT_YET_VALID),
    ],
)
def test_status_and_validity_deny(path: Path, rows: list[Row], reason: Reason) -> None:
    change_policy(path, [ADAS_GRANT, *rows])

    assert decided(path).reason is reason


def test_a_validity_ends_in_its_very_second(path: Path) -> None:
    until = int(NOON.timestamp())
    change_policy(path, [GrantRow(id="g1", zone="floor-3", holder="ada", valid_until=until)])

    assert decided(path, at=datetime.fromtimestamp(until - 1, UTC)).is_granted
    assert not decided(path, at=NOON).is_granted


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOON, Reason.GRANTED),
        (NOON.replace(hour=9, minute=29), Reason.OUTSIDE_SCHEDULE),
        (NOON.replace(hour=10, minute=30), Reason.OUTSIDE_SCHEDULE),
        (NOON.replace(day=6), Reason.OUTSIDE_SCHEDULE),
        (NOON.replace(month=12, day=2), Reason.OUTSIDE_SCHEDULE),
        (NOON.replace(month=12, day=2, hour=11), Reason.GRANTED),
    ],
)
def test_a_schedule_follows_the_wall_clock_of_the_site(path: Path, at: datetime, reason: Reason) -> None:
    change_policy(path, [OFFICE, GrantRow(id="g1", zone="floor-3", holder="ada", schedule="office")])

    assert decided(path, at=at).reason is reason


@pytest.mark.parametrize(
    ("rule", "reason"), [(HolidayRule.REPLACE, Reason.OUTSIDE_SCHEDULE), (HolidayRule.IGNORE, Reason.GRANTED)]
)
def test_a_holiday_closes_schedules_that_heed_it(path: Path, rule: HolidayRule, reason: Reason) -> None:
    schedule = ScheduleRow(id="office", windows=OFFICE.windows, holidays=rule)
    grant = GrantRow(id="g1", zone="floor-3", holder="ada", schedule="office")
    change_policy(path, [schedule, HolidayRow(date=date(2026, 6, 3).isoformat()), grant])

    assert decided(path).reason is reason


def test_a_zone_says_what_happens_without_a_record(path: Path) -> None:
    change_policy(path, [ZoneRow(id="floor-3", kind=ZoneKind.FLOOR, on_audit_failure=OnAuditFailure.RELEASE)])
    facts = facts_of(path, AccessRequest("front", (KEY,), NOON))

    assert facts.zone is not None
    assert facts.zone.on_audit_failure is OnAuditFailure.RELEASE


@pytest.mark.parametrize(
    ("key", "door", "reason"),
    [
        (OTHER_KEY, "front", Reason.UNKNOWN_CARD),
        (None, "front", Reason.UNKNOWN_CARD),
        (KEY, "back", Reason.UNKNOWN_DOOR),
    ],
)
def test_what_is_unknown_denies(path: Path, key: bytes | None, door: str, reason: Reason) -> None:
    change_policy(path, [ADAS_GRANT])

    assert decided(path, key=key, door=door).reason is reason


def test_a_change_is_seen_at_the_next_question(path: Path) -> None:
    request = AccessRequest("front", (KEY,), NOON)
    with closing(open_reader(path)) as connection:
        reader = FactsReader(connection)
        before = decide(request, reader.facts(request)[0])
        change_policy(path, [ADAS_GRANT, ZoneRow(id="floor-3", kind=ZoneKind.FLOOR, max_age_seconds=60)])
        facts, position = reader.facts(request)

    assert not before.is_granted
    assert decide(request, replace(facts, policy_age_seconds=0)).is_granted
    assert facts.zone is not None
    assert facts.zone.max_age_seconds == 60
    assert position.revision == 2


def test_what_a_group_may_no_longer_is_seen_at_the_next_question(path: Path) -> None:
    by_group = GrantRow(id="g1", zone="floor-3", group="staff")
    change_policy(path, [GroupRow(id="staff"), MemberRow(holder="ada", group="staff"), by_group])
    request = AccessRequest("front", (KEY,), NOON)
    with closing(open_reader(path)) as connection:
        reader = FactsReader(connection)
        before = decide(request, reader.facts(request)[0])
        change_policy(path, [GrantRow(id="g1", zone="floor-3", group="staff", valid_until=1)])
        after = decide(request, replace(reader.facts(request)[0], clock_trusted=True))

    assert (before.is_granted, after.reason) == (True, Reason.GRANT_EXPIRED)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE zones SET kind = 'submarine' WHERE id = 'floor-3'", Reason.UNKNOWN_ZONE),
        ("UPDATE zones SET on_audit_failure = 'maybe' WHERE id = 'floor-3'", Reason.UNKNOWN_ZONE),
        ("UPDATE schedules SET windows = 'rubbish'", Reason.UNKNOWN_SCHEDULE),
        ("UPDATE schedules SET holidays = 'sometimes'", Reason.UNKNOWN_SCHEDULE),
        ("UPDATE credentials SET status = 'borrowed'", Reason.CREDENTIAL_SUSPENDED),
        ("UPDATE holders SET status = 'on leave'", Reason.HOLDER_SUSPENDED),
    ],
)
def test_a_word_that_is_new_to_us_denies_where_it_counts(path: Path, statement: str, reason: Reason) -> None:
    change_policy(path, [OFFICE, GrantRow(id="g1", zone="floor-3", holder="ada", schedule="office")])
    edit(path, statement)

    assert decided(path).reason is reason


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE zones SET kind = 'submarine' WHERE id = 'pool'",
        'UPDATE schedules SET windows = \'[{"days": ["someday"], "start": "9", "end": "9"}]\' WHERE id = \'office\'',
    ],
)
def test_a_word_that_is_new_to_us_denies_nobody_else(path: Path, statement: str) -> None:
    change_policy(
        path, [ADAS_GRANT, OFFICE, ZoneRow(id="pool", kind=ZoneKind.FLOOR), DoorRow(id="side", zone="pool")]
    )
    edit(path, statement)

    assert decided(path).is_granted


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM position",
        "DROP TABLE position",
        "DROP TABLE grants",
        "UPDATE sites SET timezone = 'Moon/Crater'",
        "UPDATE sites SET timezone = '../../etc/passwd'",
        "UPDATE holders SET valid_until = 9223372036854775807",
        "UPDATE holders SET valid_from = -9223372036854775808",
    ],
)
def test_a_policy_that_cannot_be_right_is_unavailable(path: Path, statement: str) -> None:
    change_policy(path, [ADAS_GRANT])
    edit(path, statement)

    with pytest.raises(PolicyUnavailable):
        decided(path)

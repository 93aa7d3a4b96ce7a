"""Who may give which command, by role and by zone."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.model import Status, Weekday, ZoneKind
from doorctl.core.modes import Mode
from doorctl.errors import Refused
from doorctl.hub.rights import area_reach, reach
from doorctl.hub.rights.roles import RIGHTS, check_allowed, is_reduction, word_of
from doorctl.hub.site_db import close_site, open_site
from doorctl.policy.rows import ScheduleRow, WindowRow
from doorctl.trust.note import AdminKeys, Role
from doorctl.wire.commands import (
    CardAdd,
    CardEdit,
    CardLimit,
    CardReplace,
    CardSet,
    Command,
    DoorRemove,
    DoorSet,
    GrantAdd,
    GroupJoin,
    GroupLeave,
    HolidayAdd,
    HolidayRemove,
    PersonAdd,
    PersonEdit,
    PersonSet,
    Revoke,
    ScheduleRemove,
    ScheduleSet,
    Verb,
    ZoneRemove,
    ZoneSet,
)
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.orders import NO_LONGER
from doorctl.wire.questions import SitePage, StatusOf
from doorctl.wire.rights import AdminSuspend, HoldOpen, Lockdown, LockdownEnd, OpenDoor, ZoneRuleSet
from doorctl.wire.verb import VerbStruct
from tests.note_samples_2 import VERBS_2
from tests.note_samples_3 import VERBS_3
from tests.note_samples_4 import VERBS_4
from tests.note_samples_5 import VERBS_5
from tests.policy.rosters import a_roster

ROOT = Path(__file__).resolve().parents[3]
ROWS = """
INSERT INTO zones VALUES ('floor-1', 'floor', 'deny', NULL), ('vault', 'server-room', 'deny', NULL);
INSERT INTO zones VALUES ('safe', 'server-room', 'deny', NULL);
INSERT INTO doors VALUES ('door-1', 'floor-1'), ('vault-door', 'vault'), ('safe-door', 'safe');
INSERT INTO holders (id, status) VALUES ('h1', 'active'), ('h2', 'active');
INSERT INTO groups VALUES ('staff'), ('guards'), ('nobody');
INSERT INTO members VALUES ('h1', 'staff');
INSERT INTO grants VALUES ('g1', 'floor-1', NULL, 'staff', NULL, NULL, NULL);
INSERT INTO zone_rules VALUES ('vault', 1, 1, 'guards', 0, NULL), ('safe', 2, 0, NULL, 0, NULL);
INSERT INTO schedules VALUES ('nights', '[{"days":["mon"],"start":"22:00","end":"06:00"}]', 'replace');
INSERT INTO schedules VALUES ('feasts', '[{"days":["holiday"],"start":"08:00","end":"09:00"}]', 'replace');
INSERT INTO schedules VALUES ('always', '[{"days":["holiday"],"start":"08:00","end":"09:00"}]', 'ignore');
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A site that every test only reads."""
    connection = open_site(tmp_path_factory.mktemp("site") / "site.db", site="hq")
    connection.executescript(ROWS)
    yield connection
    close_site(connection)


SAMPLES = {
    word_of(do): do
    for do in (
        *VERBS_2,
        *VERBS_3,
        *VERBS_4,
        *VERBS_5,
        *(PersonSet("h9", status) for status in Status),
        *(CardSet(status) for status in Status),
        HoldOpen("door-1", NO_LONGER),
        *(PersonEdit("h9", Status.ACTIVE), CardEdit(Status.ACTIVE), CardLimit(), SitePage("people")),
    )
}
_ROW = re.compile(r"^\| `([a-z -]+)` \| ([a-z, ]+) \| ([a-z' ]*) \| ([a-z]+)(, admits)? \|$", re.MULTILINE)
DOCUMENTED = {
    word: (frozenset(roles.split(", ")), zones.strip(), effect, bool(admits))
    for word, roles, zones, effect, admits in _ROW.findall(
        (ROOT / "docs/security.md").read_text().partition("## Roles")[2].partition("\n## ")[0]
    )
}
REACHES = {
    reach.nowhere: "",
    reach.whole_site: "all",
    reach.of_zone: "its own",
    reach.of_zones: "its own",
    reach.of_review: "its review's",
    reach.of_door: "its door's",
    reach.of_group: "its group's",
    reach.of_holder: "its person's",
    reach.of_sponsor: "its person's guests'",
    area_reach.of_forgotten: "its own or its person's",
}


def an_admin(*roles: str, zones: tuple[str, ...] | None = None) -> AdminKeys:
    return AdminKeys("ada", bytes(32), bytes(32), roles=roles, zones=zones)


def may(admin: AdminKeys, do: VerbStruct, connection: sqlite3.Connection) -> bool:
    try:
        check_allowed(admin, do, connection)
    except Refused as refusal:
        if refusal.refusal != "not-allowed":
            raise
        return False
    return True


def test_every_verb_stands_in_the_table_and_no_other() -> None:
    verbs = {str(verb.__struct_config__.tag) for verb in Command.__annotations__["do"].__args__}

    assert {word.partition(" ")[0] for word in RIGHTS} == verbs


def test_the_table_is_the_documented_one() -> None:
    table = {
        word: (right.roles, REACHES[right.reach], str(right.effect), right.admits) for word, right in RIGHTS.items()
    }

    assert table == DOCUMENTED


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("word", sorted(DOCUMENTED))
def test_a_role_may_what_the_documented_table_says_and_nothing_else(
    connection: sqlite3.Connection, word: str, role: Role
) -> None:
    assert may(an_admin(role), SAMPLES[word], connection) is (role in DOCUMENTED[word][0])


def test_what_does_not_stand_in_the_table_nobody_may_give(connection: sqlite3.Connection) -> None:
    class Unheard(VerbStruct, frozen=True, tag="unheard"):
        """A verb that somebody forgot to put into the table."""

    assert not may(an_admin(*Role), Unheard(), connection)


def test_a_role_that_nobody_knows_gives_nothing(connection: sqlite3.Connection) -> None:
    assert not may(an_admin("emperor"), StatusOf(), connection)


@pytest.mark.parametrize(
    ("do", "zones", "allowed"),
    [
        (GrantAdd("g9", "floor-1", holder="h1"), ("floor-1",), True),
        (GrantAdd("g9", "floor-1", holder="h1"), ("floor-2",), False),
        (GrantAdd("g9", "floor-1", holder="h1"), (), False),
        (Revoke("floor-1", holder="h1"), ("floor-2",), False),
        (GroupJoin("staff", "h2"), ("floor-1",), True),
        (GroupJoin("staff", "h2"), ("floor-2",), False),
        (GroupJoin("nobody", "h2"), ("floor-2",), True),
        (GroupLeave("staff", "h1"), ("floor-2",), False),
        (PersonAdd("h9"), ("floor-2",), True),
        (CardAdd("h1"), ("floor-1",), True),
        (CardAdd("h1"), ("floor-2",), False),
        (CardAdd("h2"), ("floor-2",), True),
        (CardReplace("h1"), ("floor-1",), True),
        (CardReplace("h1"), ("floor-2",), False),
        (PersonSet("h1", Status.ACTIVE), ("floor-2",), False),
        (PersonSet("h1", Status.SUSPENDED), ("floor-2",), True),
        (CardSet(Status.LOST), ("floor-2",), True),
        (CardSet(Status.ACTIVE), ("floor-1",), False),
        (ZoneSet("floor-1", ZoneKind.FLOOR), ("floor-1",), False),
        (OpenDoor("door-1"), ("floor-1",), True),
        (OpenDoor("door-1"), ("floor-2",), False),
        (DoorModeSet("door-1", Mode.UNLOCKED), ("floor-1",), True),
        (DoorModeSet("door-1", Mode.UNLOCKED), ("floor-2",), False),
        (DoorOverrideSet("door-1", Mode.LOCKED), ("floor-2",), False),
        (DoorOverrideEnd("door-1"), ("floor-2",), False),
    ],
)
def test_an_admin_limited_to_zones_may_do_what_is_about_them_alone(
    connection: sqlite3.Connection, do: Verb, zones: tuple[str, ...], allowed: bool
) -> None:
    assert may(an_admin(Role.ADMIN), do, connection)
    assert may(an_admin(Role.ADMIN, zones=zones), do, connection) is allowed


def test_another_role_of_a_limited_admin_is_not_limited(connection: sqlite3.Connection) -> None:
    assert may(an_admin(Role.ADMIN, Role.CLERK, zones=("floor-2",)), CardAdd("h1"), connection)


@pytest.mark.parametrize(
    "do",
    [
        GrantAdd("g9", "vault", holder="h1"),
        GroupJoin("guards", "h1"),
        OpenDoor("vault-door"),
        DoorModeSet("vault-door"),
        DoorOverrideSet("vault-door", Mode.CARD),
        DoorOverrideEnd("vault-door"),
    ],
)
def test_only_an_officer_lets_somebody_into_a_strict_zone(connection: sqlite3.Connection, do: Verb) -> None:
    others = [role for role in Role if role is not Role.OFFICER]

    assert not may(an_admin(*others), do, connection)
    assert may(an_admin(Role.OFFICER), do, connection)


@pytest.mark.parametrize(
    "do",
    [
        ZoneSet("vault", ZoneKind.FLOOR),
        ZoneRemove("vault"),
        DoorSet("vault-door", "vault"),
        DoorSet("new-door", "vault"),
        DoorRemove("vault-door"),
    ],
)
def test_only_an_officer_changes_what_a_strict_zone_is(connection: sqlite3.Connection, do: Verb) -> None:
    assert not may(an_admin(*(role for role in Role if role is not Role.OFFICER)), do, connection)
    assert may(an_admin(Role.OFFICER), do, connection)


def test_moving_a_strict_zone_s_door_elsewhere_takes_who_is_officer_and_admin(connection: sqlite3.Connection) -> None:
    do = DoorSet("vault-door", "floor-1")

    assert [may(an_admin(*roles), do, connection) for roles in ((Role.ADMIN,), (Role.OFFICER,))] == [False, False]
    assert may(an_admin(Role.ADMIN, Role.OFFICER), do, connection)


@pytest.mark.parametrize(
    ("schedule", "do", "guarded"),
    [
        ("nights", ScheduleSet("nights", ()), True),
        ("nights", ScheduleRemove("nights"), True),
        ("nights", ScheduleSet("feasts", ()), False),
        ("nights", HolidayAdd("2027-01-15"), False),
        ("nights", HolidayRemove("2027-01-15"), True),
        ("feasts", HolidayAdd("2027-01-15"), True),
        ("feasts", HolidayRemove("2027-01-15"), True),
        ("always", HolidayAdd("2027-01-15"), False),
        ("always", HolidayRemove("2027-01-15"), False),
    ],
)
def test_only_an_officer_changes_when_a_strict_zone_opens(
    connection: sqlite3.Connection, schedule: str, do: Verb, guarded: bool
) -> None:
    connection.execute("BEGIN")
    connection.execute("INSERT INTO grants VALUES ('g2', 'vault', 'h1', NULL, ?, NULL, NULL)", (schedule,))

    try:
        assert may(an_admin(Role.ADMIN), do, connection) is not guarded
        assert may(an_admin(Role.ADMIN, Role.OFFICER), do, connection)
    finally:
        connection.execute("ROLLBACK")


def test_only_an_officer_makes_a_holiday_that_a_roster_s_line_heeds(connection: sqlite3.Connection) -> None:
    feasts = ScheduleRow(id="feasts", windows=(WindowRow((Weekday.HOLIDAY,), "08:00", "09:00"),))
    note = a_roster(zone="vault", schedules=(feasts,))
    connection.execute("BEGIN")
    connection.execute("INSERT INTO rosters VALUES ('vault', ?)", (note,))

    try:
        assert not may(an_admin(Role.ADMIN), HolidayAdd("2027-01-15"), connection)
    finally:
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("do", [OpenDoor("safe-door"), HoldOpen("safe-door", 1)])
def test_only_an_officer_has_a_door_opened_where_two_admins_must_agree(
    connection: sqlite3.Connection, do: Verb
) -> None:
    assert not may(an_admin(*(role for role in Role if role is not Role.OFFICER)), do, connection)
    assert may(an_admin(Role.OFFICER), do, connection)
    assert may(an_admin(Role.ADMIN), GrantAdd("g9", "safe", holder="h1"), connection)


def test_an_officer_who_is_no_admin_grants_in_no_ordinary_zone(connection: sqlite3.Connection) -> None:
    assert not may(an_admin(Role.OFFICER), GrantAdd("g9", "floor-1", holder="h1"), connection)


@pytest.mark.parametrize(
    ("do", "reduces"),
    [
        (PersonSet("h1", Status.SUSPENDED), True),
        (PersonSet("h1", Status.ACTIVE), False),
        (CardSet(Status.LOST), True),
        (CardSet(Status.ACTIVE), False),
        (CardReplace("h1"), False),
        (Revoke("floor-1", holder="h1"), True),
        (Lockdown(), True),
        (LockdownEnd(), False),
        (AdminSuspend("ada"), True),
        (ZoneRuleSet("vault", strict=True), False),
        (StatusOf(), False),
        (DoorOverrideSet("door-1", Mode.LOCKED), True),
        (DoorOverrideSet("door-1", Mode.CARD), False),
        (DoorModeSet("door-1", Mode.LOCKED), False),
        (DoorOverrideEnd("door-1"), False),
    ],
)
def test_a_reduction_only_takes_away(do: Verb, reduces: bool) -> None:
    assert is_reduction(do) is reduces

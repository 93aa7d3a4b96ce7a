"""Every verb: what it does to the policy, what it answers, and what it refuses."""

import pytest

from doorctl.core.model import OnAuditFailure, Status, Weekday, ZoneKind
from doorctl.hub.verbs.table import CHANGES, QUESTIONS
from doorctl.policy.rows import WindowRow
from doorctl.wire.commands import (
    CardAdd,
    CardRemove,
    CardSet,
    Command,
    DoorRemove,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    GroupLeave,
    GroupRemove,
    HolidayAdd,
    HolidayRemove,
    PersonAdd,
    PersonEdit,
    PersonRemove,
    PersonSet,
    Private,
    Revoke,
    ScheduleRemove,
    ScheduleSet,
    Verb,
    ZoneRemove,
    ZoneSet,
)
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON_SECONDS, ASite, a_private

ADA = PersonAdd(holder="h1")
ADA_PRIVATE = a_private(handle="ada", name="Ada")
ADAS_CARD_PRIVATE = a_private(card=ADAS_CARD)
EDIT = PersonEdit("h1", Status.ACTIVE)
FLOOR = ZoneSet(zone="floor-3", zone_kind=ZoneKind.FLOOR)
OFFICE_HOURS = ScheduleSet(schedule="office", windows=(WindowRow((Weekday.MONDAY,), "08:00", "18:00"),))
STAFF = GroupAdd(group="staff")
GRANT = GrantAdd(grant="g1", zone="floor-3", holder="h1")
GROUP_GRANT = GrantAdd(grant="g2", zone="floor-3", group="staff")

Step = Verb | tuple[Verb, Private]
WITH_ADA: list[Step] = [(ADA, ADA_PRIVATE)]
WITH_CARD: list[Step] = [*WITH_ADA, (CardAdd(holder="h1"), ADAS_CARD_PRIVATE)]
WITH_GRANT: list[Step] = [*WITH_ADA, FLOOR, GRANT]
WITH_GROUP_GRANT: list[Step] = [*WITH_ADA, STAFF, GroupJoin(group="staff", holder="h1"), FLOOR, GROUP_GRANT]


def do_all(site: ASite, steps: list[Step]) -> None:
    for step in steps:
        do, private = step if isinstance(step, tuple) else (step, None)
        response = site.ask(do, private)
        assert response.verdict == "accepted", response


def test_every_verb_stands_in_the_table() -> None:
    verbs = set(Command.__annotations__["do"].__args__)

    assert verbs == set(CHANGES) | set(QUESTIONS)
    assert not set(CHANGES) & set(QUESTIONS)


KEY = CARD_KEYS.credential_key(ADAS_CARD)


@pytest.mark.parametrize(
    ("before", "do", "private", "table", "rows"),
    [
        ([], ADA, ADA_PRIVATE, "holders", [("h1", "active", None, None, None)]),
        ([], ADA, ADA_PRIVATE, "people", [("h1", "ada", "Ada", None)]),
        ([], ADA, a_private(handle="ADA"), "people", [("h1", "ada", "", None)]),
        (WITH_ADA, PersonSet("h1", Status.SUSPENDED), None, "holders", [("h1", "suspended", None, None, None)]),
        (WITH_ADA, EDIT, a_private(handle="Countess", name="Ada"), "people", [("h1", "countess", "Ada", None)]),
        (WITH_ADA, EDIT, a_private(name="Ada L."), "people", [("h1", "ada", "Ada L.", None)]),
        (WITH_ADA, EDIT, ADA_PRIVATE, "people", [("h1", "ada", "Ada", None)]),
        (WITH_CARD, PersonRemove("h1"), None, "holders", []),
        (WITH_CARD, PersonRemove("h1"), None, "credentials", []),
        (WITH_CARD, PersonRemove("h1"), None, "cards", []),
        (WITH_CARD, PersonRemove("h1"), None, "people", [("h1", "ada", "Ada", NOON_SECONDS)]),
        (WITH_GRANT, PersonRemove("h1"), None, "grants", []),
        (WITH_GROUP_GRANT, PersonRemove("h1"), None, "members", []),
        (WITH_ADA, CardAdd(holder="h1"), ADAS_CARD_PRIVATE, "credentials", [(KEY, "h1", "active", None, None, None)]),
        (WITH_ADA, CardAdd(holder="h1"), ADAS_CARD_PRIVATE, "cards", [(KEY, "H10301", NOON_SECONDS)]),
        (WITH_CARD, CardSet(Status.LOST), ADAS_CARD_PRIVATE, "credentials", [(KEY, "h1", "lost", None, None, None)]),
        (WITH_CARD, CardRemove(), ADAS_CARD_PRIVATE, "credentials", []),
        (WITH_CARD, CardRemove(), ADAS_CARD_PRIVATE, "cards", []),
        ([], FLOOR, None, "zones", [("floor-3", "floor", "deny", None)]),
        (
            [FLOOR],
            ZoneSet("floor-3", ZoneKind.SERVER_ROOM, OnAuditFailure.RELEASE),
            None,
            "zones",
            [("floor-3", "server-room", "release", None)],
        ),
        ([FLOOR], ZoneRemove("floor-3"), None, "zones", []),
        ([FLOOR], DoorSet("door-1", "floor-3"), None, "doors", [("door-1", "floor-3")]),
        ([FLOOR, DoorSet("door-1", "floor-3")], DoorRemove("door-1"), None, "doors", []),
        (
            [],
            OFFICE_HOURS,
            None,
            "schedules",
            [("office", '[{"days":["mon"],"start":"08:00","end":"18:00"}]', "replace")],
        ),
        ([OFFICE_HOURS], ScheduleRemove("office"), None, "schedules", []),
        ([], HolidayAdd("2027-12-25"), None, "holidays", [("2027-12-25",)]),
        ([HolidayAdd("2027-12-25")], HolidayRemove("2027-12-25"), None, "holidays", []),
        ([], STAFF, None, "groups", [("staff",)]),
        (WITH_GROUP_GRANT, GroupRemove("staff"), None, "groups", []),
        (WITH_GROUP_GRANT, GroupRemove("staff"), None, "members", []),
        (WITH_GROUP_GRANT, GroupRemove("staff"), None, "grants", []),
        ([*WITH_ADA, STAFF], GroupJoin("staff", "h1"), None, "members", [("h1", "staff")]),
        (WITH_GROUP_GRANT, GroupLeave("staff", "h1"), None, "members", []),
        (
            [*WITH_ADA, FLOOR, OFFICE_HOURS],
            GrantAdd("g1", "floor-3", holder="h1", schedule="office", valid_until=NOON_SECONDS + 9),
            None,
            "grants",
            [("g1", "floor-3", "h1", None, "office", None, NOON_SECONDS + 9)],
        ),
        (WITH_GRANT, Revoke("floor-3", holder="h1"), None, "grants", []),
        (WITH_GROUP_GRANT, Revoke("floor-3", group="staff"), None, "grants", []),
    ],
)
def test_a_verb_changes_the_rows(  # noqa: PLR0917 - the columns of the table above
    site: ASite, before: list[Step], do: Verb, private: Private | None, table: str, rows: list[tuple[object, ...]]
) -> None:
    do_all(site, before)

    response = site.ask(do, private)

    assert (response.verdict, response.revision) == ("accepted", len(before) + 1)
    assert site.rows(f"SELECT * FROM {table}") == rows


@pytest.mark.parametrize(
    ("before", "do", "private", "reason"),
    [
        ([], ADA, None, "bad-handle"),
        ([], ADA, a_private(handle="ada lovelace"), "bad-handle"),
        ([], ADA, a_private(handle="ada", name="Ada\x1b[2J"), "bad-name"),
        (WITH_ADA, PersonAdd("h2"), ADA_PRIVATE, "handle-taken"),
        (WITH_ADA, PersonAdd("h2"), a_private(handle="ADA"), "handle-taken"),
        (WITH_ADA, PersonAdd("h1"), a_private(handle="grace"), "holder-exists"),
        ([*WITH_ADA, (PersonAdd("h2"), a_private(handle="alan"))], EDIT, a_private(handle="ALAN"), "handle-taken"),
        (WITH_ADA, EDIT, a_private(handle="ada lovelace"), "bad-handle"),
        ([], PersonAdd("h1", valid_until=NOON_SECONDS), ADA_PRIVATE, "bad-time"),
        ([], PersonSet("h1", Status.SUSPENDED), None, "unknown-holder"),
        (WITH_ADA, PersonSet("h1", Status.LOST), None, "bad-status"),
        ([], PersonRemove("h1"), None, "unknown-holder"),
        ([], CardAdd("h1"), ADAS_CARD_PRIVATE, "unknown-holder"),
        (WITH_ADA, CardAdd("h1"), None, "bad-card"),
        (WITH_ADA, CardAdd("h1"), a_private(card="1234567"), "bad-card"),
        (WITH_CARD, CardAdd("h1"), ADAS_CARD_PRIVATE, "card-taken"),
        ([], CardSet(Status.LOST), ADAS_CARD_PRIVATE, "unknown-card"),
        ([], CardRemove(), ADAS_CARD_PRIVATE, "unknown-card"),
        ([], ZoneRemove("floor-3"), None, "unknown-zone"),
        ([FLOOR, DoorSet("door-1", "floor-3")], ZoneRemove("floor-3"), None, "zone-in-use"),
        (WITH_GRANT, ZoneRemove("floor-3"), None, "zone-in-use"),
        ([], DoorSet("door-1", "floor-3"), None, "unknown-zone"),
        ([], DoorRemove("door-1"), None, "unknown-door"),
        ([], ScheduleSet("office", (WindowRow((Weekday.MONDAY,), "08:00", "08:00"),)), None, "bad-window"),
        ([], ScheduleRemove("office"), None, "unknown-schedule"),
        (
            [*WITH_ADA, FLOOR, OFFICE_HOURS, GrantAdd("g1", "floor-3", holder="h1", schedule="office")],
            ScheduleRemove("office"),
            None,
            "schedule-in-use",
        ),
        ([], HolidayAdd("2027-02-30"), None, "bad-date"),
        ([], HolidayRemove("2027-12-25"), None, "unknown-holiday"),
        ([], GroupRemove("staff"), None, "unknown-group"),
        (WITH_ADA, GroupJoin("staff", "h1"), None, "unknown-group"),
        ([STAFF], GroupJoin("staff", "h1"), None, "unknown-holder"),
        ([*WITH_ADA, STAFF], GroupLeave("staff", "h1"), None, "not-a-member"),
        (WITH_ADA, GRANT, None, "unknown-zone"),
        ([FLOOR], GRANT, None, "unknown-holder"),
        ([FLOOR], GROUP_GRANT, None, "unknown-group"),
        ([*WITH_ADA, FLOOR], GrantAdd("g1", "floor-3", holder="h1", schedule="office"), None, "unknown-schedule"),
        ([*WITH_ADA, FLOOR], GrantAdd("g1", "floor-3"), None, "bad-subject"),
        ([*WITH_ADA, FLOOR], GrantAdd("g1", "floor-3", holder="h1", group="staff"), None, "bad-subject"),
        (
            [*WITH_ADA, FLOOR],
            GrantAdd("g1", "floor-3", holder="h1", valid_from=NOON_SECONDS + 9, valid_until=NOON_SECONDS + 9),
            None,
            "bad-time",
        ),
        ([*WITH_GRANT, STAFF], GrantAdd("g1", "floor-3", group="staff"), None, "grant-exists"),
        (WITH_ADA, Revoke("floor-3", holder="h1"), None, "unknown-zone"),
        ([*WITH_ADA, FLOOR], Revoke("floor-3", holder="h1"), None, "no-such-grant"),
    ],
)
def test_a_verb_is_refused_by_name_and_changes_nothing(
    site: ASite, before: list[Step], do: Verb, private: Private | None, reason: str
) -> None:
    do_all(site, before)

    response = site.ask(do, private)

    assert (response.verdict, response.reason, bool(response.text)) == ("refused", reason, True)
    assert site.head().revision == len(before)
    assert site.hub.refusals == {reason: 1}


@pytest.mark.parametrize(
    ("before", "do"),
    [
        (WITH_ADA, PersonSet("h1", Status.ACTIVE)),
        ([FLOOR], FLOOR),
        ([FLOOR, DoorSet("door-1", "floor-3")], DoorSet("door-1", "floor-3")),
        ([OFFICE_HOURS], OFFICE_HOURS),
        ([HolidayAdd("2027-12-25")], HolidayAdd("2027-12-25")),
        ([STAFF], STAFF),
        ([*WITH_ADA, STAFF, GroupJoin("staff", "h1")], GroupJoin("staff", "h1")),
        (WITH_GRANT, GrantAdd("g9", "floor-3", holder="h1")),
    ],
)
def test_what_is_so_already_makes_no_change(site: ASite, before: list[Step], do: Verb) -> None:
    do_all(site, before)

    response = site.ask(do)

    assert (response.verdict, response.revision) == ("done", len(before))
    assert site.head().revision == len(before)


def test_a_card_that_is_lost_already_makes_no_change(site: ASite) -> None:
    do_all(site, [*WITH_CARD, (CardSet(Status.LOST), ADAS_CARD_PRIVATE)])

    assert site.ask(CardSet(Status.LOST), ADAS_CARD_PRIVATE).verdict == "done"


def test_the_handle_of_somebody_who_left_is_free_again(site: ASite) -> None:
    do_all(site, [*WITH_ADA, PersonRemove("h1")])

    assert site.ask(PersonAdd("h2"), ADA_PRIVATE).verdict == "accepted"


def test_a_revoke_tells_which_group_still_lets_the_person_in(site: ASite) -> None:
    do_all(site, [*WITH_GROUP_GRANT, GRANT])

    first, second = (site.ask(Revoke("floor-3", holder="h1")).text for _ in range(2))

    assert first == "revoked floor-3; still let in by group staff"
    assert second.endswith("for floor-3; still let in by group staff")


def test_a_group_too_large_for_one_change_is_removed_by_several(site: ASite) -> None:
    site.connection.execute("BEGIN")
    site.connection.execute("INSERT INTO groups VALUES ('staff')")
    numbers = [(f"holder-{number:04}",) for number in range(1000)]
    site.connection.executemany("INSERT INTO holders (id, status) VALUES (?, 'active')", numbers)
    site.connection.executemany("INSERT INTO members VALUES (?, 'staff')", numbers)
    site.connection.execute("COMMIT")

    outgoing = site.send(site.a_command(GroupRemove("staff")))

    deltas = site.deltas(outgoing)
    assert [(delta.first, delta.last) for delta in deltas] == [(1, 1), (2, 2)]
    assert site.responses(outgoing)[0].revision == 2
    assert max(len(each.payload) for each in outgoing) < 60 * 1024
    assert site.rows("SELECT count(*) FROM members") == [(0,)]

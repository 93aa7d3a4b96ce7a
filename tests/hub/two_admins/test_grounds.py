"""What a second admin looked at is what is approved: whom a command lets in, when, and what it changes."""

import pytest
from msgspec.structs import replace

from doorctl.core.areas import Passback
from doorctl.core.model import Factor, Weekday
from doorctl.hub.verbs.rights.approvals import MOST_NAMED
from doorctl.policy.rows import FactorTime, ScheduleRow, WindowRow
from doorctl.wire.commands import DoorSet, GrantAdd, GroupAdd, GroupJoin, HolidayAdd, Revoke, ScheduleSet, Verb
from doorctl.wire.occupancy_words import ZoneOccupancySet
from doorctl.wire.results import FirstOf
from doorctl.wire.rights import Approve, ZoneFactorSet, ZoneRuleSet
from tests.hub.builders import ASite
from tests.hub.two_admins.requests import ask_for_grant, shown, the

MONDAYS = (WindowRow((Weekday.MONDAY,), "09:00", "10:00"),)
ALWAYS = (WindowRow(tuple(Weekday), "00:00", "24:00"),)
FEASTS = (WindowRow((Weekday.HOLIDAY,), "00:00", "24:00"),)


@pytest.fixture
def asked(vault: ASite) -> ASite:
    """A vault, and besides what one admin may still change alone: a group, two schedules."""
    for do in (
        GroupAdd("cleaners"),
        GroupJoin("cleaners", "h1"),
        ScheduleSet("audit", MONDAYS),
        ScheduleSet("feasts", FEASTS),
    ):
        assert vault.ask(do).verdict == "accepted"
    return vault


@pytest.mark.parametrize(
    ("wanted", "alone"),
    [
        (GrantAdd("g1", "vault", group="cleaners"), GroupJoin("cleaners", "h2")),
        (GrantAdd("g1", "vault", holder="h1", schedule="audit"), ScheduleSet("audit", ALWAYS)),
        (ZoneRuleSet("vault", 2, break_glass="cleaners"), GroupJoin("cleaners", "h2")),
        (ZoneFactorSet("vault", times=(FactorTime("audit", Factor.PIN),)), ScheduleSet("audit", ALWAYS)),
        (ZoneFactorSet("vault", Factor.PIN), ZoneFactorSet("vault", Factor.CARD_AND_PIN)),
        (DoorSet("new-door", "vault"), DoorSet("new-door", "floor-1")),
        (ZoneOccupancySet("floor-1", within="vault"), ZoneOccupancySet("vault", passback=Passback.HARD)),
    ],
)
def test_what_changed_since_it_was_looked_at_is_looked_at_again(asked: ASite, wanted: Verb, alone: Verb) -> None:
    ask_for_grant(asked, wanted)
    looked_at = the(Approve, asked)
    assert asked.ask(alone).verdict == "accepted"
    revision = asked.head().revision

    approved = asked.ask(looked_at, admin=asked.alan)

    assert (approved.reason, asked.head().revision) == ("changed-since", revision)
    assert asked.ask(the(Approve, asked), admin=asked.alan).verdict == "accepted"


@pytest.mark.parametrize(
    "wanted",
    [
        GrantAdd("g1", "vault", holder="h1", schedule="feasts"),
        ScheduleSet("audit", FEASTS),
        ZoneFactorSet("vault", times=(FactorTime("feasts", Factor.PIN),)),
    ],
)
def test_days_that_become_holidays_since_are_looked_at_with_the_hours_that_they_open(
    asked: ASite, wanted: Verb
) -> None:
    asked.ask(Revoke("vault", group="staff"))
    asked.connection.execute("INSERT INTO grants VALUES ('g9', 'vault', 'h2', NULL, 'audit', NULL, NULL)")
    ask_for_grant(asked, wanted)
    looked_at = the(Approve, asked)
    assert asked.ask(HolidayAdd("2027-02-01")).verdict == "accepted"

    assert asked.ask(looked_at, admin=asked.alan).reason == "changed-since"


def test_what_changes_elsewhere_holds_no_approval_up(asked: ASite) -> None:
    ask_for_grant(asked, GrantAdd("g1", "vault", group="cleaners", schedule="audit"))
    looked_at = the(Approve, asked)
    asked.ask(GroupAdd("others"))
    asked.ask(GroupJoin("others", "h2"))
    asked.ask(ScheduleSet("feasts", ALWAYS))
    asked.ask(GrantAdd("g2", "floor-1", group="cleaners"))

    assert asked.ask(looked_at, admin=asked.alan).verdict == "accepted"


def test_an_approval_of_what_nobody_looked_at_is_refused(asked: ASite) -> None:
    ask_for_grant(asked)

    blind = replace(the(Approve, asked), grounds=None)

    assert asked.ask(blind, admin=asked.alan).reason == "changed-since"


def test_a_zone_that_asks_for_two_admins_since_is_shown_and_looked_at(asked: ASite) -> None:
    asked.ask(GrantAdd("g1", "floor-1", group="staff"))
    ask_for_grant(asked, GroupJoin("staff", "h1"))
    looked_at, before = the(Approve, asked), shown(asked).zones
    asked.ask(ZoneRuleSet("floor-1", approvals=2))

    assert (before, shown(asked).zones) == (("vault",), ("floor-1", "vault"))
    assert asked.ask(looked_at, admin=asked.alan).reason == "changed-since"


def test_an_admin_is_shown_whom_it_lets_in_and_when(asked: ASite) -> None:
    asked.ask(HolidayAdd("2026-12-25"))
    asked.ask(GroupJoin("cleaners", "h2"))
    ask_for_grant(asked, GrantAdd("g1", "vault", group="cleaners", schedule="audit"))

    request = shown(asked)

    assert request.members == FirstOf(("ada", "alan"), 2)
    assert request.schedule == ScheduleRow("audit", MONDAYS)
    assert request.holidays == FirstOf(("2027-12-25",), 1)  # what is over lies behind


def test_of_a_large_group_some_are_named_and_all_are_counted(asked: ASite) -> None:
    asked.connection.execute("DELETE FROM members")
    for number in range(MOST_NAMED + 1):
        asked.connection.execute("INSERT INTO holders (id, status) VALUES (?, 'active')", (f"p{number}",))
        asked.connection.execute("INSERT INTO members VALUES (?, 'cleaners')", (f"p{number}",))
    ask_for_grant(asked, GrantAdd("g1", "vault", group="cleaners"))
    looked_at, members = the(Approve, asked), shown(asked).members
    asked.connection.execute("UPDATE members SET holder = 'h2' WHERE holder = 'p99'")

    assert members is not None
    assert (len(members.first), members.count) == (MOST_NAMED, MOST_NAMED + 1)
    assert asked.ask(looked_at, admin=asked.alan).reason == "changed-since"

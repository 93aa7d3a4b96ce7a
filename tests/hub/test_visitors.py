"""Visitors at the hub: who lets them in and how far, what a badge leaves to its next visitor, and what waits."""

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.core.reasons import Outcome, Reason
from doorctl.hub.verbs.lists import LISTS
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    DoorSet,
    GrantAdd,
    GroupRemove,
    PersonAdd,
    PersonRemove,
    PersonSet,
    Verb,
    ZoneRemove,
    ZoneSet,
)
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from doorctl.wire.rights import ZoneRuleSet
from doorctl.wire.visits import (
    SponsorRemove,
    SponsorSet,
    VisitorEnd,
    VisitorIn,
    VisitorOut,
    VisitorSet,
    ZoneEscortSet,
)
from doorctl.wire.who_words import Who, WhoPage
from tests.hub.builders import NOON_SECONDS, AnAdmin, ASite, a_private
from tests.hub.visited_lab import BADGE, HOUR, INVITED, OTHER_BADGE, UNTIL, let_in, listed, why, with_lab


@pytest.fixture
def lab(site: ASite) -> ASite:
    return with_lab(site)


def test_a_visitor_gets_a_badge_and_grants_until_their_time_ends(lab: ASite) -> None:
    assert let_in(lab) == ""

    assert lab.rows("SELECT * FROM visitors") == [("v1", "h1", None, "h1")]
    assert lab.rows("SELECT holder, valid_until FROM credentials WHERE holder = 'v1'") == [("v1", UNTIL)]
    assert lab.rows("SELECT zone, valid_until FROM grants WHERE holder = 'v1'") == [("lab", UNTIL)]
    assert lab.rows("SELECT holder, host, since, due_at FROM badges") == [("v1", "h1", NOON_SECONDS, UNTIL)]
    assert why(lab) == [Reason.ESCORT_AWAITED]
    assert Reason.CREDENTIAL_EXPIRED in why(lab, at=UNTIL)


@pytest.mark.parametrize(
    ("do", "escort"),
    [
        (VisitorIn("v1", "h1", UNTIL, escort_group="staff"), (None, "staff")),
        (VisitorIn("v1", "h1", UNTIL, any_escort=True), (None, None)),
        (VisitorIn("v1", "h2", UNTIL), ("h2", None)),
    ],
)
def test_the_host_or_others_bring_a_visitor(lab: ASite, do: VisitorIn, escort: tuple[str | None, ...]) -> None:
    assert let_in(lab, do) == ""

    assert lab.rows("SELECT escort, escort_group FROM visitors") == [escort]


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (VisitorIn("v1", "nobody", UNTIL), "unknown-holder"),
        (VisitorIn("v1", "h1", NOON_SECONDS), "bad-time"),
        (VisitorIn("h2", "h1", UNTIL), "holder-exists"),
        (VisitorIn("v1", "h1", UNTIL, ("vault",)), "beyond-sponsor"),
        (VisitorIn("v1", "h1", NOON_SECONDS + 9 * HOUR), "beyond-sponsor"),
        (VisitorIn("v1", "h2", UNTIL, ("lab",)), "no-sponsor"),
        (VisitorIn("v1", "h1", UNTIL, escort_group="nobody"), "unknown-group"),
        (VisitorIn("v1", "h1", 253_402_300_799), "beyond-sponsor"),
    ],
)
def test_who_may_not_be_let_in_is_refused_by_name(lab: ASite, do: VisitorIn, reason: str) -> None:
    assert let_in(lab, do) == reason
    assert lab.rows("SELECT * FROM visitors") == []


def test_a_sponsor_has_so_many_guests_at_once_and_those_whose_time_is_over_do_not_count(lab: ASite) -> None:
    brief = VisitorIn("v2", "h1", NOON_SECONDS + HOUR)
    let_in(lab)
    let_in(lab, brief, handle="joan", badge=OTHER_BADGE)
    third = VisitorIn("v3", "h1", UNTIL + HOUR)

    assert let_in(lab, third, handle="kurt", badge="H10301:7:72") == "beyond-sponsor"
    assert let_in(lab, third, handle="kurt", badge="H10301:7:72", seconds=HOUR) == ""


@pytest.mark.parametrize(
    "ended",
    [
        PersonSet("h1", Status.SUSPENDED),
        SponsorRemove("h1"),
        SponsorSet("h1", ("lobby",), 2, 8 * HOUR),
        PersonRemove("h1"),
    ],
)
def test_a_guest_may_enter_no_longer_than_the_sponsor(lab: ASite, ended: Verb) -> None:
    let_in(lab)
    lab.ask(ended)

    assert Reason.SPONSOR_DENIED in why(lab)


def test_a_guest_s_own_grant_beyond_the_sponsor_s_lets_nobody_in(lab: ASite) -> None:
    lab.ask(DoorSet("vault-door", "vault"))
    let_in(lab)
    lab.ask(GrantAdd("g9", "vault", holder="v1"))

    found = lab.ask_for(Why("vault-door"), WhyResult, a_private(card=BADGE))
    assert Reason.SPONSOR_DENIED in [each.reason for each in found.reasons]


def test_visitors_sponsors_and_badges_are_listed_with_names(lab: ASite) -> None:
    let_in(lab)

    (visitor,) = listed(lab, "visitors")
    (sponsor,) = listed(lab, "sponsors")
    (badge,) = listed(lab, "badges")
    assert (visitor["handle"], visitor["escort_handle"], visitor["sponsor_handle"]) == ("alan", "ada", "ada")
    assert (sponsor["handle"], sponsor["zones"], sponsor["guests"]) == ("ada", '["lab","lobby"]', 1)
    assert (badge["handle"], badge["host_handle"], badge["due_at"]) == ("alan", "ada", UNTIL)
    assert {"visitors", "sponsors", "badges"} <= LISTS.keys()


def test_an_employee_can_be_made_a_visitor_and_end_being_one(lab: ASite) -> None:
    assert lab.ask(VisitorSet("h2", escort="h1")).verdict == "accepted"
    assert lab.ask(VisitorSet("h2", escort="h1")).verdict == "done"
    assert lab.rows("SELECT * FROM visitors") == [("h2", "h1", None, None)]
    assert lab.ask(VisitorEnd("h2")).verdict == "accepted"
    assert lab.ask(VisitorEnd("h2")).verdict == "done"


def test_who_brings_a_guest_can_be_changed_and_the_sponsor_stays(lab: ASite) -> None:
    let_in(lab)
    lab.ask(VisitorSet("v1", escort_group="staff"))

    assert lab.rows("SELECT * FROM visitors") == [("v1", None, "staff", "h1")]


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (VisitorSet("h2", escort="h2"), "bad-escort"),
        (VisitorSet("h2", escort="v1"), "bad-escort"),
        (VisitorSet("h2", escort="h1", escort_group="staff"), "bad-escort"),
        (VisitorSet("h1", escort="h2"), "is-sponsor"),
        (SponsorSet("v1", ("lab",), 1, HOUR), "is-visitor"),
        (SponsorSet("h2", (), 1, HOUR), "bad-sponsor"),
        (SponsorSet("h2", ("attic",), 1, HOUR), "unknown-zone"),
        (VisitorIn("v2", "v1", UNTIL), "is-visitor"),
        (GroupRemove("staff"), "group-in-use"),
        (ZoneEscortSet("attic"), "unknown-zone"),
        (ZoneEscortSet("lab", group="nobody"), "unknown-group"),
    ],
)
def test_what_cannot_be_is_refused_by_name(lab: ASite, do: Verb, reason: str) -> None:
    let_in(lab, VisitorIn("v1", "h1", UNTIL, escort_group="staff"))

    assert lab.ask(do, a_private(handle="kurt", card=OTHER_BADGE)).reason == reason


def test_a_suspended_host_has_no_visitors(lab: ASite) -> None:
    lab.ask(PersonSet("h1", Status.SUSPENDED))

    assert let_in(lab) == "host-gone"


def test_a_zone_says_how_visitors_enter_and_the_usual_has_no_row(lab: ASite) -> None:
    lab.ask(ZoneEscortSet("lab", seconds=20, most=2, per_seconds=600, group="staff"))

    assert lab.rows("SELECT * FROM zone_escorts") == [("lab", 0, 20, 2, 600, "staff")]
    assert lab.ask(ZoneRemove("vault")).verdict == "accepted"
    lab.ask(ZoneSet("attic", ZoneKind.FLOOR))
    lab.ask(ZoneEscortSet("attic", alone=True))
    assert lab.ask(ZoneRemove("attic")).reason == "zone-in-use"
    assert lab.ask(GroupRemove("staff")).reason == "group-in-use"
    lab.ask(ZoneEscortSet("lab"))
    assert lab.rows("SELECT zone FROM zone_escorts") == [("attic",)]


def test_nobody_visits_a_strict_zone_alone(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", strict=True))

    assert lab.ask(ZoneEscortSet("lab", alone=True)).reason == "strict-zone"


def test_a_clerk_lets_visitors_in_in_a_sponsor_s_name_and_grants_nothing_else(lab: ASite) -> None:
    clerk = lab.hire("edith", Role.CLERK)
    private = a_private(handle="alan", card=BADGE)

    assert lab.ask(INVITED, private, admin=clerk).verdict == "accepted"
    assert lab.ask(SponsorSet("h2", ("lab",), 9, HOUR), admin=clerk).reason == "not-allowed"
    assert lab.ask(VisitorEnd("v1"), admin=clerk).reason == "not-allowed"
    assert lab.ask(VisitorOut(), private, admin=clerk).verdict == "accepted"


def test_only_an_officer_invites_to_a_strict_zone(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", strict=True))
    clerk: AnAdmin = lab.hire("edith", Role.CLERK, Role.ADMIN)

    assert lab.ask(INVITED, a_private(handle="alan", card=BADGE), admin=clerk).reason == "not-allowed"


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (SponsorSet("h1", ("lab",), 3, HOUR), True),
        (SponsorSet("h1", ("lobby",), 3, HOUR), False),
        (ZoneEscortSet("lab", alone=True), True),
        (ZoneEscortSet("lab", most=6), True),
        (ZoneEscortSet("lab", most=1), False),
        (VisitorSet("v1", escort="h2"), True),
        (VisitorSet("h2", escort="h1"), False),
        (VisitorEnd("v1"), True),
        (SponsorRemove("h1"), False),
    ],
)
def test_what_lets_visitors_further_in_waits_for_a_second_admin(lab: ASite, do: Verb, *, waits: bool) -> None:
    let_in(lab)
    lab.ask(ZoneRuleSet("lab", approvals=2))

    assert (lab.ask(do).verdict == "pending") is waits


def test_nobody_is_invited_by_one_admin_to_a_zone_of_two(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", approvals=2))

    assert let_in(lab) == "two-admins"


def test_a_visitor_is_let_in_by_who_in_supposed_company_of_an_escort(lab: ASite) -> None:
    let_in(lab)

    page = lab.ask_for(Who("lab-door"), WhoPage)
    assert {line.handle: line.visitor for line in page.lines} == {"ada": False, "alan": True}


def test_why_is_granted_where_visitors_may_come_alone(lab: ASite) -> None:
    let_in(lab)
    lab.ask(ZoneEscortSet("lab", alone=True))

    found = lab.ask_for(Why("lab-door"), WhyResult, a_private(card=BADGE))
    assert found.outcome is Outcome.GRANTED


def test_a_controller_that_knows_no_visitors_is_upgraded_first(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ack(site.controllers[0], level=4)

    assert let_in(site, VisitorIn("v1", "h1", UNTIL)) == "older-controllers"
    site.ack(site.controllers[0], level=5)
    assert let_in(site, VisitorIn("v1", "h1", UNTIL)) == ""

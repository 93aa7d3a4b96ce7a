"""Admins: who may command at all now: nobody whom an officer has suspended, and little after trust has expired."""

import pytest

from doorctl.core.model import Status
from doorctl.trust.note import Role
from doorctl.wire.commands import GrantAdd, GroupAdd, GroupJoin, GroupLeave, PersonSet, Revoke, Verb
from doorctl.wire.questions import ListRows, StatusOf
from doorctl.wire.results import Page, SiteStatus
from doorctl.wire.rights import AdminRestore, AdminSuspend, Lockdown, LockdownEnd, OpenDoor
from doorctl.wire.topics import Channel
from tests.hub.builders import NOON, NOON_SECONDS, ASite, later

STAFF = GroupAdd("staff")
DAY = 86_400


def test_a_suspended_admin_is_refused_from_the_next_command_on(site: ASite) -> None:
    site.ask(AdminSuspend("alan"))

    answers = [site.ask(do, admin=site.alan).reason for do in (STAFF, StatusOf(), Lockdown())]

    assert (answers, site.head().revision) == (["admin-suspended"] * 3, 1)


def test_what_a_suspended_admin_was_told_before_stays_so(site: ASite) -> None:
    payload = site.a_command(STAFF, admin=site.alan)
    first = site.send(payload, admin=site.alan)
    site.ask(AdminSuspend("alan"))

    assert site.send(payload, admin=site.alan)[0].payload == first[0].payload


def test_a_restored_admin_commands_again(site: ASite) -> None:
    site.ask(AdminSuspend("alan"))
    site.ask(AdminRestore("alan"))

    assert site.ask(STAFF, admin=site.alan).verdict == "accepted"


@pytest.mark.parametrize("says", ["ack", "ask"])
def test_while_a_controller_holds_newer_trust_nothing_is_added_and_no_door_opened(
    site_with_two: ASite, says: str
) -> None:
    site = site_with_two
    site.ask(STAFF)
    if says == "ack":
        site.ack(site.controllers[0], trust=2)
    else:
        site.ask_as(site.controllers[0], trust=2)

    barred = [site.ask(do).reason for do in (GroupAdd("guests"), LockdownEnd(), OpenDoor("door-1"))]
    others = [site.ask(Lockdown()).verdict, site.ask_for(StatusOf(), SiteStatus).newer_trust]
    site.hub.take_trust(site.trust(2), later(1))

    assert (barred, others) == (["trust-behind"] * 3, ["accepted", 2])
    assert site.ask(GroupAdd("guests")).verdict == "accepted"


def test_a_controller_that_trust_names_no_more_bars_nothing(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(site.controllers[0], trust=2**53)
    barred = site.ask(GroupAdd("guests")).reason
    del site.controllers[0]

    site.hub.take_trust(site.trust(2), later(1))

    assert (barred, site.ask(GroupAdd("guests")).verdict) == ("trust-behind", "accepted")


def test_trust_that_is_known_to_be_replaced_is_not_published(site: ASite) -> None:
    site.hub.lacks_trust(2)

    assert Channel.TRUST not in [each.address.channel for each in site.hub.greet(NOON)]
    assert site.ask(STAFF).reason == "trust-behind"


def test_a_suspension_outlives_a_restart(site: ASite) -> None:
    site.ask(AdminSuspend("alan"))
    site.restart()

    assert site.ask(STAFF, admin=site.alan).reason == "admin-suspended"


@pytest.mark.parametrize(("admin", "reason"), [("grace", "own-suspension"), ("mallory", "unknown-admin")])
def test_a_suspension_of_oneself_or_of_nobody_is_refused(site: ASite, admin: str, reason: str) -> None:
    assert site.ask(AdminSuspend(admin)).reason == reason


def test_only_an_officer_suspends(site: ASite) -> None:
    edith = site.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert site.ask(AdminSuspend("alan"), admin=edith).reason == "not-allowed"


def test_a_suspension_of_somebody_whom_trust_no_longer_names_can_be_removed(site: ASite) -> None:
    site.hire("edith", Role.ADMIN)
    site.ask(AdminSuspend("edith"))
    site.others.clear()
    site.hub = site.a_hub()

    assert site.ask(AdminRestore("edith")).verdict == "accepted"


def test_admins_are_listed_with_roles_zones_and_who_is_suspended(site: ASite) -> None:
    site.hire("edith", Role.ADMIN, Role.CLERK, zones=("floor-1", "floor-2"))
    site.ask(AdminSuspend("alan"))

    page = site.ask_for(ListRows("admins"), Page)

    everything = "admin officer clerk auditor host"
    assert page.rows == (
        {"admin": "alan", "roles": everything, "zones": "all", "suspended": "yes"},
        {"admin": "edith", "roles": "admin clerk", "zones": "floor-1 floor-2", "suspended": ""},
        {"admin": "grace", "roles": everything, "zones": "all", "suspended": ""},
    )


def expire_trust(site: ASite) -> None:
    site.trust_expires = NOON_SECONDS
    site.hub = site.a_hub()


@pytest.mark.parametrize(
    "do",
    [GrantAdd("g1", "floor-1", holder="h1"), GroupJoin("staff", "h1"), PersonSet("h1", Status.ACTIVE), LockdownEnd()],
)
def test_after_trust_has_expired_nothing_is_added(floor: ASite, do: Verb) -> None:
    expire_trust(floor)

    assert floor.ask(do).reason == "trust-expired"


@pytest.mark.parametrize(
    "do", [Revoke("floor-1", holder="h1"), GroupLeave("staff", "h1"), PersonSet("h1", Status.SUSPENDED), Lockdown()]
)
def test_after_trust_has_expired_what_takes_away_goes_on(floor: ASite, do: Verb) -> None:
    floor.ask(GrantAdd("g1", "floor-1", holder="h1"))
    floor.ask(GroupJoin("staff", "h1"))
    expire_trust(floor)

    assert floor.ask(do).verdict == "accepted"


def test_after_trust_has_expired_questions_are_answered(floor: ASite) -> None:
    expire_trust(floor)

    assert floor.ask_for(ListRows("zones"), Page).rows

"""Two admins: what waits, who decides, and that one command still has one effect."""

import hashlib
from functools import partial

import msgspec
import pytest

from doorctl.core.model import OnAuditFailure, Weekday, ZoneKind
from doorctl.hub.desk import Limits
from doorctl.hub.two_admins import is_weaker
from doorctl.hub.waiting_requests import MAX_WAITING
from doorctl.policy.rows import DoorRow, Row, ScheduleRow, WindowRow, ZoneRow, ZoneRuleRow
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    Command,
    DoorRemove,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    GroupLeave,
    HolidayAdd,
    HolidayRemove,
    PersonAdd,
    Revoke,
    ScheduleSet,
    Verb,
    ZoneSet,
)
from doorctl.wire.messages import Delta, from_text
from doorctl.wire.notes import detach, text_of
from doorctl.wire.questions import MAX_PAGE_ROWS, Approvals
from doorctl.wire.results import WaitingCommands
from doorctl.wire.rights import AdminSuspend, Approve, Refuse, ZoneRuleSet
from tests.hub.builders import NOON_SECONDS, SITE, AnAdmin, ASite, a_private, an_admin, later

GRANT = GrantAdd("g1", "vault", holder="h1")
REQUEST = "7" * 32
NIGHTS = ScheduleRow("nights", (WindowRow((Weekday.HOLIDAY,), "22:00", "06:00"),))
VAULT = ZoneRow("vault", ZoneKind.SERVER_ROOM, max_age_seconds=900)
DAY = 86_400


@pytest.fixture
def vault(site: ASite) -> ASite:
    """A site whose vault asks for two admins; the group staff may enter it, and floor-1."""
    for do, private in (
        (PersonAdd("h1"), a_private(handle="ada")),
        (PersonAdd("h2"), a_private(handle="alan")),
        (ZoneSet("vault", ZoneKind.SERVER_ROOM), None),
        (ZoneSet("floor-1", ZoneKind.FLOOR), None),
        (DoorSet("vault-door", "vault"), None),
        (DoorSet("door-1", "floor-1"), None),
        (ScheduleSet("nights", NIGHTS.windows), None),
        (HolidayAdd("2027-12-25"), None),
        (GroupAdd("staff"), None),
        (GroupAdd("guards"), None),
        (GroupJoin("staff", "h2"), None),
        (GrantAdd("g0", "vault", group="staff", schedule="nights"), None),
        (ZoneRuleSet("vault", approvals=2, max_age_seconds=900, break_glass="guards"), None),
    ):
        assert site.ask(do, private).verdict == "accepted"
    return site


def ask_for_grant(site: ASite, do: Verb = GRANT, *, admin: AnAdmin | None = None) -> str:
    payload = site.a_command(do, admin=admin, command_id=REQUEST)
    (response,) = site.responses(site.send(payload, admin=admin))
    assert response.verdict == "pending", response
    return response.command


def the(decision: type[Approve | Refuse], site: ASite) -> Approve | Refuse:
    """Decide what waits under the id, as it was signed; or what did."""
    found = site.rows(f"SELECT note FROM waiting_requests WHERE id = '{REQUEST}'")
    return decision(REQUEST, hashlib.sha256(str(found[0][0]).encode()).hexdigest() if found else None)


def waiting(site: ASite) -> list[str]:
    return [each.request for each in site.ask_for(Approvals(), WaitingCommands).requests]


def grants(site: ASite) -> set[object]:
    return {grant for (grant,) in site.rows("SELECT id FROM grants")}


@pytest.mark.parametrize(
    "do",
    [
        GRANT,
        GrantAdd("g1", "vault", group="guards"),
        GroupJoin("staff", "h1"),
        GroupJoin("guards", "h1"),
        DoorSet("vault-door", "floor-1"),
        DoorSet("door-1", "vault"),
        DoorSet("new-door", "vault"),
        DoorRemove("vault-door"),
        ScheduleSet("nights", (), holidays="ignore"),  # type: ignore[arg-type]
        HolidayAdd("2027-01-15"),
        HolidayRemove("2027-12-25"),
        ZoneSet("vault", ZoneKind.SERVER_ROOM, OnAuditFailure.RELEASE),
        ZoneRuleSet("vault", approvals=1, max_age_seconds=900, break_glass="guards"),
        ZoneRuleSet("vault", approvals=2, break_glass="guards"),
        ZoneRuleSet("vault", approvals=2, max_age_seconds=901, break_glass="guards"),
        ZoneRuleSet("vault", approvals=2, max_age_seconds=900, break_glass="staff"),
        ZoneRuleSet("vault", approvals=2, max_age_seconds=900, break_glass="guards", grace_after_boot_seconds=1801),
    ],
)
def test_what_may_let_more_people_in_waits_and_changes_nothing(vault: ASite, do: Verb) -> None:
    revision = vault.head().revision

    ask_for_grant(vault, do)

    assert (vault.head().revision, waiting(vault)) == (revision, [REQUEST])


@pytest.mark.parametrize(
    "do",
    [
        Revoke("vault", group="staff"),
        GroupLeave("staff", "h2"),
        ZoneRuleSet("vault", approvals=2, strict=True, max_age_seconds=60, break_glass="guards"),
        ZoneRuleSet("vault", approvals=2, max_age_seconds=900, mechanical_key=True),
        GrantAdd("g1", "floor-1", holder="h1"),
        DoorRemove("door-1"),
        ScheduleSet("days", ()),
    ],
)
def test_what_takes_away_or_is_about_another_zone_never_waits(vault: ASite, do: Verb) -> None:
    assert vault.ask(do).verdict == "accepted"


def test_another_admin_approves_and_both_commands_stand_in_the_change(vault: ASite) -> None:
    asked = vault.a_command(GRANT, command_id=REQUEST)
    vault.send(asked)
    approval = vault.a_command(the(Approve, vault), admin=vault.alan)

    outgoing = vault.send(approval, admin=vault.alan)

    (delta,) = vault.messages(outgoing, Delta)
    notes = msgspec.json.decode(bytes(delta.changes[0]))["command"].encode()
    assert notes == detach(asked)[0] + detach(approval)[0]
    assert (vault.responses(outgoing)[0].verdict, "g1" in grants(vault), waiting(vault)) == ("accepted", True, [])


def test_nobody_approves_their_own_command(vault: ASite) -> None:
    ask_for_grant(vault)

    response = vault.ask(the(Approve, vault))

    assert (response.reason, "g1" in grants(vault)) == ("own-request", False)


@pytest.mark.parametrize("decision", [Approve, Refuse])
def test_another_command_under_the_id_that_was_looked_at_is_not_decided(
    vault: ASite, decision: type[Approve | Refuse]
) -> None:
    ask_for_grant(vault)
    looked_at = the(decision, vault)
    vault.ask(the(Refuse, vault))
    ask_for_grant(vault, GrantAdd("g2", "vault", holder="h2"), admin=vault.hire("edith", Role.ADMIN))

    assert vault.ask(looked_at, admin=vault.alan).reason == "other-request"
    assert vault.ask(decision(REQUEST), admin=vault.alan).reason == "other-request"
    assert waiting(vault) == [REQUEST]


def test_what_was_asked_with_keys_that_count_no_more_is_not_approved(vault: ASite) -> None:
    ask_for_grant(vault)
    vault.grace = an_admin("grace")
    vault.hub = vault.a_hub()

    response = vault.ask(the(Approve, vault), admin=vault.alan)

    assert (response.reason, "g1" in grants(vault)) == ("not-allowed", False)
    assert "grace has other keys" in response.text


def test_who_may_not_do_it_may_not_approve_it(vault: ASite) -> None:
    elsewhere = vault.hire("edith", Role.ADMIN, zones=("floor-1",))
    ask_for_grant(vault)

    response = vault.ask(the(Approve, vault), admin=elsewhere)

    assert (response.reason, "g1" in grants(vault)) == ("not-allowed", False)


def test_who_asked_must_still_be_allowed_when_it_is_approved(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN)
    ask_for_grant(vault, admin=edith)
    vault.others.clear()
    vault.hub = vault.a_hub()

    response = vault.ask(the(Approve, vault))

    assert (response.reason, "g1" in grants(vault)) == ("not-allowed", False)


def test_who_asked_must_still_have_the_role_when_it_is_approved(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN)
    ask_for_grant(vault, admin=edith)
    vault.others.clear()
    vault.hire("edith", Role.CLERK)

    response = vault.ask(the(Approve, vault))

    assert (response.reason, "g1" in grants(vault)) == ("not-allowed", False)


def test_what_a_suspended_admin_asked_for_is_not_approved_should_it_still_wait(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN)
    ask_for_grant(vault, admin=edith)
    vault.connection.execute("INSERT INTO suspended_admins VALUES ('edith')")

    response = vault.ask(the(Approve, vault))

    assert (response.reason, "g1" in grants(vault)) == ("admin-suspended", False)


def test_who_may_not_do_it_may_not_refuse_it(vault: ASite) -> None:
    elsewhere = vault.hire("edith", Role.ADMIN, zones=("floor-1",))
    ask_for_grant(vault)

    response = vault.ask(the(Refuse, vault), admin=elsewhere)

    assert (response.reason, waiting(vault)) == ("not-allowed", [REQUEST])


def test_only_so_many_commands_wait(vault: ASite) -> None:
    vault.connection.execute("BEGIN")
    vault.connection.executemany(
        "INSERT INTO waiting_requests VALUES (?, 'grace', 0, 0, '[]', '')", [(str(n),) for n in range(MAX_WAITING)]
    )
    vault.connection.execute("COMMIT")

    assert vault.ask(GRANT).reason == "too-many-requests"


def test_an_id_that_waits_already_is_refused_to_another_admin(vault: ASite) -> None:
    ask_for_grant(vault)
    payload = vault.a_command(GrantAdd("g2", "vault", holder="h2"), admin=vault.alan, command_id=REQUEST)

    (response,) = vault.responses(vault.send(payload, admin=vault.alan))

    assert (response.reason, waiting(vault)) == ("request-exists", [REQUEST])


def test_what_a_suspended_admin_asked_for_is_dropped(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN)
    ask_for_grant(vault, admin=edith)

    vault.ask(AdminSuspend("edith"))

    assert (waiting(vault), vault.ask(the(Approve, vault)).reason) == ([], "request-decided")


@pytest.mark.parametrize("by_requester", [True, False])
def test_a_request_is_refused_by_another_or_taken_back(vault: ASite, by_requester: bool) -> None:
    ask_for_grant(vault)

    refused = vault.ask(the(Refuse, vault), admin=vault.grace if by_requester else vault.alan)
    late = vault.ask(the(Approve, vault), admin=vault.alan)

    assert (refused.verdict, late.reason, "g1" in grants(vault)) == ("done", "request-decided", False)


def test_what_became_of_a_request_is_remembered_of_who_asked(vault: ASite) -> None:
    ask_for_grant(vault)
    vault.ask(the(Approve, vault), admin=vault.alan)
    approved = remembered(vault)
    payload = vault.a_command(GroupJoin("staff", "h1"), command_id="8" * 32)
    vault.send(payload)
    note = detach(payload)[0]

    vault.ask(Refuse("8" * 32, hashlib.sha256(note).hexdigest()), admin=vault.alan)

    assert approved == [("approved", "", vault.head().revision)]
    assert remembered(vault, "8" * 32) == [("refused", "refused-by-admin", None)]


def remembered(site: ASite, request: str = REQUEST) -> list[tuple[object, ...]]:
    return site.rows(f"SELECT verdict, reason, revision FROM given_commands WHERE command = '{request}'")


def test_a_request_is_over_after_a_day(vault: ASite) -> None:
    ask_for_grant(vault)

    late = vault.ask(the(Approve, vault), admin=vault.alan, at=later(DAY))
    vault.hub.tidy(later(DAY))

    assert late.reason == "request-expired"
    assert vault.rows("SELECT * FROM waiting_requests") == []
    assert remembered(vault) == [("refused", "approval-expired", None)]


def test_a_repeated_command_waits_once_and_a_repeated_approval_does_it_once(vault: ASite) -> None:
    asked = vault.a_command(GRANT, command_id=REQUEST)
    first = vault.send(asked)
    approval = vault.a_command(the(Approve, vault), admin=vault.alan)

    repeated = vault.send(asked)
    approved = vault.send(approval, admin=vault.alan)
    revision = vault.head().revision
    again = vault.send(approval, admin=vault.alan)
    asked_again = vault.send(asked)

    assert first[0].payload == repeated[0].payload == asked_again[0].payload
    assert approved[0].payload == again[0].payload
    assert (vault.head().revision, waiting(vault)) == (revision, [])


def test_requests_outlive_a_restart(vault: ASite) -> None:
    ask_for_grant(vault)
    vault.restart()

    assert vault.ask(the(Approve, vault), admin=vault.alan).verdict == "accepted"


def test_an_approval_of_what_is_no_longer_possible_is_refused_and_the_request_stays(vault: ASite) -> None:
    ask_for_grant(vault)
    vault.connection.execute("DELETE FROM holders WHERE id = 'h1'")

    response = vault.ask(the(Approve, vault), admin=vault.alan)

    assert (response.reason, waiting(vault)) == ("unknown-holder", [REQUEST])


def test_the_list_of_what_waits_names_the_person(vault: ASite) -> None:
    ask_for_grant(vault)

    (request,) = vault.ask_for(Approvals(), WaitingCommands).requests

    assert (request.admin, request.verb, request.handle, request.zones) == ("grace", "grant", "ada", ("vault",))
    assert from_text(text_of(request.note.encode()), Command, site=SITE).do == GRANT
    assert (request.about, request.asked_at, request.expires) == (
        "zone=vault holder=h1 grant=g1",
        NOON_SECONDS,
        NOON_SECONDS + DAY,
    )


@pytest.mark.parametrize(
    ("do", "present"),
    [
        (DoorSet("vault-door", "floor-1"), (DoorRow("vault-door", "vault"),)),
        (DoorRemove("vault-door"), (DoorRow("vault-door", "vault"),)),
        (ScheduleSet("nights", ()), (NIGHTS,)),
        (ZoneSet("vault", ZoneKind.SERVER_ROOM, OnAuditFailure.RELEASE), (VAULT,)),
        (ZoneRuleSet("vault"), (ZoneRuleRow("vault", 2, break_glass="guards"), VAULT)),
        (GRANT, ()),
    ],
)
def test_the_list_of_what_waits_shows_what_stands_there_now(vault: ASite, do: Verb, present: tuple[Row, ...]) -> None:
    ask_for_grant(vault, do)

    (request,) = vault.ask_for(Approvals(), WaitingCommands).requests

    assert request.present == present


def test_what_waits_is_found_by_the_beginning_of_its_id(vault: ASite) -> None:
    vault.ask(GrantAdd("g2", "vault", holder="h2"))
    ask_for_grant(vault)

    (found,) = vault.ask_for(Approvals(request="777"), WaitingCommands).requests

    assert (found.request, len(waiting(vault))) == (REQUEST, 2)


def test_whoever_asks_for_what_waits_no_longer_is_told_what_became_of_it(vault: ASite) -> None:
    before = vault.ask(Approvals(request="777")).reason
    ask_for_grant(vault)
    vault.ask(the(Approve, vault), admin=vault.alan)

    assert (before, vault.ask(Approvals(request="777")).reason) == ("unknown-request", "request-decided")


def test_pages_together_are_all_that_waits(vault: ASite) -> None:
    for number in range(MAX_PAGE_ROWS + 1):
        vault.ask(GrantAdd(f"g-{number}", "vault", holder="h1"))

    page = vault.ask_for(Approvals(), WaitingCommands)
    requests = list(page.requests)
    while page.after is not None:
        page = vault.ask_for(Approvals(page.after), WaitingCommands)
        requests += page.requests

    assert len({request.request for request in requests}) == len(requests) == MAX_PAGE_ROWS + 1


asks = partial(ZoneRuleSet, "vault")


@pytest.mark.parametrize(
    ("before", "after", "weaker"),
    [
        (asks(approvals=2), asks(approvals=1), True),
        (asks(strict=True), asks(), True),
        (asks(max_age_seconds=60), asks(), True),
        (asks(), asks(max_age_seconds=60), False),
        (asks(break_glass="guards"), asks(), False),
        (asks(), asks(break_glass="guards"), True),
        (asks(), asks(grace_after_boot_seconds=1800), False),
        (asks(grace_after_boot_seconds=0), asks(), True),
        (asks(mechanical_key=True), asks(), False),
    ],
)
def test_a_rule_is_weaker_if_it_asks_for_less_in_anything(
    before: ZoneRuleSet, after: ZoneRuleSet, weaker: bool
) -> None:
    assert is_weaker(after, before) is weaker


@pytest.mark.parametrize(("seconds", "told"), [(60, "1 min"), (3599, "59 min"), (5400, "1.5 h"), (86_400, "24 h")])
def test_how_long_a_command_waits_is_told_in_minutes_or_hours(seconds: int, told: str) -> None:
    assert Limits(approval_seconds=seconds).approval_time == told

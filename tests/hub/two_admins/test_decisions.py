"""Who decides what waits for a second admin, once, and that one command still has one effect."""

import hashlib

import msgspec
import pytest

from doorctl.trust.note import Role
from doorctl.wire.commands import GrantAdd, GroupJoin
from doorctl.wire.messages import Delta
from doorctl.wire.notes import detach
from doorctl.wire.questions import Approvals
from doorctl.wire.rights import AdminSuspend, Approve, Refuse
from tests.hub.builders import ASite, an_admin, later
from tests.hub.two_admins.requests import DAY, GRANT, REQUEST, ask_for_grant, grants, the, waiting


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


def test_whoever_asks_for_what_waits_no_longer_is_told_what_became_of_it(vault: ASite) -> None:
    before = vault.ask(Approvals(request="777")).reason
    ask_for_grant(vault)
    vault.ask(the(Approve, vault), admin=vault.alan)

    assert (before, vault.ask(Approvals(request="777")).reason) == ("unknown-request", "request-decided")

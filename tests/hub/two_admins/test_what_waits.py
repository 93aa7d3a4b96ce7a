"""What takes two admins: which commands wait, and how admins are shown what waits."""

from functools import partial

import pytest

from doorctl.core.model import OnAuditFailure, ZoneKind
from doorctl.hub.rights.limits import Limits
from doorctl.hub.two_admins.awaiting import is_weaker
from doorctl.hub.two_admins.waiting_requests import MAX_WAITING
from doorctl.policy.rows import DoorRow, Row, ZoneRow, ZoneRuleRow
from doorctl.wire.commands import (
    Command,
    DoorRemove,
    DoorSet,
    GrantAdd,
    GroupJoin,
    GroupLeave,
    HolidayAdd,
    HolidayRemove,
    Revoke,
    ScheduleSet,
    Verb,
    ZoneSet,
)
from doorctl.wire.messages import from_text
from doorctl.wire.notes import text_of
from doorctl.wire.questions import MAX_PAGE_ROWS, Approvals
from doorctl.wire.results import WaitingCommands
from doorctl.wire.rights import ZoneRuleSet
from tests.hub.builders import NOON_SECONDS, SITE, ASite
from tests.hub.two_admins.requests import DAY, GRANT, NIGHTS, REQUEST, ask_for_grant, waiting

VAULT = ZoneRow("vault", ZoneKind.SERVER_ROOM, max_age_seconds=900)


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

"""Admins: who may command at all now, how often they may grant, and what is remembered of what they gave."""

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.hub.desk import Limits
from doorctl.hub.given_commands import KEPT_SECONDS, MAX_REFUSED
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    CardAdd,
    CardSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    GroupLeave,
    PersonAdd,
    PersonSet,
    Private,
    Revoke,
    Verb,
    ZoneSet,
)
from doorctl.wire.messages import Response
from doorctl.wire.questions import CredentialKeys, DigestOf, ListRows, StatusOf, Why
from doorctl.wire.results import DayCount, Digest, Page, SiteStatus
from doorctl.wire.rights import AdminRestore, AdminSuspend, Lockdown, LockdownEnd, OpenDoor
from doorctl.wire.topics import Channel
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON, NOON_SECONDS, AnAdmin, ASite, a_private, later

STAFF = GroupAdd("staff")
DAY = 86_400


def given(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT admin, verb, about, verdict, reason, revision FROM given_commands ORDER BY position")


@pytest.fixture
def floor(site: ASite) -> ASite:
    """A site with Ada and a floor."""
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    site.ask(STAFF)
    return site


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

    everything = "admin officer clerk auditor"
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


def with_limit(site: ASite, grants: int) -> AnAdmin:
    site.limits = Limits(grants_per_hour=grants)
    return site.hire("edith", Role.ADMIN)


def test_an_admin_gives_so_many_grants_within_an_hour_and_no_more(floor: ASite) -> None:
    edith = with_limit(floor, 2)

    def grant(number: int, at: float = 0) -> Response:
        wanted = GrantAdd(f"g{number}", "floor-1", holder="h1", valid_until=NOON_SECONDS + DAY * (number + 1))
        return floor.ask(wanted, admin=edith, at=later(at))

    first, join, third = grant(1), floor.ask(GroupJoin("staff", "h1"), admin=edith), grant(3)
    much_later = grant(4, at=3600)

    assert (first.verdict, join.verdict, third.reason) == ("accepted", "accepted", "too-many-grants")
    assert much_later.verdict == "accepted"


def test_an_officer_has_a_limit_too(floor: ASite) -> None:
    floor.limits = Limits(grants_per_hour=1, officer_grants_per_hour=2)
    floor.hub = floor.a_hub()

    given = [floor.ask(GrantAdd(f"g{n}", "floor-1", holder="h1", valid_until=2**32 + n)) for n in range(3)]

    assert [response.verdict for response in given] == ["accepted", "accepted", "refused"]


def test_an_auditor_does_not_learn_whether_a_number_is_a_card(floor: ASite) -> None:
    floor.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    eve = floor.hire("eve", Role.AUDITOR)

    asked = floor.ask(CredentialKeys(), Private("5" * 32, cards=(ADAS_CARD,)), admin=eve)
    (shown,) = floor.ask_for(ListRows("cards"), Page, admin=eve).rows

    assert asked.reason == "not-allowed"
    assert shown["credential"] == CARD_KEYS.credential_key(ADAS_CARD).hex()[:8]


def test_pages_of_short_credential_keys_together_are_the_list(floor: ASite) -> None:
    eve = floor.hire("eve", Role.AUDITOR)
    cards = [f"H10301:1:{number}" for number in range(3)]
    for card in cards:
        floor.ask(CardAdd("h1"), a_private(card=card))
    keys = sorted(CARD_KEYS.credential_key(card).hex()[:8] for card in cards)

    rest = floor.ask_for(ListRows("cards", after=keys[0]), Page, admin=eve).rows

    assert [row["credential"] for row in rest] == keys[1:]


def test_card_numbers_are_asked_about_so_many_times_an_hour_and_that_is_remembered(floor: ASite) -> None:
    floor.limits = Limits(cards_per_hour=3)
    floor.hub = floor.a_hub()
    cards = tuple(f"H10301:1:{number}" for number in range(4))

    def ask(*wanted: str, seconds: int = 0) -> Response:
        return floor.ask(CredentialKeys(), Private("5" * 32, cards=wanted), at=later(seconds))

    first, why, more = ask(*cards[:2]), floor.ask(Why("lab"), a_private(card=cards[2])), ask(cards[3])
    much_later = ask(*cards[:3], seconds=3600)

    assert [first.verdict, why.verdict, more.reason, much_later.verdict] == ["done", "done", "too-many-cards", "done"]
    asked = [
        ("credential-keys", "cards=2"),
        ("why", "cards=1 door=lab"),
        ("credential-keys", ""),
        ("credential-keys", "cards=3"),
    ]
    assert floor.rows("SELECT verb, about FROM given_commands WHERE verb IN ('why', 'credential-keys')") == asked


def test_what_is_no_grant_is_not_limited_and_officers_have_a_higher_limit(floor: ASite) -> None:
    edith = with_limit(floor, 1)
    floor.ask(GrantAdd("g1", "floor-1", holder="h1"), admin=edith)

    again = floor.ask(GrantAdd("g2", "floor-1", holder="h1"), admin=edith)
    revoked = floor.ask(Revoke("floor-1", holder="h1"), admin=edith)
    by_officer = [floor.ask(GrantAdd(f"g{n}", "floor-1", holder="h1", valid_until=2**32 + n)) for n in range(3, 6)]

    assert (again.verdict, revoked.verdict) == ("done", "accepted")  # what exists already is no grant
    assert {response.verdict for response in by_officer} == {"accepted"}


def test_every_command_is_remembered_with_what_became_of_it(site: ASite) -> None:
    site.ask(PersonAdd("h1"), a_private(handle="adahandle", name="Ada Lovelace"))
    site.ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))
    site.ask(STAFF)
    site.ask(STAFF)

    assert given(site) == [
        ("grace", "person-add", "holder=h1", "accepted", "", 1),
        ("grace", "card-set lost", "status=lost", "refused", "unknown-card", None),
        ("grace", "group-add", "group=staff", "accepted", "", 2),
        ("grace", "group-add", "group=staff", "done", "", None),
    ]


def test_a_question_is_remembered_only_by_whom_it_was_forbidden(site: ASite) -> None:
    edith = site.hire("edith", Role.CLERK)
    site.ask(StatusOf(), admin=edith)
    site.ask(AdminSuspend("edith"))
    question = site.a_command(StatusOf(), admin=edith)

    for _ in range(2):
        site.send(question, admin=edith)

    assert given(site)[1:] == [("edith", "status", "", "refused", "admin-suspended", None)]


def test_an_admin_of_no_role_that_we_know_asks_nothing_and_changes_nothing(site: ASite) -> None:
    edith = site.hire("edith", "emperor")

    answers = [site.ask(do, admin=edith).reason for do in (StatusOf(), ListRows("admins"), STAFF)]

    assert (answers, [row[4] for row in given(site)]) == (["not-allowed"] * 3, ["not-allowed"] * 3)


def test_refusals_of_an_hour_are_remembered_up_to_a_limit(site: ASite) -> None:
    site.connection.execute("BEGIN")
    site.connection.executemany(
        "INSERT INTO given_commands (at, admin, command, verb, about, verdict, reason, grants) "
        "VALUES (?, 'grace', ?, 'revoke', '', 'refused', 'unknown-zone', 0)",
        [(NOON_SECONDS, str(number)) for number in range(MAX_REFUSED)],
    )
    site.connection.execute("COMMIT")

    site.ask(Revoke("floor-1", holder="h1"))
    site.ask(Revoke("floor-1", holder="h1"), at=later(3601))

    assert site.rows("SELECT count(*) FROM given_commands") == [(MAX_REFUSED + 1,)]


def test_given_commands_are_forgotten_after_400_days(site: ASite) -> None:
    site.ask(STAFF)

    site.hub.tidy(later(KEPT_SECONDS))
    kept = given(site)
    site.hub.tidy(later(KEPT_SECONDS + 1))

    assert (len(kept), given(site)) == (1, [])


def test_a_digest_tells_ones_own_commands_of_a_day_at_the_site(site: ASite) -> None:
    site.hub.set_timezone("Asia/Tokyo", later(0))
    site.ask(STAFF)  # 21:00 in Tokyo
    site.ask(Revoke("floor-1", holder="h1"), at=later(3 * 3600))  # midnight in Tokyo
    site.ask(STAFF, admin=site.alan)

    first = site.ask_for(DigestOf("2027-01-15"), Digest)
    second = site.ask_for(DigestOf("2027-01-16"), Digest)

    assert [(each.at, each.verb, each.verdict) for each in first.commands] == [
        (NOON_SECONDS, "group-add", "accepted")
    ]
    assert [(each.verb, each.reason) for each in second.commands] == [("revoke", "unknown-holder")]
    assert second.before == (DayCount("2027-01-15", 1, 0), DayCount("2027-01-16", 1, 1))


def test_a_digest_counts_from_the_day_that_was_told_however_long_ago(site: ASite) -> None:
    site.ask(STAFF)

    found = site.ask_for(DigestOf("2027-03-01", since="2027-01-14"), Digest, at=later(45 * DAY))
    told = site.ask_for(DigestOf("2027-03-01", since="2027-01-15"), Digest, at=later(45 * DAY))

    assert (found.commands, found.before, told.before) == ((), (DayCount("2027-01-15", 1, 0),), ())


def test_a_digest_of_everyone_is_for_officers_and_auditors(site: ASite) -> None:
    edith, ruth = site.hire("edith", Role.ADMIN, Role.CLERK), site.hire("ruth", Role.AUDITOR)
    site.ask(Revoke("floor-1", holder="h1"))
    site.ask(STAFF, admin=edith)

    refused = site.ask_for(DigestOf("2027-01-15", refused=True, everyone=True), Digest, admin=ruth)

    assert [(each.admin, each.reason) for each in refused.commands] == [("grace", "unknown-holder")]
    assert site.ask(DigestOf("2027-01-15", everyone=True), admin=edith).reason == "not-allowed"


def test_pages_of_a_digest_together_are_the_day(site: ASite) -> None:
    site.connection.execute("BEGIN")
    site.connection.executemany(
        "INSERT INTO given_commands (at, admin, command, verb, about, verdict, reason, grants) "
        "VALUES (?, 'grace', ?, 'revoke', ?, 'accepted', '', 0)",
        [(NOON_SECONDS, str(number), "zone=floor-1" * 10) for number in range(700)],
    )
    site.connection.execute("COMMIT")

    page = site.ask_for(DigestOf("2027-01-15"), Digest)
    found = [each.command for each in page.commands]
    while page.after is not None:
        page = site.ask_for(DigestOf("2027-01-15", after=page.after), Digest)
        found += [each.command for each in page.commands]

    assert found == [str(number) for number in range(700)]


@pytest.mark.parametrize("day", ["2027-02-30", "9999-12-31", "0001-01-01"])
def test_a_digest_of_no_day_is_refused_by_name(site: ASite, day: str) -> None:
    assert site.ask(DigestOf(day)).reason == "bad-date"

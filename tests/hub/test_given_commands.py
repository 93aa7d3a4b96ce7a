"""What is remembered of the commands that admins gave, and the digests that are made of it."""

import pytest

from doorctl.core.model import Factor, Status
from doorctl.hub.given_commands import KEPT_SECONDS, MAX_REFUSED
from doorctl.policy.rows import FactorTime
from doorctl.trust.note import Role
from doorctl.wire.commands import CardSet, GroupAdd, PersonAdd, PinSet, Private, Revoke, Verb
from doorctl.wire.questions import DigestOf, ListRows, StatusOf
from doorctl.wire.results import DayCount, Digest
from doorctl.wire.rights import AdminSuspend, ZoneFactorSet
from tests.hub.builders import ADAS_CARD, NOON_SECONDS, ASite, a_private, later

STAFF = GroupAdd("staff")
DAY = 86_400


def given(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT admin, verb, about, verdict, reason, revision FROM given_commands ORDER BY position")


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


def test_what_a_zone_is_to_ask_for_is_remembered_and_of_a_pin_whether_it_counts_alone(site: ASite) -> None:
    site.ask(ZoneFactorSet("vault", Factor.PIN, (FactorTime("a", Factor.CARD), FactorTime("b", Factor.PIN))))
    site.ask(PinSet("h1", alone=True), Private("5" * 32, pin="2580", duress="7391"))

    assert [row[1:3] for row in given(site)] == [
        (
            "zone-factor-set",
            "zone=vault factor=pin times=a:card;b:pin pin_tries=5 pin_block_seconds=300 persons=1 persons_seconds=30",
        ),
        ("pin-set", "holder=h1 alone=yes"),
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


@pytest.mark.parametrize("later_on", [GroupAdd("guards"), Revoke("floor-1", holder="h1")])
def test_an_id_means_one_command_so_long_as_it_is_remembered(site: ASite, later_on: Verb) -> None:
    site.send(site.a_command(STAFF, command_id="7" * 32))
    site.hub.tidy(later(3 * DAY))  # what was answered is forgotten by now

    another = site.send(site.a_command(later_on, command_id="7" * 32, at=later(3 * DAY)), at=later(3 * DAY))

    assert [response.reason for response in site.responses(another)] == ["id-used"]
    assert (site.rows("SELECT id FROM groups"), len(given(site))) == ([("staff",)], 1)


def refused_often(site: ASite) -> None:
    """Let as many commands have been refused within the hour as are remembered."""
    site.connection.execute("BEGIN")
    site.connection.executemany(
        "INSERT INTO given_commands (at, admin, command, verb, about, verdict, reason, grants) "
        "VALUES (?, 'grace', ?, 'revoke', '', 'refused', 'unknown-zone', 0)",
        [(NOON_SECONDS, str(number)) for number in range(MAX_REFUSED)],
    )
    site.connection.execute("COMMIT")


def test_refusals_of_an_hour_are_remembered_up_to_a_limit(site: ASite) -> None:
    refused_often(site)

    site.ask(Revoke("floor-1", holder="h1"))
    site.ask(Revoke("floor-1", holder="h1"), at=later(3601))

    assert site.rows("SELECT count(*) FROM given_commands") == [(MAX_REFUSED + 1,)]


def test_beyond_that_limit_a_refusal_is_not_remembered_and_its_admin_is_told_so(site: ASite) -> None:
    refused_often(site)

    answer = site.ask(Revoke("floor-1", holder="h1"))

    assert (answer.verdict, answer.reason) == ("refused", "too-many-refused")
    assert answer.text.endswith("the command may still take effect until it expires: look before you repeat it")
    assert site.rows("SELECT count(*) FROM commands") == [(0,)]


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

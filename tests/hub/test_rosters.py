"""Rosters at the hub: what the rules would make of one, and whose signatures put one in force."""

from collections.abc import Sequence

import pytest

from doorctl.core.model import Status, Weekday, ZoneKind
from doorctl.keys.card_keys import wrap
from doorctl.keys.identity import Identity
from doorctl.policy.rows import ScheduleRow, WindowRow
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    CardAdd,
    CardSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    PersonAdd,
    PersonSet,
    Private,
    ScheduleSet,
    ZoneSet,
)
from doorctl.wire.messages import Response, to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.questions import RosterOf
from doorctl.wire.results import RosterFound, RosterLineFound
from doorctl.wire.rights import AdminSuspend, CardKeysRotate, RosterSet, ZoneRuleSet
from doorctl.wire.roster import MAX_LINES, MAX_SIGNED_AHEAD, LineState, Roster, RosterLine, card_mark
from tests.hub.builders import CARD_KEYS, NOON_SECONDS, SITE, ASite, a_private, an_admin

ADAS, ALANS = "H10301:123:4567", "H10301:1:2"
DAY = 86_400


def mark(card: str) -> str:
    return card_mark(CARD_KEYS.credential_key(card))


ADAS_LINE = RosterLine("h1", mark(ADAS))


@pytest.fixture
def vault(site: ASite) -> ASite:
    """A site with a strict vault; Ada may enter it herself, Alan as one of the staff until tomorrow."""
    for do, private in (
        (PersonAdd("h1"), a_private(handle="ada")),
        (PersonAdd("h2"), a_private(handle="alan")),
        (CardAdd("h1"), a_private(card=ADAS)),
        (CardAdd("h2", valid_until=NOON_SECONDS + 2 * DAY), a_private(card=ALANS)),
        (ZoneSet("vault", ZoneKind.SERVER_ROOM), None),
        (ZoneRuleSet("vault", strict=True), None),
        (GroupAdd("staff"), None),
        (GroupJoin("staff", "h2"), None),
        (GrantAdd("g1", "vault", holder="h1"), None),
        (GrantAdd("g2", "vault", group="staff", valid_until=NOON_SECONDS + DAY), None),
    ):
        assert site.ask(do, private).verdict == "accepted"
    return site


def a_roster(*lines: RosterLine, version: int = 1, zone: str = "vault", ring: int = 1) -> Roster:
    return Roster(SITE, zone, version, NOON_SECONDS, ring, lines)


def put(site: ASite, roster: Roster, *officers: Identity, zone: str = "vault") -> Response:
    signers = [officer.signer for officer in officers or (site.grace.identity,)]
    note = sign_text(to_text(roster), *signers).decode()
    return site.ask(RosterSet(zone), Private("5" * 32, note=note))


def found(site: ASite) -> Sequence[tuple[str, str, int | None]]:
    return [(each.state, each.card, each.until) for each in site.ask_for(RosterOf("vault"), RosterFound).lines]


def test_the_rules_make_a_line_for_every_card_that_they_let_in_until_the_first_end(vault: ASite) -> None:
    page = vault.ask_for(RosterOf("vault"), RosterFound)

    assert (page.version, page.ring, page.signatures, page.after) == (0, 1, 1, None)
    assert page.lines == (
        RosterLineFound(LineState.NEW, "h1", "ada", mark(ADAS), None, None),
        RosterLineFound(LineState.NEW, "h2", "alan", mark(ALANS), None, NOON_SECONDS + DAY),
    )


def test_who_is_suspended_and_what_was_lost_is_on_no_roster(vault: ASite) -> None:
    vault.ask(PersonSet("h1", Status.SUSPENDED))
    vault.ask(CardSet(Status.LOST), a_private(card=ALANS))

    assert found(vault) == []


def test_a_roster_in_force_is_compared_with_the_rules(vault: ASite) -> None:
    stranger = RosterLine("h9", mark("H10301:9:9"))
    assert put(vault, a_roster(ADAS_LINE, stranger)).verdict == "accepted"

    assert found(vault) == [
        ("kept", mark(ADAS), None),
        ("new", mark(ALANS), NOON_SECONDS + DAY),
        ("gone", stranger.card, None),
    ]


def test_the_signed_note_in_force_is_given_as_it_was_signed(vault: ASite) -> None:
    put(vault, a_roster(ADAS_LINE))

    page = vault.ask_for(RosterOf("vault", signed=True), RosterFound)

    assert page.note.startswith("doorctl/v1/roster\n")
    assert vault.rows("SELECT note FROM rosters") == [(page.note,)]


def test_after_a_rotation_lines_are_compared_without_their_cards(vault: ASite) -> None:
    put(vault, a_roster(ADAS_LINE))
    vault.ask(CardKeysRotate())

    page = vault.ask_for(RosterOf("vault"), RosterFound)

    wrapped = wrap(CARD_KEYS.credential_key(ADAS), vault.ring.ring[1:])
    assert (page.ring, [(each.state, each.holder) for each in page.lines]) == (2, [("kept", "h1"), ("new", "h2")])
    assert page.lines[0].card == card_mark(wrapped)


def test_a_roster_that_no_officer_signed_is_refused(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert put(vault, a_roster(ADAS_LINE), edith.identity).reason == "unknown-signer"
    assert put(vault, a_roster(ADAS_LINE), an_admin("grace").identity).reason == "unknown-signer"


def test_a_suspended_officers_signature_does_not_count(vault: ASite) -> None:
    vault.ask(AdminSuspend("alan"))

    assert put(vault, a_roster(ADAS_LINE), vault.alan.identity).reason == "unknown-signer"


def test_a_zone_of_two_admins_asks_for_two_officers(vault: ASite) -> None:
    vault.ask(ZoneRuleSet("vault", strict=True, approvals=2))

    one = put(vault, a_roster(ADAS_LINE), vault.grace.identity)
    twice = put(vault, a_roster(ADAS_LINE), vault.grace.identity, vault.grace.identity)
    two = put(vault, a_roster(ADAS_LINE), vault.grace.identity, vault.alan.identity)

    assert (one.reason, twice.reason, two.verdict) == ("too-few-officers", "too-few-officers", "accepted")


@pytest.mark.parametrize(
    ("roster", "reason"),
    [
        (a_roster(ADAS_LINE, version=2), "old-roster"),
        (a_roster(ADAS_LINE, version=1), "old-roster"),
        (a_roster(ADAS_LINE, version=3, zone="floor-1"), "wrong-zone"),
        (a_roster(ADAS_LINE, version=3, ring=2), "bad-roster"),
        (a_roster(RosterLine("h1", mark(ADAS), "nights"), version=3), "bad-roster"),
        (a_roster(ADAS_LINE, version=2 + MAX_SIGNED_AHEAD + 1), "version-jump"),
    ],
)
def test_a_roster_that_cannot_count_is_refused_by_name(vault: ASite, roster: Roster, reason: str) -> None:
    put(vault, a_roster(version=2))

    assert put(vault, roster).reason == reason


def test_versions_that_were_signed_and_never_brought_are_passed_over(vault: ASite) -> None:
    put(vault, a_roster(version=2))

    assert put(vault, a_roster(ADAS_LINE, version=2 + MAX_SIGNED_AHEAD)).verdict == "accepted"


def test_the_schedules_of_the_lines_are_told_to_be_signed(vault: ASite) -> None:
    nights = ScheduleRow(id="nights", windows=(WindowRow((Weekday.MONDAY,), "22:00", "06:00"),))
    vault.ask(ScheduleSet("nights", nights.windows))
    vault.ask(ScheduleSet("days", ()))
    vault.ask(GrantAdd("g3", "vault", holder="h1", schedule="nights"))

    assert vault.ask_for(RosterOf("vault"), RosterFound).schedules == (nights,)
    assert vault.ask_for(RosterOf("vault", after=1), RosterFound).schedules == ()


def test_the_same_roster_again_changes_nothing(vault: ASite) -> None:
    assert [put(vault, a_roster(ADAS_LINE)).verdict for _ in range(2)] == ["accepted", "done"]


def test_a_zone_that_is_not_strict_has_no_roster(vault: ASite) -> None:
    vault.ask(ZoneSet("floor-1", ZoneKind.FLOOR))

    assert put(vault, a_roster(zone="floor-1"), zone="floor-1").reason == "zone-not-strict"
    assert put(vault, a_roster(zone="attic"), zone="attic").reason == "unknown-zone"


def test_only_an_officer_brings_a_roster(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN)
    note = sign_text(to_text(a_roster(ADAS_LINE)), vault.grace.identity.signer).decode()

    response = vault.ask(RosterSet("vault"), Private("5" * 32, note=note), admin=edith)

    assert response.reason == "not-allowed"


def fill(site: ASite, people: int) -> None:
    """Let so many people into the vault, each with a card."""
    numbers = [f"holder-{number:04}" for number in range(people)]
    site.connection.execute("BEGIN")
    site.connection.execute("DELETE FROM grants")
    site.connection.executemany(
        "INSERT INTO holders (id, status) VALUES (?, 'active')", [(each,) for each in numbers]
    )
    site.connection.executemany(
        "INSERT INTO credentials (\"key\", holder, status) VALUES (?, ?, 'active')",
        [(CARD_KEYS.credential_key(each), each) for each in numbers],
    )
    site.connection.executemany(
        "INSERT INTO grants VALUES (?, 'vault', ?, NULL, NULL, NULL, ?)",
        [(each, each, NOON_SECONDS + DAY) for each in numbers],
    )
    site.connection.execute("COMMIT")


def test_pages_together_are_the_whole_roster_and_the_largest_fits_into_a_change(vault: ASite) -> None:
    fill(vault, MAX_LINES)

    page = vault.ask_for(RosterOf("vault"), RosterFound)
    told = list(page.lines)
    while page.after is not None:
        page = vault.ask_for(RosterOf("vault", page.after), RosterFound)
        told += page.lines
    lines = [RosterLine(each.holder, each.card, each.schedule, each.until) for each in told]

    assert len({line.card for line in lines}) == MAX_LINES
    assert put(vault, a_roster(*lines)).verdict == "accepted"


def test_a_roster_that_would_be_too_large_is_refused_by_name(vault: ASite) -> None:
    fill(vault, MAX_LINES + 1)

    assert vault.ask(RosterOf("vault")).reason == "roster-too-large"

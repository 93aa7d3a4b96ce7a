"""Who could open a door: everybody with each card, decided as the door would, page by page."""

from datetime import UTC, datetime

import msgspec
import pytest

from doorctl.core.model import Factor, Status, Weekday, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.hub.verbs.lists import MAX_RESULT_BYTES
from doorctl.keys.card_keys import CardKeys
from doorctl.policy.rows import WindowRow
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    CardAdd,
    CardSet,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    PersonAdd,
    PinSet,
    Private,
    ScheduleSet,
    ZoneSet,
)
from doorctl.wire.messages import to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from doorctl.wire.rights import CardKeysRotate, Lockdown, RosterSet, ZoneFactorSet, ZoneRuleSet
from doorctl.wire.roster import Roster, RosterLine, card_mark
from doorctl.wire.who_words import Who, WhoLine, WhoPage
from tests.hub.builders import NOON, NOON_SECONDS, SITE, AnAdmin, ASite, a_private

DAY = 86_400
EVENING = int(datetime(2027, 1, 15, 18, tzinfo=UTC).timestamp())
ADA = WhoLine("h1", "ada", "Ada", 2, Factor.CARD, ("g1",), ("staff",), None, breaks_glass=False)
ADAS_HANDLE = a_private(handle="ada")
GRACE = WhoLine("h2", "grace", "Grace", 1, Factor.CARD, ("g2",), ("h2",), EVENING, breaks_glass=False)


@pytest.fixture
def lab(site: ASite) -> ASite:
    """A laboratory: Ada has two cards and is of the staff, Grace may enter in office hours, Alan may not."""
    site.ask(ZoneSet("lab", ZoneKind.FLOOR))
    site.ask(DoorSet("lab-door", "lab"))
    site.ask(GroupAdd("staff"))
    site.ask(ScheduleSet("office", (WindowRow((Weekday.FRIDAY,), "08:00", "18:00"),)))
    for holder, name, cards in (("h1", "Ada", 2), ("h2", "Grace", 1), ("h3", "Alan", 1), ("h4", "Edsger", 0)):
        site.ask(PersonAdd(holder), a_private(handle=name.lower(), name=name))
        for number in range(cards):
            site.ask(CardAdd(holder), a_private(card=f"H10301:{holder[1]}:{number}"))
    site.ask(GroupJoin("staff", "h1"))
    site.ask(GrantAdd("g1", "lab", group="staff"))
    site.ask(GrantAdd("g2", "lab", holder="h2", schedule="office"))
    return site


def who(site: ASite, at: int | None = None, *, after: str = "", admin: AnAdmin | None = None) -> WhoPage:
    return site.ask_for(Who("lab-door", at, after), WhoPage, admin=admin)


def brings(site: ASite) -> dict[str | None, tuple[Factor | None, int]]:
    return {line.handle: (line.brings, line.cards) for line in who(site).lines}


def test_everybody_whom_the_door_would_let_in_is_told_with_grant_and_end(lab: ASite) -> None:
    page = who(lab)

    assert (page.zone, page.at, page.people, page.looked_at, page.after) == ("lab", NOON_SECONDS, 4, 4, None)
    assert page.lines == (ADA, GRACE)
    assert page.denied == {Reason.NO_GRANT: 1}


def test_at_another_time_others_are_let_in(lab: ASite) -> None:
    page = who(lab, EVENING)

    assert (page.at, page.lines) == (EVENING, (ADA,))
    assert page.denied == {Reason.NO_GRANT: 1, Reason.OUTSIDE_SCHEDULE: 1}


def test_only_the_cards_that_open_are_counted(lab: ASite) -> None:
    lab.ask(CardSet(Status.LOST), a_private(card="H10301:1:0"))
    lab.ask(CardSet(Status.LOST), a_private(card="H10301:2:0"))

    page = who(lab)

    assert [(line.handle, line.cards) for line in page.lines] == [("ada", 1)]
    assert page.denied == {Reason.NO_GRANT: 1, Reason.CREDENTIAL_LOST: 1}


def add_people(site: ASite, count: int) -> list[str]:
    """Add so many people with a card each, faster than by commands."""
    people = [(f"h{number:04}", number.to_bytes(32, "big")) for number in range(1000, 1000 + count)]
    holders = [holder for holder, _ in people]
    site.connection.executemany("INSERT INTO holders (id, status) VALUES (?, 'active')", zip(holders, strict=True))
    site.connection.executemany("INSERT INTO credentials (holder, \"key\", status) VALUES (?, ?, 'active')", people)
    return holders


def test_an_answer_is_never_larger_than_a_message_may_be(lab: ASite) -> None:
    people = add_people(lab, 190)
    named = [(holder, holder, "N" * 200) for holder in people]
    lab.connection.executemany("INSERT INTO people (holder, handle, name) VALUES (?, ?, ?)", named)
    lab.connection.executemany("INSERT INTO members VALUES (?, 'staff')", zip(people, strict=True))

    first = who(lab)
    rest = who(lab, after=first.after or "")

    assert len(msgspec.json.encode(first.lines)) <= MAX_RESULT_BYTES + len(first.lines)
    assert (first.after is not None, rest.after) == (True, None)
    assert {line.holder for line in (*first.lines, *rest.lines)} == {"h1", "h2", *people}


def test_the_card_that_counts_longest_says_until_when(lab: ASite) -> None:
    for number, days in ((7, 1), (8, 3), (9, 2)):
        lab.ask(CardAdd("h2", valid_until=NOON_SECONDS + days * DAY), a_private(card=f"H10301:2:{number}"))
    lab.ask(CardSet(Status.LOST), a_private(card="H10301:2:0"))
    lab.ask(GrantAdd("g3", "lab", holder="h2"))

    (grace,) = [line for line in who(lab).lines if line.holder == "h2"]

    assert (grace.cards, grace.until, grace.grants) == (3, NOON_SECONDS + 3 * DAY, ("g2", "g3"))


def test_page_after_page_tells_everybody_once(lab: ASite) -> None:
    add_people(lab, 1000)
    pages = [who(lab)]
    while pages[-1].after is not None:
        pages.append(who(lab, after=pages[-1].after))

    assert [page.looked_at < 400 for page in pages] == [True] * len(pages)
    assert sum(page.looked_at for page in pages) == pages[0].people == 1004
    assert [line.holder for page in pages for line in page.lines] == ["h1", "h2"]
    assert sum(page.denied.get(Reason.NO_GRANT, 0) for page in pages) == 1001


def test_the_glass_is_broken_by_as_many_as_the_zone_wants_together(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", break_glass="staff", max_age_seconds=900))
    lab.ask(ZoneFactorSet("lab", Factor.CARD, persons=3))

    assert {line.handle: line.breaks_glass for line in who(lab).lines} == {"ada": True, "grace": False}


@pytest.mark.parametrize(
    ("factor", "told"),
    [
        (Factor.CARD, {"ada": (Factor.CARD, 2), "grace": (Factor.CARD, 1)}),
        (Factor.CARD_OR_PIN, {"ada": (Factor.CARD, 2), "grace": (Factor.CARD_OR_PIN, 1)}),
        (Factor.CARD_AND_PIN, {"ada": (Factor.CARD_AND_PIN, 2), "grace": (Factor.CARD_AND_PIN, 1)}),
        (Factor.PIN, {"ada": (Factor.CARD_AND_PIN, 2), "grace": (Factor.PIN, 1)}),
    ],
)
def test_what_must_be_brought_is_told(
    lab: ASite, factor: Factor, told: dict[str | None, tuple[Factor | None, int]]
) -> None:
    lab.ask(PinSet("h1"), Private("5" * 32, pin="2580"))
    lab.ask(PinSet("h2", alone=True), Private("5" * 32, pin="73914"))
    lab.ask(ZoneFactorSet("lab", factor))

    assert brings(lab) == told


def test_who_has_no_pin_where_one_is_asked_for_is_not_let_in(lab: ASite) -> None:
    lab.ask(ZoneFactorSet("lab", Factor.CARD_AND_PIN))

    assert (brings(lab), who(lab).denied) == ({}, {Reason.NO_PIN: 2, Reason.NO_GRANT: 1})


def test_whoever_has_no_card_opens_by_a_pin_that_counts_alone(lab: ASite) -> None:
    lab.ask(GrantAdd("g4", "lab", holder="h4"))
    lab.ask(PinSet("h4", alone=True), Private("5" * 32, pin="73914"))
    lab.ask(ZoneFactorSet("lab", Factor.CARD_OR_PIN))

    assert brings(lab)["edsger"] == (Factor.PIN, 0)


def test_who_may_break_the_glass_is_marked_and_told_though_no_grant_admits(lab: ASite) -> None:
    lab.ask(GroupAdd("guards"))
    for holder in ("h1", "h3"):
        lab.ask(GroupJoin("guards", holder))
    lab.ask(ZoneRuleSet("lab", break_glass="guards", max_age_seconds=900))

    told = {line.handle: (line.brings, line.grants, line.breaks_glass) for line in who(lab).lines}

    assert told == {
        "ada": (Factor.CARD, ("g1",), True),
        "grace": (Factor.CARD, ("g2",), False),
        "alan": (None, (), True),
    }


def test_where_several_must_come_together_company_is_supposed_and_told(lab: ASite) -> None:
    lab.ask(GroupAdd("escorts"))
    lab.ask(GroupJoin("escorts", "h2"))
    lab.ask(ZoneFactorSet("lab", Factor.CARD, persons=3, persons_group="escorts"))

    page = who(lab)

    assert (page.persons, page.persons_group) == (3, "escorts")
    assert [(line.handle, line.cards, line.leads) for line in page.lines] == [("ada", 2, False), ("grace", 1, True)]
    assert page.denied == {Reason.NO_GRANT: 1}


def test_nobody_is_let_into_a_zone_that_is_locked_down(lab: ASite) -> None:
    lab.ask(Lockdown("lab"))

    page = who(lab)

    assert (page.lines, page.denied) == ((), {Reason.LOCKDOWN: 3})


def test_nobody_is_let_into_a_strict_zone_without_a_roster(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", strict=True))

    page = who(lab)

    assert (page.lines, page.denied) == ((), {Reason.NO_ROSTER: 2, Reason.NO_GRANT: 1})


def with_roster(site: ASite, *holders_cards: tuple[str, str]) -> None:
    """Put a roster in force that names these holders with these cards by the keys in use."""
    keys = CardKeys(site.ring.ring)
    lines = tuple(RosterLine(holder, card_mark(keys.credential_key(card))) for holder, card in holders_cards)
    note = sign_text(to_text(Roster(SITE, "lab", 1, NOON_SECONDS, len(keys.ring), lines)), site.grace.identity.signer)
    assert site.ask(RosterSet("lab"), Private("5" * 32, note=note.decode())).verdict == "accepted"


@pytest.mark.parametrize("rotated", [False, True], ids=["one-key", "two-keys"])
def test_only_whom_the_roster_names_comes_into_a_strict_zone_and_with_that_card(lab: ASite, *, rotated: bool) -> None:
    if rotated:
        lab.ask(CardKeysRotate())
    lab.ask(ZoneRuleSet("lab", strict=True))
    with_roster(lab, ("h1", "H10301:1:1"), ("h3", "H10301:3:0"))

    page = who(lab)

    assert [(line.handle, line.cards) for line in page.lines] == [("ada", 1)]
    assert page.denied == {Reason.NOT_ON_ROSTER: 1, Reason.NO_GRANT: 1}


def test_a_roster_that_names_cards_by_older_keys_is_refused_by_name_for_cards_that_nobody_reads(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", strict=True))
    with_roster(lab, ("h1", "H10301:1:1"))
    lab.ask(CardKeysRotate())

    told = [lab.ask(do, private).reason for do, private in ((Who("lab-door"), None), (Why("lab-door"), ADAS_HANDLE))]
    by_number = lab.ask_for(Why("lab-door"), WhyResult, a_private(card="H10301:1:1"))

    assert (told, by_number.reason) == (["old-roster", "old-roster"], Reason.GRANTED)


def test_it_is_what_why_says_of_every_card(lab: ASite) -> None:
    cards = {"ada": "H10301:1:0", "grace": "H10301:2:0", "alan": "H10301:3:0"}
    granted = {
        handle
        for handle, card in cards.items()
        if lab.ask_for(Why("lab-door", EVENING), WhyResult, a_private(card=card)).reason is Reason.GRANTED
    }

    assert {line.handle for line in who(lab, EVENING).lines} == granted


def test_names_are_told_to_those_who_may_have_them_in_reports(lab: ASite) -> None:
    told = {role: who(lab, admin=lab.hire(f"{role}-1", role)).lines[0] for role in Role if role is not Role.HOST}

    assert {role for role, line in told.items() if line.name == "Ada"} == {Role.AUDITOR, Role.CLERK, Role.OFFICER}
    assert {line.handle for line in told.values()} == {"ada"}


def test_a_door_that_is_not_there_is_refused_by_name(lab: ASite) -> None:
    assert lab.ask(Who("cellar")).reason == "unknown-door"


def test_at_the_end_of_time_every_schedule_is_closed(lab: ASite) -> None:
    lab.hub.set_timezone("Asia/Tokyo", NOON)

    assert who(lab, 253_402_300_799).lines == (ADA,)

"""A lost card and another in its place, in one change: what stands then, what is told, and what is refused."""

import pytest
from msgspec.structs import replace

from doorctl.core.model import Status, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    CardAdd,
    CardReplace,
    CardSet,
    DoorSet,
    GrantAdd,
    PersonAdd,
    PinSet,
    Private,
    Verb,
    ZoneSet,
)
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from doorctl.wire.rights import CardKeysRotate, ZoneRuleSet
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON_SECONDS, ASite, a_private, later

OLD, NEW, SECOND, ALANS = ADAS_CARD, "H10301:123:9876", "uid:04A2B3C4", "H10301:9:9"
DAY = 86_400
SINCE, UNTIL = NOON_SECONDS - DAY, NOON_SECONDS + DAY
REPLACE = CardReplace("h1")


def new_for(*old: str, card: str = NEW) -> Private:
    """Name the new card, and the lost one if it is named."""
    return replace(a_private(card=card), cards=old)


def key(card: str) -> bytes:
    return CARD_KEYS.credential_key(card)


def card_rows(site: ASite) -> set[tuple[object, ...]]:
    return set(site.rows('SELECT "key", holder, status, valid_from, valid_until FROM credentials'))


def reason_of(site: ASite, card: str) -> str | None:
    return site.ask_for(Why("front"), WhyResult, a_private(card=card)).reason


@pytest.fixture
def lab(site: ASite) -> ASite:
    """Ada has a card for these two days that opens the lab; Alan has one, too."""
    for do, private in (
        (PersonAdd("h1"), a_private(handle="ada")),
        (PersonAdd("h2"), a_private(handle="alan")),
        (CardAdd("h1", valid_from=SINCE, valid_until=UNTIL), a_private(card=OLD)),
        (CardAdd("h2"), a_private(card=ALANS)),
        (ZoneSet("lab", ZoneKind.FLOOR), None),
        (DoorSet("front", "lab"), None),
        (GrantAdd("g1", "lab", holder="h1"), None),
    ):
        assert site.ask(do, private).verdict == "accepted"
    return site


def test_the_new_card_counts_as_the_old_one_did_and_the_old_one_is_known_as_lost_in_one_change(lab: ASite) -> None:
    (before,) = lab.rows("SELECT revision FROM position")

    answer = lab.ask(REPLACE, new_for(OLD))

    assert (answer.verdict, answer.text) == ("accepted", "card replaced: the old one is lost")
    assert lab.rows("SELECT revision FROM position") == [(int(str(before[0])) + 1,)]
    assert card_rows(lab) == {
        (key(OLD), "h1", "lost", SINCE, UNTIL),
        (key(NEW), "h1", "active", SINCE, UNTIL),
        (key(ALANS), "h2", "active", None, None),
    }
    assert (key(NEW), "H10301", NOON_SECONDS) in lab.rows("SELECT * FROM cards")


def test_a_door_lets_in_by_the_new_card_and_knows_the_old_one_as_lost(lab: ASite) -> None:
    lab.ask(REPLACE, new_for(OLD))

    assert (reason_of(lab, NEW), reason_of(lab, OLD)) == (Reason.GRANTED, Reason.CREDENTIAL_LOST)


def test_who_has_one_card_need_not_say_which_is_lost(lab: ASite) -> None:
    first = lab.ask(REPLACE, new_for())
    second = lab.ask(REPLACE, new_for(card=SECOND))

    assert (first.verdict, second.verdict) == ("accepted", "accepted")
    assert {row[0]: row[2] for row in card_rows(lab)} == {
        key(OLD): "lost",
        key(NEW): "lost",
        key(SECOND): "active",
        key(ALANS): "active",
    }


@pytest.mark.parametrize("named", [(OLD,), ()])
def test_a_card_that_was_reported_lost_before_is_replaced_later(lab: ASite, named: tuple[str, ...]) -> None:
    lab.ask(CardSet(Status.LOST), a_private(card=OLD))

    assert lab.ask(REPLACE, new_for(*named)).verdict == "accepted"
    assert reason_of(lab, NEW) == Reason.GRANTED


def test_each_of_several_cards_opens_and_one_that_is_lost_does_not_hurt_the_others(lab: ASite) -> None:
    lab.ask(CardAdd("h1"), a_private(card=SECOND))
    before = [reason_of(lab, card) for card in (OLD, SECOND)]

    lab.ask(REPLACE, new_for(OLD))

    assert before == [Reason.GRANTED, Reason.GRANTED]
    assert [reason_of(lab, card) for card in (OLD, SECOND, NEW)] == [
        Reason.CREDENTIAL_LOST,
        Reason.GRANTED,
        Reason.GRANTED,
    ]


def test_the_pin_stays_with_the_person(lab: ASite) -> None:
    lab.ask(PinSet("h1"), a_private(pin="2580"))
    before = lab.rows("SELECT * FROM pins")

    lab.ask(REPLACE, new_for(OLD))

    assert lab.rows("SELECT * FROM pins") == before != []


def test_the_answer_says_which_rosters_are_to_be_signed_anew(lab: ASite) -> None:
    for zone in ("vault", "safe", "attic"):
        lab.ask(ZoneSet(zone, ZoneKind.SERVER_ROOM))
        lab.ask(ZoneRuleSet(zone, strict=True))
    for zone in ("vault", "safe"):
        lab.ask(GrantAdd(f"g-{zone}", zone, holder="h1"))

    told = lab.ask(REPLACE, new_for(OLD)).text.split("; ")[1:]

    assert told == [
        f"{zone} is strict: its doors open only once an officer has signed: doorctl roster sign {zone}"
        for zone in ("safe", "vault")
    ]


def test_where_two_admins_must_agree_a_card_is_replaced_by_one_as_it_is_given_by_one(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", approvals=2))

    given = lab.ask(CardAdd("h1"), a_private(card=SECOND)).verdict
    replaced = lab.ask(REPLACE, new_for(OLD)).verdict

    assert (given, replaced) == ("accepted", "accepted")


def test_after_new_card_keys_a_card_from_before_is_replaced(lab: ASite) -> None:
    lab.ask(CardKeysRotate())

    lab.ask(REPLACE, new_for(OLD))

    assert (reason_of(lab, NEW), reason_of(lab, OLD)) == (Reason.GRANTED, Reason.CREDENTIAL_LOST)


def test_what_is_remembered_names_the_holder_and_no_card(lab: ASite) -> None:
    lab.ask(REPLACE, new_for(OLD))

    assert lab.rows("SELECT verb, about FROM given_commands ORDER BY position DESC LIMIT 1") == [
        ("card-replace", "holder=h1")
    ]


@pytest.mark.parametrize(
    ("do", "private", "reason"),
    [
        (REPLACE, new_for(SECOND), "unknown-card"),
        (REPLACE, new_for(ALANS), "unknown-card"),
        (CardReplace("h9"), new_for(OLD), "unknown-holder"),
        (CardReplace("h9"), new_for(), "unknown-holder"),
        (REPLACE, new_for(OLD, card=ALANS), "card-taken"),
        (REPLACE, new_for(OLD, card=OLD), "card-taken"),
        (REPLACE, new_for(card=OLD), "card-taken"),
        (REPLACE, new_for(OLD, ALANS), "bad-card"),
        (REPLACE, new_for("1234567"), "bad-card"),
        (REPLACE, new_for(OLD, card=""), "bad-card"),
        (REPLACE, None, "bad-card"),
    ],
)
def test_what_cannot_be_replaced_is_refused_by_name_and_nothing_is_changed(
    lab: ASite, do: Verb, private: Private | None, reason: str
) -> None:
    before = card_rows(lab)

    answer = lab.ask(do, private)

    assert (answer.verdict, answer.reason) == ("refused", reason)
    assert card_rows(lab) == before


def test_who_has_no_card_gets_the_first_otherwise(lab: ASite) -> None:
    lab.ask(PersonAdd("h3"), a_private(handle="grace"))

    assert lab.ask(CardReplace("h3"), new_for()).reason == "no-card"


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.LOST])
def test_of_several_cards_the_lost_one_must_be_named(lab: ASite, status: Status) -> None:
    lab.ask(CardAdd("h1"), a_private(card=SECOND))
    for card in (OLD, SECOND):
        lab.ask(CardSet(status), a_private(card=card))

    assert lab.ask(REPLACE, new_for()).reason == "several-cards"
    assert lab.ask(REPLACE, new_for(SECOND)).verdict == "accepted"


def test_a_suspension_is_not_undone_by_another_card(lab: ASite) -> None:
    lab.ask(CardSet(Status.SUSPENDED), a_private(card=OLD))

    assert [lab.ask(REPLACE, new_for(*named)).reason for named in ((OLD,), ())] == ["card-suspended"] * 2


def test_a_card_whose_time_is_over_is_not_given_again(lab: ASite) -> None:
    def replaced_at(seconds: int) -> str:
        answer = lab.ask(REPLACE, new_for(OLD), at=later(seconds))
        return answer.reason or answer.verdict

    assert (replaced_at(DAY), replaced_at(DAY - 1)) == ("bad-time", "accepted")


@pytest.mark.parametrize(
    ("role", "outcome"), [(Role.ADMIN, "accepted"), (Role.CLERK, "accepted"), (Role.OFFICER, "not-allowed")]
)
def test_who_may_give_cards_may_replace_one(lab: ASite, role: Role, outcome: str) -> None:
    edith = lab.hire("edith", role)

    answer = lab.ask(REPLACE, new_for(OLD), admin=edith)

    assert (answer.reason or answer.verdict) == outcome

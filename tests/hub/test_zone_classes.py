"""Classes of readers and cards at the hub: who says them, what follows a card, and what is told of them."""

import pytest

from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Outcome, Reason
from doorctl.keys.card_keys import wrap
from doorctl.policy.apply import position_of, recomputed_digest, rows_where
from doorctl.policy.rows import CredentialClassRow, ZoneClassesRow
from doorctl.trust.note import Role
from doorctl.wire.classes import CardClassSet, ZoneClassesSet
from doorctl.wire.commands import (
    CardAdd,
    CardRemove,
    CardReplace,
    GrantAdd,
    PersonAdd,
    PersonRemove,
    Private,
    ZoneRemove,
    ZoneSet,
)
from doorctl.wire.privacy import PersonErase
from doorctl.wire.questions import ListRows, StatusOf, Why
from doorctl.wire.results import Page, SiteStatus, WhyResult
from doorctl.wire.rights import CardKeysRotate, ZoneRuleSet
from doorctl.wire.who_words import Who, WhoPage
from tests.hub.builders import ADAS_CARD, CARD_KEYS, ASite, a_private
from tests.hub.floor_3 import with_ada

CARD, NEW = a_private(card=ADAS_CARD), a_private(card="H10301:7:7")
WIRES, TEXT, OSDP = ReaderClass.WIEGAND, ReaderClass.TEXT, ReaderClass.OSDP_SC
SAFE = (CardClass.DESFIRE, CardClass.SEOS)
NOT_COPIED = ZoneClassesSet("floor-3", card_classes=SAFE)


@pytest.fixture
def floor(site: ASite) -> ASite:
    """A site where Ada's card opens floor 3."""
    with_ada(site).ask(GrantAdd("g1", "floor-3", holder="h1"))
    return site


def classes(site: ASite) -> dict[bytes, CardClass]:
    """Give the class of each card, and prove that the digest is that of the rows."""
    assert recomputed_digest(site.connection) == position_of(site.connection).digest
    return {row.key: row.card_class for row in rows_where(site.connection, CredentialClassRow, holder="h1")}


def key_of(card: str) -> bytes:
    return CARD_KEYS.credential_key(card)


def reasons(site: ASite) -> list[Reason]:
    found = site.ask_for(Why("door-1"), WhyResult, CARD)
    return [] if found.outcome is Outcome.GRANTED else [each.reason for each in found.reasons]


def test_what_a_zone_takes_stands_in_the_policy_each_class_once(floor: ASite) -> None:
    twice = ZoneClassesSet("floor-3", (WIRES, OSDP, WIRES), (*SAFE, *SAFE))

    assert floor.ask(twice).verdict == "accepted"
    assert rows_where(floor.connection, ZoneClassesRow, zone="floor-3") == [
        ZoneClassesRow("floor-3", (OSDP, WIRES), SAFE)
    ]
    assert floor.ask(twice).verdict == "done"


def test_a_zone_that_takes_everything_has_no_row(floor: ASite) -> None:
    floor.ask(NOT_COPIED)

    floor.ask(ZoneClassesSet("floor-3"))

    assert floor.rows("SELECT * FROM zone_classes") == []


def test_it_is_told_whom_it_denies(floor: ASite) -> None:
    floor.ask(CardAdd("h1", card_class=CardClass.DESFIRE), NEW)

    told = [floor.ask(do).text for do in (NOT_COPIED, ZoneClassesSet("floor-3", (OSDP,)), ZoneClassesSet("floor-3"))]

    assert [text.partition("; ")[2] for text in told] == [
        "1 of 2 cards of those with a grant are of another class, or nobody has said of which (doorctl card class)",
        "",
        "",
    ]


def test_only_an_officer_says_what_a_zone_takes_and_of_a_zone_that_there_is(floor: ASite) -> None:
    edith = floor.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert floor.ask(NOT_COPIED, admin=edith).reason == "not-allowed"
    assert floor.ask(ZoneClassesSet("attic", (WIRES,))).reason == "unknown-zone"


def test_a_zone_does_not_go_before_what_officers_have_said_of_it(floor: ASite) -> None:
    floor.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    floor.ask(ZoneClassesSet("vault", (WIRES,)))

    assert floor.ask(ZoneRemove("vault")).reason == "zone-in-use"
    floor.ask(ZoneClassesSet("vault"))
    assert floor.ask(ZoneRemove("vault")).verdict == "accepted"


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (ZoneClassesSet("floor-3", (WIRES, TEXT), SAFE), True),
        (ZoneClassesSet("floor-3", (OSDP,), SAFE), True),
        (ZoneClassesSet("floor-3", (), SAFE), True),
        (ZoneClassesSet("floor-3", (WIRES,), ()), True),
        (ZoneClassesSet("floor-3", (WIRES,), (CardClass.PROX,)), True),
        (ZoneClassesSet("floor-3", (WIRES,), (CardClass.SEOS,)), False),
    ],
)
def test_what_takes_more_waits_for_a_second_admin(floor: ASite, do: ZoneClassesSet, *, waits: bool) -> None:
    floor.ask(ZoneRuleSet("floor-3", approvals=2))
    first = floor.ask(ZoneClassesSet("floor-3", (WIRES,), SAFE)).verdict

    assert (first, floor.ask(do).verdict) == ("accepted", "pending" if waits else "accepted")


def test_the_class_of_a_card_is_told_when_it_is_given_or_later(floor: ASite) -> None:
    floor.ask(CardAdd("h1", card_class=CardClass.SEOS), NEW)
    floor.ask(CardClassSet(CardClass.PROX), CARD)
    given = classes(floor)

    assert floor.ask(CardClassSet(CardClass.PROX), CARD).verdict == "done"
    floor.ask(CardClassSet(CardClass.UNKNOWN), NEW)

    assert given == {key_of(ADAS_CARD): CardClass.PROX, key_of("H10301:7:7"): CardClass.SEOS}
    assert classes(floor) == {key_of(ADAS_CARD): CardClass.PROX}
    assert floor.ask(CardClassSet(CardClass.PROX), a_private(card="H10301:9:9")).reason == "unknown-card"


@pytest.mark.parametrize(
    ("said", "expected"),
    [(None, CardClass.DESFIRE), (CardClass.SEOS, CardClass.SEOS), (CardClass.UNKNOWN, None)],
)
def test_a_card_in_the_place_of_a_lost_one_is_of_its_class_if_none_is_said(
    floor: ASite, said: CardClass | None, expected: CardClass | None
) -> None:
    floor.ask(CardClassSet(CardClass.DESFIRE), CARD)

    assert floor.ask(CardReplace("h1", card_class=said), NEW).verdict == "accepted"

    new = {key_of("H10301:7:7"): expected} if expected else {}
    assert classes(floor) == {key_of(ADAS_CARD): CardClass.DESFIRE, **new}


def test_the_class_goes_with_its_card_and_with_its_holder(floor: ASite) -> None:
    floor.ask(CardAdd("h1", card_class=CardClass.SEOS), NEW)
    floor.ask(CardClassSet(CardClass.DESFIRE), CARD)

    removed = floor.ask(CardRemove(), NEW).verdict
    left = classes(floor)
    gone = floor.ask(PersonRemove("h1")).verdict

    assert (removed, left, gone) == ("accepted", {key_of(ADAS_CARD): CardClass.DESFIRE}, "accepted")
    assert floor.rows("SELECT * FROM credential_classes") == []


def test_a_card_that_somebody_else_gets_is_of_no_class(floor: ASite) -> None:
    floor.ask(PersonAdd("h2"), a_private(handle="grace"))
    floor.ask(CardClassSet(CardClass.DESFIRE), CARD)
    floor.ask(CardRemove(), CARD)

    floor.ask(CardAdd("h2"), CARD)

    assert floor.rows("SELECT * FROM credential_classes") == []


def test_a_rotation_of_card_keys_takes_classes_along(floor: ASite) -> None:
    floor.ask(CardClassSet(CardClass.DESFIRE), CARD)
    floor.ask(NOT_COPIED)

    assert floor.ask(CardKeysRotate()).verdict == "accepted"

    added = floor.ring.ring[len(CARD_KEYS.ring) :]
    assert classes(floor) == {wrap(key_of(ADAS_CARD), added): CardClass.DESFIRE}
    assert reasons(floor) == []


@pytest.mark.parametrize("rule", [ZoneRuleSet("floor-3", approvals=2), ZoneRuleSet("floor-3", strict=True)])
@pytest.mark.parametrize(
    ("do", "private"),
    [
        (CardClassSet(CardClass.DESFIRE), CARD),
        (CardAdd("h1", card_class=CardClass.SEOS), NEW),
        (CardReplace("h1", CardClass.SEOS), NEW),
    ],
    ids=["said", "of a new card", "of one in its place"],
)
def test_which_cards_a_guarded_zone_takes_by_their_class_an_officer_says(
    floor: ASite, rule: ZoneRuleSet, do: CardClassSet | CardAdd | CardReplace, private: Private
) -> None:
    for each in (NOT_COPIED, rule):
        floor.ask(each)
    clerk = floor.hire("edith", Role.CLERK, Role.ADMIN)

    refused = floor.ask(do, private, admin=clerk)

    assert (refused.reason, "floor-3" in refused.text) == ("not-allowed", True)
    assert floor.ask(do, private).verdict == "accepted"


def test_others_say_all_that_lets_no_card_into_a_guarded_zone(floor: ASite) -> None:
    floor.ask(PersonAdd("h2"), a_private(handle="grace"))
    for each in (NOT_COPIED, ZoneRuleSet("floor-3", approvals=2)):
        floor.ask(each)
    clerk = floor.hire("edith", Role.CLERK)

    for do, private in (
        (CardClassSet(CardClass.PROX), CARD),
        (CardAdd("h1"), NEW),
        (CardAdd("h2", card_class=CardClass.SEOS), a_private(card="H10301:8:8")),
        (CardReplace("h2"), a_private(card="H10301:9:9")),
    ):
        assert floor.ask(do, private, admin=clerk).verdict == "accepted"


def test_an_erasure_leaves_no_class(floor: ASite) -> None:
    floor.ask(CardClassSet(CardClass.DESFIRE), CARD)

    assert floor.ask(PersonErase("h1")).verdict == "accepted"

    assert floor.rows("SELECT * FROM credential_classes") == []
    assert floor.rows("SELECT 1 FROM changes WHERE instr(change, CAST('credential-class' AS BLOB))") == []


def test_why_and_who_decide_by_what_the_policy_and_the_reader_say(floor: ASite) -> None:
    floor.ask(NOT_COPIED)
    unknown = reasons(floor)
    floor.ask(CardClassSet(CardClass.DESFIRE), CARD)
    known = reasons(floor)
    floor.ask(CardAdd("h1", card_class=CardClass.SEOS), a_private(card="uid:04A2B3C4"))
    by_uid = floor.ask_for(Why("door-1"), WhyResult, a_private(card="uid:04A2B3C4"))
    (line,) = floor.ask_for(Who("door-1"), WhoPage).lines

    assert (unknown, known, by_uid.reason) == ([Reason.CARD_CLASS], [], Reason.CARD_CLASS)
    assert (line.handle, line.cards) == ("ada", 1)


@pytest.mark.parametrize(("readers", "expected"), [((TEXT,), []), ((OSDP,), [])])
def test_why_supposes_a_reader_of_a_class_that_the_zone_takes_if_there_is_one(
    floor: ASite, readers: tuple[ReaderClass, ...], expected: list[Reason]
) -> None:
    floor.ask(ZoneClassesSet("floor-3", readers))

    assert reasons(floor) == expected


def test_lists_tell_classes(floor: ASite) -> None:
    floor.ask(CardClassSet(CardClass.DESFIRE), CARD)
    floor.ask(ZoneClassesSet("floor-3", (WIRES,), SAFE))

    (card,) = floor.ask_for(ListRows("cards"), Page).rows
    (zone,) = floor.ask_for(ListRows("zones"), Page).rows

    assert card["card_class"] == "desfire"
    assert (zone["reader_classes"], zone["card_classes"]) == ('["wiegand"]', '["desfire","seos"]')


def test_status_names_the_strict_zones_that_take_clonable_cards(floor: ASite) -> None:
    told = []
    floor.ask(ZoneRuleSet("floor-3", strict=True))
    for card_classes in ((), (*SAFE, CardClass.PROX), SAFE):
        floor.ask(ZoneClassesSet("floor-3", card_classes=card_classes))
        told.append(floor.ask_for(StatusOf(), SiteStatus).takes_clonable)

    assert told == [("floor-3",), ("floor-3",), ()]

"""Whose some cards are: asked by their texts, answered for those that the hub holds."""

import pytest

from doorctl.core.model import Status
from doorctl.hub.rights.limits import Limits
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, CardSet, Private
from doorctl.wire.questions import MAX_PAGE_ROWS, CredentialKeys
from doorctl.wire.results import CardKeyList, HeldCard
from tests.hub.builders import ADAS_CARD, CARD_KEYS, ASite, a_private
from tests.hub.floor_3 import with_ada

WHOSE = CredentialKeys(holders=True)


def of(*cards: str) -> Private:
    return Private("5" * 32, cards=cards)


def test_of_some_cards_those_held_are_told_by_their_place_with_holder_and_handle(site: ASite) -> None:
    with_ada(site)

    found = site.ask_for(WHOSE, CardKeyList, of("H10301:9:9", ADAS_CARD))

    assert found == CardKeyList(held=(HeldCard(1, Status.ACTIVE, "h1", "ada"),))


def test_a_card_without_a_number_is_asked_for_by_its_key(site: ASite) -> None:
    key = CARD_KEYS.credential_key(ADAS_CARD).hex()

    found = with_ada(site).ask_for(WHOSE, CardKeyList, of(f"credential:{key}"))

    assert found == CardKeyList(held=(HeldCard(0, Status.ACTIVE, "h1", "ada"),))


def test_a_lost_card_is_told_as_lost(site: ASite) -> None:
    with_ada(site).ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))

    (held,) = site.ask_for(WHOSE, CardKeyList, of(ADAS_CARD)).held

    assert held.status is Status.LOST


def test_no_auditor_learns_whose_a_card_is(site: ASite) -> None:
    eve = with_ada(site).hire("eve", Role.AUDITOR)

    assert site.ask(WHOSE, of(ADAS_CARD), admin=eve).reason == "not-allowed"


@pytest.mark.parametrize("asked", [CredentialKeys(), WHOSE])
@pytest.mark.parametrize("text", ["pin:h1:4711", "pin:471100", "pin-code:h1:79927398", "fault:00"])
def test_nobody_learns_the_keyed_hash_of_a_pin_by_calling_it_a_card(
    site: ASite, asked: CredentialKeys, text: str
) -> None:
    with_ada(site)

    answers = [site.ask(asked, of(ADAS_CARD, text)), site.ask(CardAdd("h1"), a_private(card=text))]

    assert [each.reason for each in answers] == ["bad-card"] * 2


def test_whose_cards_are_is_asked_so_many_times_an_hour(site: ASite) -> None:
    site.limits = Limits(cards_per_hour=3)
    site.hub = site.a_hub()

    answers = [site.ask(WHOSE, of("H10301:1:1", "H10301:1:2")) for _ in range(2)]

    assert [each.reason or each.verdict for each in answers] == ["done", "too-many-cards"]


def test_more_cards_than_one_answer_could_name_are_refused(site: ASite) -> None:
    def ask(count: int) -> str:
        answer = site.ask(WHOSE, of(*(f"H10301:1:{number}" for number in range(count))))
        return answer.reason or answer.verdict

    assert (ask(MAX_PAGE_ROWS), ask(MAX_PAGE_ROWS + 1)) == ("done", "too-many-cards")

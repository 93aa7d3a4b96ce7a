"""Laws of cards and PINs: more of them never take access away, what is wrong or blocked never gives any."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from doorctl.core.model import Credential, Factor, HeldPin
from doorctl.core.reasons import Reason
from doorctl.core.rules.factors import factor_asked
from tests.core.builders import ADAS_PIN, KEY
from tests.core.law_cases import SO_MANY, cases, entries
from tests.core.law_values import DURESS, RIGHT, WRONG

STRONGER: Mapping[Factor, tuple[Factor, ...]] = {
    Factor.CARD_OR_PIN: (Factor.CARD, Factor.PIN, Factor.CARD_AND_PIN),
    Factor.CARD: (Factor.CARD_AND_PIN,),
    Factor.PIN: (Factor.CARD_AND_PIN,),
    Factor.CARD_AND_PIN: (),
}
LETS_IN: Mapping[Factor, frozenset[tuple[bool, bool]]] = {
    Factor.CARD: frozenset({(True, False), (True, True)}),
    Factor.CARD_OR_PIN: frozenset({(True, False), (False, True), (True, True)}),
    Factor.CARD_AND_PIN: frozenset({(True, True)}),
    Factor.PIN: frozenset({(False, True), (True, True)}),
}
"""Who brought a card, and who a PIN."""


@SO_MANY
def test_the_right_pin_beside_a_card_takes_nothing_away_but_at_a_blocked_reader(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        card_alone = case.known(pin=ADAS_PIN, reader_blocked=False).asked(pins=None)

        assert card_alone.asked(pins=(RIGHT,)).is_granted or not card_alone.is_granted, case
        assert card_alone.asked(pins=(DURESS,)).is_granted or not card_alone.is_granted, case


@SO_MANY
def test_the_own_card_beside_a_pin_takes_nothing_away_where_it_is_taken(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        case = any_case.in_zone(card_classes=frozenset())
        by_pin = case.known(credential=None, ring_keys=1).asked(credentials=(), pin_alone=True)
        holder = "nobody" if case.facts.holder is None else case.facts.holder.id
        by_both = by_pin.known(credential=Credential(KEY, holder)).asked(credentials=(KEY,), pin_alone=False)

        assert by_both.is_granted or not by_pin.is_granted, case


@SO_MANY
def test_who_brings_neither_card_nor_pin_passes_nowhere(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        nothing = case.asked(credentials=(), pins=None)
        at_a_keypad = nothing.in_zone(factor=Factor.CARD_OR_PIN, factor_times=(), raised_to=Factor.CARD_OR_PIN)

        for brought in (nothing, at_a_keypad):
            assert not brought.asked(pin_alone=True).is_granted, case
            assert not brought.asked(pin_alone=False).is_granted, case


@SO_MANY
def test_a_wrong_pin_never_opens(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        by_pin = case.asked(pin_alone=True).known(interlocked=True).in_zone(factor=Factor.PIN, factor_times=())

        assert not by_pin.asked(pins=(WRONG,)).is_granted, case
        assert not case.asked(pins=(WRONG,)).is_granted, case
        assert not case.asked(pins=()).is_granted, case
        assert not case.asked(pins=(RIGHT,)).known(pin=None).is_granted, case
        assert not case.asked(pins=(RIGHT, WRONG)).known(pin=HeldPin(RIGHT, ring_keys=2)).is_granted, case


@SO_MANY
def test_what_is_blocked_never_opens_and_tells_of_no_pin_whether_it_is_right(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        for pins in ((RIGHT,), (DURESS,), (WRONG,)):
            reader, card = case.known(reader_blocked=True), case.known(credential_blocked=True)
            told = [each.asked(pins=pins).decision.reasons for each in (reader, card)]

            assert all(Reason.PIN_BLOCKED in reasons and Reason.WRONG_PIN not in reasons for reasons in told), case
        assert not case.known(credential_blocked=True).is_granted, case


@SO_MANY
def test_duress_opens_what_the_right_pin_opens_and_nothing_else(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        held = case.known(pin=ADAS_PIN)
        right, duress = held.asked(pins=(RIGHT,)), held.asked(pins=(DURESS,))

        assert (duress.is_granted, duress.denials) == (right.is_granted, right.denials), case
        assert duress.decision.reason is Reason.DURESS or not duress.is_granted, case


@SO_MANY
def test_a_zone_that_asks_for_more_lets_in_nobody_more(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        if case.facts.zone is None:
            continue
        times = tuple((id_, chance.choice((*STRONGER[each], each))) for id_, each in case.facts.zone.factor_times)
        for factor in (*STRONGER[case.facts.zone.factor], case.facts.zone.factor):
            more = case.known(zone=replace(case.facts.zone, factor=factor, factor_times=times))

            assert case.is_granted or not more.is_granted, case


@SO_MANY
def test_nobody_is_let_in_without_what_the_zone_asks_for(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        for request in (case.request, replace(case.request, pins=None), replace(case.request, pin_alone=True)):
            asked = replace(case, request=request)
            brought = (not request.pin_alone, request.pins is not None)

            assert not asked.is_granted or brought in LETS_IN[factor_asked(request, case.facts)], case


@SO_MANY
def test_nobody_is_let_in_who_is_nobody(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        nobody = case.known(holder=None)

        assert not nobody.is_granted, case
        assert not nobody.known(credential=None).asked(pin_alone=True, credentials=()).is_granted, case
        assert not case.asked(credentials=(), pins=None).is_granted, case

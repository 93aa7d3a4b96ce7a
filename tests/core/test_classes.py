"""Classes of readers and cards: which a zone takes, and that the word that is worse of a card counts."""

from dataclasses import replace

import pytest

from doorctl.core.classes import CLONABLE, NOT_CLONABLE, CardClass, ReaderClass, class_read
from doorctl.core.decision import decide
from doorctl.core.model import Credential, Factor, Status, Zone
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from tests.core.builders import ADA, ADAS_GRANT, ADAS_PIN, FLOOR_3, KEY, a_request, a_request_by_pin, facts

BY_WIRES = replace(a_request(), reader_class=ReaderClass.WIEGAND)
BARS_COPIES = replace(FLOOR_3, card_classes=NOT_CLONABLE)


def taking(*readers: ReaderClass) -> Zone:
    return replace(FLOOR_3, reader_classes=frozenset(readers))


def known(zone: Zone, card: CardClass = CardClass.UNKNOWN) -> Facts:
    return replace(facts(ADAS_GRANT, zone=zone), card_class=card)


def said(card: CardClass | None) -> AccessRequest:
    """Ask with a card of which the reader says this."""
    return replace(BY_WIRES, card_class=card)


@pytest.mark.parametrize(
    ("readers", "reader", "expected"),
    [
        ((), ReaderClass.TEXT, Reason.GRANTED),
        ((), None, Reason.GRANTED),
        ((ReaderClass.WIEGAND,), ReaderClass.WIEGAND, Reason.GRANTED),
        ((ReaderClass.WIEGAND, ReaderClass.TEXT), ReaderClass.TEXT, Reason.GRANTED),
        ((ReaderClass.WIEGAND,), ReaderClass.TEXT, Reason.READER_CLASS),
        ((ReaderClass.WIEGAND,), None, Reason.READER_CLASS),
        ((ReaderClass.OSDP_SC,), ReaderClass.OSDP_SC, Reason.GRANTED),
    ],
)
def test_a_zone_takes_readers_of_the_classes_that_it_names(
    readers: tuple[ReaderClass, ...], reader: ReaderClass | None, expected: Reason
) -> None:
    request = replace(a_request(), reader_class=reader)

    assert decide(request, known(taking(*readers))).reason is expected


def test_at_a_reader_of_another_class_no_pin_alone_opens_either() -> None:
    zone = replace(taking(ReaderClass.WIEGAND), factor=Factor.PIN)
    request = replace(a_request_by_pin(ADAS_PIN.key), reader_class=ReaderClass.TEXT)
    by_pin = replace(facts(ADAS_GRANT, zone=zone, pin=ADAS_PIN), credential=None)

    assert decide(request, by_pin).reasons == (Reason.READER_CLASS,)


@pytest.mark.parametrize("reader", ReaderClass)
def test_a_zone_that_takes_osdp_alone_opens_at_no_other_reader(reader: ReaderClass) -> None:
    request = replace(a_request(), reader_class=reader)
    expected = Reason.GRANTED if reader is ReaderClass.OSDP_SC else Reason.READER_CLASS

    assert decide(request, known(taking(ReaderClass.OSDP_SC))).reason is expected


@pytest.mark.parametrize("card", CardClass)
def test_a_zone_that_bars_copies_takes_what_nobody_can_copy(card: CardClass) -> None:
    expected = Reason.GRANTED if card in {CardClass.DESFIRE, CardClass.SEOS} else Reason.CARD_CLASS

    assert decide(BY_WIRES, known(BARS_COPIES, card)).reason is expected
    assert decide(BY_WIRES, known(FLOOR_3, card)).reason is Reason.GRANTED


@pytest.mark.parametrize(
    ("told", "read", "expected"),
    [
        (CardClass.DESFIRE, None, Reason.GRANTED),
        (CardClass.DESFIRE, CardClass.SEOS, Reason.GRANTED),
        (CardClass.UNKNOWN, CardClass.DESFIRE, Reason.GRANTED),
        (CardClass.DESFIRE, CardClass.PROX, Reason.CARD_CLASS),
        (CardClass.PROX, CardClass.DESFIRE, Reason.CARD_CLASS),
        (CardClass.UNKNOWN, CardClass.UNKNOWN, Reason.CARD_CLASS),
        (CardClass.UNKNOWN, None, Reason.CARD_CLASS),
    ],
)
def test_what_policy_and_reader_say_of_a_card_must_both_be_taken(
    told: CardClass, read: CardClass | None, expected: Reason
) -> None:
    assert decide(said(read), known(BARS_COPIES, told)).reason is expected


def test_a_zone_can_name_the_very_classes() -> None:
    seos_alone = replace(FLOOR_3, card_classes=frozenset({CardClass.SEOS}))

    assert decide(BY_WIRES, known(seos_alone, CardClass.DESFIRE)).reason is Reason.CARD_CLASS
    assert decide(BY_WIRES, known(seos_alone, CardClass.SEOS)).reason is Reason.GRANTED


def test_a_pin_alone_brings_no_card_of_any_class() -> None:
    zone = replace(BARS_COPIES, factor=Factor.PIN)
    by_pin = replace(facts(ADAS_GRANT, zone=zone, pin=ADAS_PIN), credential=None)

    assert decide(a_request_by_pin(ADAS_PIN.key), by_pin).reason is Reason.GRANTED


def test_a_lost_card_is_lost_before_it_is_of_a_class() -> None:
    lost = replace(known(BARS_COPIES), credential=Credential(KEY, ADA.id, Status.LOST))

    assert decide(BY_WIRES, lost).reasons == (Reason.CREDENTIAL_LOST, Reason.CARD_CLASS)


def test_a_format_tells_of_a_card_that_it_can_be_copied_or_nothing() -> None:
    assert [class_read(each) for each in ("em4100", "uid")] == [CardClass.PROX, CardClass.MIFARE_CLASSIC]
    assert [class_read(each) for each in ("H10301", "raw", "line", "pin", "")] == [None] * 5


def test_every_class_can_be_copied_or_not_and_who_is_unknown_can() -> None:
    assert set(CardClass) == CLONABLE | NOT_CLONABLE
    assert CardClass.UNKNOWN in CLONABLE - NOT_CLONABLE

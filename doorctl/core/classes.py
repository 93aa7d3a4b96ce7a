"""The classes of readers and of cards: who can listen to the one, or copy the other."""

from collections.abc import Mapping

from doorctl.core.words import Word


class ReaderClass(Word):
    """How a reader speaks with its controller: the stable word, and who else can."""

    OSDP_SC = "osdp-sc", "OSDP with a secure channel: nobody on the wire reads or says anything."
    WIEGAND = "wiegand", "Two wires behind a bridge: who gets at them reads every card, and can play it back."
    TEXT = "text", "A serial line with the card as text: who gets at it reads every card, and can play it back."


SUPPOSED = (ReaderClass.WIEGAND, ReaderClass.TEXT, ReaderClass.OSDP_SC)
"""In which order a class is supposed of a reader that nobody has told of."""


class CardClass(Word):
    """What a card is made of: the stable word, and whether a copy of it can be had."""

    PROX = "prox", "125 kHz (EM4100, HID Prox): copied by every key shop."
    MIFARE_CLASSIC = (
        "mifare-classic",
        "MIFARE Classic, or a card whose UID alone is read: copied with a phone.",
    )
    ICLASS = "iclass", "iCLASS of the first generation: copied with a bought tool."
    DESFIRE = "desfire", "MIFARE DESFire, read with its keys: no copy is known."
    SEOS = "seos", "Seos: no copy is known."
    UNKNOWN = "unknown", "Nobody has said, so it counts as one that can be copied."


NOT_CLONABLE = frozenset({CardClass.DESFIRE, CardClass.SEOS})
CARD_CLASSES: Mapping[str, CardClass] = {each.value: each for each in CardClass}
"""By their words."""
CLONABLE = frozenset(CardClass) - NOT_CLONABLE

_READ_AS: Mapping[str, CardClass] = {"em4100": CardClass.PROX, "uid": CardClass.MIFARE_CLASSIC}
"""By the format of a card's text: what a reader says of a card by giving it so."""


def class_read(card_format: str) -> CardClass | None:
    """Tell what a reader says of a card whose text is of this format; most say nothing."""
    return _READ_AS.get(card_format)

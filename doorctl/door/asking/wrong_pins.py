"""Which cards and readers are blocked by wrong PINs, remembered over restarts with the records that tell of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from doorctl.audit.state import WrongPinsKept
from doorctl.core.model import Zone
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.factors import pin_failed
from doorctl.core.rules.wrong_pins import WrongPins, is_blocked, with_another
from doorctl.door.asking.asked import Asked
from doorctl.door.asking.blocks import card_key, reader_key

_NO_ZONE = Zone("")


class WrongPinBook:
    """Counts the wrong PINs of all doors; used from the loop's thread alone."""

    def __init__(self, kept: Mapping[str, tuple[float, int]], *, at: datetime) -> None:
        """Go on from what was remembered, by card and by reader.

        A clock that is behind it, as after a power cut without a battery, tells nothing of the time between: it
        counts as from now.
        """
        self._wrong = {
            whose: WrongPins(level, datetime.fromtimestamp(max(0, min(last, at.timestamp())), UTC))
            for whose, (level, last) in kept.items()
        }

    def add_to(self, facts: Facts, request: AccessRequest, *, reader: str) -> Facts:
        """Say whether the card, and PINs at this reader, are blocked now."""
        return replace(
            facts,
            credential_blocked=self.blocks_card(facts, request),
            reader_blocked=self.blocks_reader(facts, request, reader=reader),
        )

    def blocks_card(self, facts: Facts, request: AccessRequest) -> bool:
        """Tell whether too many came with the card of late."""
        card = card_key(facts)
        return card is not None and is_blocked(self._wrong.get(card), request.at, facts.zone or _NO_ZONE)

    def blocks_reader(self, facts: Facts, request: AccessRequest, *, reader: str) -> bool:
        """Tell whether too many were entered at this reader of late."""
        return is_blocked(self._wrong.get(reader_key(reader)), request.at, facts.zone or _NO_ZONE)

    def judge(self, asked: Asked) -> WrongPinsKept | None:
        """Count one, or forget a card's once it came with the right one; return what is to be remembered.

        A reader's are not forgotten so: who has a right PIN could try others between.
        """
        request, facts, card = asked.presented.request, asked.facts, card_key(asked.facts)
        if pin_failed(request, facts, asked.decision):
            whose = [each for each in (card, reader_key(asked.presented.reader)) if each]
            return self._count(whose, request.at, facts.zone or _NO_ZONE)
        if asked.decision.is_granted and request.pins is not None and card in self._wrong:
            forgotten = self._wrong.pop(card)
            return WrongPinsKept({card: (0.0, _seconds(forgotten))})
        return None

    def _count(self, whose: list[str], at: datetime, zone: Zone) -> WrongPinsKept:
        self._wrong |= {each: with_another(self._wrong.get(each), at, zone) for each in whose}
        return WrongPinsKept({each: (self._wrong[each].level, _seconds(self._wrong[each])) for each in whose})


def _seconds(wrong: WrongPins) -> int:
    return int(wrong.last.timestamp())

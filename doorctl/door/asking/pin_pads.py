"""The keypads of one door: what is keyed in at each of its readers, and the card that waits there for its PIN."""

from collections.abc import Callable
from dataclasses import dataclass

from doorctl.core.machines.pin_entry import EMPTY, PinEntry, is_over, press
from doorctl.door.asking.asked import Asked

WAIT_SECONDS = 20.0
"""A card waits so long for the first key, or for the next one."""


@dataclass(slots=True)
class _Pad:
    entry: PinEntry = EMPTY
    card: Asked | None = None
    until: float = 0.0


class PinPads:
    """Knows the pad of each reader; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Begin with nothing keyed in."""
        self._pads: dict[str, _Pad] = {}

    def press(self, reader: str, key: str, now: float) -> str | None:
        """Take a key; return the digits that were entered with it, or None while an entry goes on."""
        pad = self._pads.setdefault(reader, _Pad())
        pad.entry, digits = press(pad.entry, key, now)
        pad.until = now + WAIT_SECONDS
        return digits

    def take_card(self, reader: str) -> Asked | None:
        """Return the card that waits for its PIN at a reader; it waits no longer."""
        pad = self._pads.setdefault(reader, _Pad())
        card, pad.card = pad.card, None
        return card

    def await_pin(self, card: Asked, now: float) -> None:
        """Let a card wait for its PIN at its reader, where no other waits."""
        pad = self._pads.setdefault(card.presented.reader, _Pad())
        if is_over(pad.entry, now):
            pad.entry = EMPTY
        pad.card, pad.until = card, now + WAIT_SECONDS

    def given_up(self, now: float) -> list[Asked]:
        """Return the cards for which no PIN came in time; they wait no longer."""
        return self._taken(lambda pad: pad.until <= now)

    def denied(self, is_denied: Callable[[Asked], bool]) -> list[Asked]:
        """Return the cards that wait and are denied by now; they wait no longer."""
        return self._taken(lambda pad: pad.card is not None and is_denied(pad.card))

    def _taken(self, goes: Callable[[_Pad], bool]) -> list[Asked]:
        taken = []
        for pad in self._pads.values():
            if pad.card is not None and goes(pad):
                taken.append(pad.card)
                pad.card, pad.entry = None, EMPTY
        return taken

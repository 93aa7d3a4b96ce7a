"""A hostile broker: it drops, repeats, reorders, delays, replays, forges and keeps what it is given to carry.

It owns the network, not the keys: a forgery is made of what was really said, and of keys that nobody trusts.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from doorctl.wire.topics import Address, Channel
from tests.hostile.forgeries import forge

MOST_RECORDED = 4096
RECENT = 64


class Deed(StrEnum):
    """What a broker can do with what it carries."""

    DELIVER = "delivered"
    DROP = "dropped"
    REPEAT = "repeated"
    REORDER = "reordered"
    DELAY = "delayed"
    REPLAY = "replayed"
    FORGE = "forged"
    RETAIN = "retained"


WEIGHTS: dict[Deed, int] = {
    Deed.DELIVER: 40,
    Deed.DROP: 10,
    Deed.REPEAT: 8,
    Deed.REORDER: 16,
    Deed.DELAY: 4,
    Deed.REPLAY: 10,
    Deed.FORGE: 8,
    Deed.RETAIN: 4,
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A payload on its way to one receiver; ``is_kept`` is what a broker says of what it had kept."""

    to: str
    address: Address
    payload: bytes
    is_kept: bool = False


class HostileBroker:
    """Has what was said and not yet delivered, and a memory for what was ever said; ``deeds`` counts."""

    def __init__(self, chance: random.Random) -> None:
        self.deeds: Counter[Deed] = Counter()
        self._chance = chance
        self._waiting: list[Parcel] = []
        self._recorded: list[Parcel] = []
        self._doings: dict[Deed, Callable[[], Parcel | None]] = {
            Deed.DELIVER: lambda: self._waiting.pop(0),
            Deed.DROP: self._drop,
            Deed.REPEAT: lambda: chance.choice(self._waiting),
            Deed.REORDER: lambda: self._waiting.pop(chance.randrange(len(self._waiting))),
            Deed.DELAY: self._delay,
            Deed.REPLAY: lambda: chance.choice(self._recorded),
            Deed.FORGE: self._forge,
            Deed.RETAIN: lambda: replace(chance.choice(self._recorded), is_kept=True),
        }

    @property
    def waiting(self) -> int:
        """How many parcels are on their way."""
        return len(self._waiting)

    def take(self, parcel: Parcel) -> None:
        """Be given something to carry."""
        self._waiting.append(parcel)
        self._recorded.append(parcel)
        if len(self._recorded) > MOST_RECORDED:
            del self._recorded[self._chance.randrange(MOST_RECORDED)]

    def take_again(self, channel: Channel) -> None:
        """Carry once more what was last said on a channel."""
        self.take(next(parcel for parcel in reversed(self._recorded) if parcel.address.channel is channel))

    def do(self, deed: Deed | None = None) -> Parcel | None:
        """Do this, or anything; return what is delivered by it."""
        if not self._waiting:
            return None
        deed = deed or self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        self.deeds[deed] += 1
        return self._doings[deed]()

    def _drop(self) -> None:
        self._waiting.pop(self._chance.randrange(len(self._waiting)))

    def _delay(self) -> None:
        self._waiting.append(self._waiting.pop(0))

    def _forge(self) -> Parcel:
        """Spoil something that was said, or bring it to somebody else, or in another's name."""
        parcel, other = self._chance.choice(self._recorded), self._chance.choice(self._recorded)
        if self._chance.random() < 0.2:
            return replace(parcel, payload=other.payload)
        heard = [each.payload for each in self._recorded[-RECENT:]]
        return replace(parcel, payload=forge(parcel.payload, heard, self._chance))

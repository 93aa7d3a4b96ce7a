"""The ring of card keys that a keeper holds for its door: whether it suffices, and the one that the hub sends."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.errors import KeyFileError, Refused
from doorctl.journal import say
from doorctl.keys.card_keys import CardKeys, card_keys_from, load_card_keys, replace_card_keys
from doorctl.keys.sealing import open_sealed


class CardRing:
    """The file ``card.keys``; the policy says how many keys its credential keys are made with."""

    def __init__(self, path: Path, box: X25519PrivateKey) -> None:
        """Look at what is there; ``box`` opens what the hub seals to us."""
        self._path = path
        self._box = box
        self._keys = _kept(path)
        self._needed = 1

    @property
    def length(self) -> int:
        """How many keys we have."""
        return 0 if self._keys is None else len(self._keys.ring)

    @property
    def is_wanted(self) -> bool:
        """Whether the hub must send the ring: we have none, or too short a one."""
        return self.length < self._needed

    def need(self, keys: int) -> None:
        """The policy is made with so many keys."""
        self._needed = keys

    def key(self, number: int) -> bytes:
        """Return a key of the ring, from 1. Raises Refused ``no-card-keys``."""
        if self._keys is None or not 0 < number <= self.length:
            raise Refused("no-card-keys", "sealed by a card key that is not here")
        return self._keys.ring[number - 1]

    def take(self, sealed: bytes, nonce: str, *, in_use: int) -> None:
        """Store the ring that came with the answer to this question.

        Of ours the first ``in_use``, which the policy that we hold is made with, are never replaced: another ring is
        refused as ``ring-fork``. A ring that ours begins with is that of a hub before its last rotation: ours stays.
        Raises Refused, OSError.
        """
        keys = card_keys_from(open_sealed(sealed, box=self._box, about=f"card-keys:{nonce}"))
        ours = () if self._keys is None else self._keys.ring
        if keys.ring == ours[: len(keys.ring)]:
            return
        counting = ours[:in_use]  # none, when our file was lost
        if keys.ring[: len(counting)] != counting:
            raise Refused("ring-fork", "the hub has other card keys than those that cards count by here")
        replace_card_keys(self._path, keys)
        self._keys = keys
        say("card_keys_stored", keys=self.length)


def _kept(path: Path) -> CardKeys | None:
    try:
        return load_card_keys(path)
    except KeyFileError:
        return None

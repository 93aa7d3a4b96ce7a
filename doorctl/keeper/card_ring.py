"""The ring of card keys that a keeper holds for its door: whether it suffices, and the one that the hub sends."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.errors import KeyFileError
from doorctl.journal import say
from doorctl.keys import card_keys_from, load_card_keys, open_sealed, replace_card_keys


class CardRing:
    """The file ``card.keys``; the policy says how many keys its credential keys are made with."""

    def __init__(self, path: Path, box: X25519PrivateKey) -> None:
        """Look at what is there; ``box`` opens what the hub seals to us."""
        self._path = path
        self._box = box
        self._length = _length_of(path)
        self._needed = 1

    @property
    def is_wanted(self) -> bool:
        """Whether the hub must send the ring: we have none, or too short a one."""
        return self._length < self._needed

    def need(self, keys: int) -> None:
        """The policy is made with so many keys."""
        self._needed = keys

    def take(self, sealed: bytes, nonce: str) -> None:
        """Store the ring that came with the answer to this question. Raises Refused, KeyFileError, OSError."""
        keys = card_keys_from(open_sealed(sealed, box=self._box, about=f"card-keys:{nonce}"))
        replace_card_keys(self._path, keys)
        self._length = len(keys.ring)
        say("card_keys_stored", keys=self._length)


def _length_of(path: Path) -> int:
    try:
        return len(load_card_keys(path).ring)
    except KeyFileError:
        return 0

"""The ring of card keys: how a card becomes a credential key, and the file in which the ring lies."""

import hmac
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from doorctl.durable import replace_file
from doorctl.errors import KeyFileError, Refused
from doorctl.keys.files import read_private, write_private

_NO_CARDS = frozenset({"pin", "pin-code", "fault"})
"""Whoever could ask for the keyed hash of a PIN, as if it were a card's, would have every PIN of a policy."""


class CardKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ring that turns cards into credential keys: nested HMACs, so that the hub can add one by wrapping."""

    ring: tuple[bytes, ...]

    def credential_key(self, card: str) -> bytes:
        """Return the keyed hash of a card's text: 32 bytes."""
        return wrap(card.encode(), self.ring)

    def credential_keys(self, card: str) -> tuple[bytes, ...]:
        """Return the keyed hashes of a card's text with one key of the ring, with two, and so on."""
        keys, key = [], card.encode()
        for ring_key in self.ring:
            key = wrap(key, (ring_key,))
            keys.append(key)
        return tuple(keys)


def is_card_text(text: str) -> bool:
    """Answer whether this can be a card's text, and is none of what else is hashed with the ring."""
    form, _, rest = text.partition(":")
    return bool(form and rest) and form not in _NO_CARDS and text.isprintable() and " " not in text


def pin_text(digits: str, *, holder: str = "") -> str:
    """Return the text whose keyed hash is that of a holder's PIN, or without one of a PIN that counts alone."""
    return f"pin:{holder}:{digits}" if holder else f"pin:{digits}"


def code_text(digits: str, *, holder: str) -> str:
    """Return the text whose keyed hash is that of a holder's code for an own PIN, or of its first digits."""
    return f"pin-code:{holder}:{digits}"


def wrap(data: bytes, ring: Sequence[bytes]) -> bytes:
    """Apply HMAC-SHA256 with each key of a ring in turn."""
    for key in ring:
        data = hmac.digest(key, data, "sha256")
    return data


def new_card_keys(path: Path) -> None:
    """Make a ring of one random key. Raises FileExistsError."""
    write_card_keys(path, CardKeys((os.urandom(32),)))


def write_card_keys(path: Path, keys: CardKeys) -> None:
    """Store a ring as a new file, readable by its owner alone. Raises FileExistsError."""
    write_private(path, msgspec.json.encode(keys))


def replace_card_keys(path: Path, keys: CardKeys) -> None:
    """Put a ring in the place of the one before it, in one durable step. Raises OSError."""
    replace_file(path, msgspec.json.encode(keys), mode=0o600)


def card_keys_from(data: bytes) -> CardKeys:
    """Read a ring. Raises Refused ``bad-card-keys``."""
    try:
        keys = msgspec.json.decode(data, type=CardKeys)
    except msgspec.DecodeError as error:
        raise Refused("bad-card-keys", "not a ring of card keys") from error
    if not keys.ring or any(len(key) < 16 for key in keys.ring):
        raise Refused("bad-card-keys", "a ring has at least one key, each of 16 bytes or more")
    return keys


def load_card_keys(path: Path) -> CardKeys:
    """Load the ring. Raises KeyFileError."""
    try:
        return card_keys_from(read_private(path))
    except Refused as error:
        raise KeyFileError(f"{path} holds no ring of card keys") from error

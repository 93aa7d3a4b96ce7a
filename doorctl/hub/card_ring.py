"""The ring of card keys as the hub holds it: the policy says how many of its keys are in use.

A key is on disk before anything is made with it, so after a crash in between the ring is longer than the policy
says; the next rotation takes that key.
"""

import os
import sqlite3
from collections.abc import Callable

from doorctl import journal
from doorctl.errors import Refused
from doorctl.keys.card_keys import CardKeys

MAX_KEYS = 64
_KEY_BYTES = 32


def keys_in_use(connection: sqlite3.Connection) -> int:
    """Return with how many keys of the ring the policy's credential keys are made."""
    row = connection.execute('SELECT "keys" FROM card_rings').fetchone()
    return 1 if row is None else int(row[0])


class CardRing:
    """The ring, and the file that it is stored in."""

    def __init__(self, keys: CardKeys, store: Callable[[CardKeys], None]) -> None:
        """Begin with these keys; ``store`` makes others durable, in the place of the ring before."""
        self.keys = keys
        self._store = store

    def lacks(self, connection: sqlite3.Connection) -> int:
        """Return how many keys the policy uses that are not here: card.keys came from an older backup."""
        return max(0, keys_in_use(connection) - len(self.keys.ring))

    def tell_what_lacks(self, connection: sqlite3.Connection) -> None:
        """Raise an alarm where keys that the policy uses are not here."""
        if lacking := self.lacks(connection):
            journal.say("card_keys_short", journal.Level.ALARM, lacking=lacking, here=len(self.keys.ring))

    def in_use(self, connection: sqlite3.Connection) -> CardKeys:
        """Return the keys that the policy's credential keys are made with. Raises Refused ``storage-failed``."""
        count = keys_in_use(connection)
        self._check_suffices(count)
        return CardKeys(self.keys.ring[:count])

    def next_key(self, count: int) -> bytes:
        """Return the key after ``count`` others; make it and store it first where there is none.

        Raises Refused: ``ring-full``, ``storage-failed``.
        """
        if count >= MAX_KEYS:
            raise Refused("ring-full", f"the ring holds {MAX_KEYS} keys already")
        self._check_suffices(count)
        if count == len(self.keys.ring):
            longer = CardKeys((*self.keys.ring, os.urandom(_KEY_BYTES)))
            try:
                self._store(longer)
            except OSError as error:
                raise Refused("storage-failed", f"card.keys cannot be written ({error.strerror})") from error
            self.keys = longer
        return self.keys.ring[count]

    def _check_suffices(self, count: int) -> None:
        """Refuse where the policy uses keys that are not here: another in their place would kill every card."""
        if count > len(self.keys.ring):
            raise Refused(
                "storage-failed",
                f"the hub's card.keys holds {len(self.keys.ring)} key(s) and the policy uses {count}: bring "
                "card.keys from the state folder of a controller to the hub's, and restart the hub; until then "
                "`doorctl suspend HANDLE` stops a person without their card's number",
            )

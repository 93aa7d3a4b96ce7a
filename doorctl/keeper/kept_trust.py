"""The trust that a keeper holds: the highest version that the site root has signed, kept in ``trust.note``."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from doorctl.errors import KeyFileError, Refused
from doorctl.journal import Level, say
from doorctl.trust.verify import SignedTrust, load_trust, open_trust, store_trust


class KeptTrust:
    """Trust on disk and in memory; ``current`` is None until the first has come."""

    def __init__(self, path: Path, *, site: str, root_keys: Sequence[bytes]) -> None:
        """Load what is kept, if the pinned keys of the root lead to it."""
        self._path = path
        self._site = site
        self._root_keys = root_keys
        self._unstored: bytes | None = None
        self.current = self._load()

    def take(self, note: bytes) -> bool:
        """Take trust of a higher version, durably; False for the one that we hold.

        Raises Refused as ``open_trust`` does. Raises OSError when it cannot be stored; then we hold what we held,
        until ``try_again`` can.
        """
        held = self.current.trust if self.current else None
        offered = open_trust(note, site=self._site, root_keys=self._root_keys, held=held)
        if offered.trust == held:
            return False
        self._unstored = note
        store_trust(self._path, offered)
        self._unstored = None
        self.current = offered
        say("trust_taken", version=offered.trust.version)
        return True

    def try_again(self) -> bool:
        """Take what could not be stored before; True if there is something, and it could."""
        if self._unstored is None:
            return False
        note, self._unstored = self._unstored, None
        with suppress(Refused, OSError):
            return self.take(note)
        return False

    def _load(self) -> SignedTrust | None:
        try:
            return load_trust(self._path, site=self._site, root_keys=self._root_keys)
        except KeyFileError:
            return None
        except Refused as refusal:
            say("trust_ignored", Level.WARNING, file=self._path, why=refusal)
            return None

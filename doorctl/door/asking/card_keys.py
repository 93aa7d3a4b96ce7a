"""The ring of card keys as the door holds it: loaded when there, looked at again when the file changes."""

from pathlib import Path

from doorctl import journal
from doorctl.errors import KeyFileError
from doorctl.keys.card_keys import CardKeys, code_text, load_card_keys, pin_text


class CardKeyFile:
    """Turns cards into credential keys; without a ring, no card is known."""

    def __init__(self, path: Path) -> None:
        """Use the ring in this file, which the keeper writes."""
        self._path = path
        self._keys: CardKeys | None = None
        self._seen: tuple[int, int] | None = None
        self._complained = ""
        self.refresh()

    @property
    def is_missing(self) -> bool:
        """Whether there is no ring yet."""
        return self._keys is None

    def credential_keys(self, card: str) -> tuple[bytes, ...]:
        """Return the keyed hashes of a card, with one key of the ring, with two, and so on; touches no disk."""
        return () if self._keys is None else self._keys.credential_keys(card)

    def pin_keys(self, digits: str, *, holder: str = "") -> tuple[bytes, ...]:
        """Return the keyed hashes of a holder's PIN, or without one of a PIN that counts alone, likewise."""
        return self.credential_keys(pin_text(digits, holder=holder))

    def code_keys(self, digits: str, *, holder: str) -> tuple[bytes, ...]:
        """Return the keyed hashes of a holder's code for an own PIN, or of its first digits, likewise."""
        return self.credential_keys(code_text(digits, holder=holder))

    def fault_mark(self, digest: str) -> str:
        """Return 16 hex digits that tell faults apart; keyed, because a plain digest of 26 bits tells the card."""
        keys = self.credential_keys(f"fault:{digest}")
        return keys[0].hex()[:16] if keys else ""

    def refresh(self) -> None:
        """Load the ring if its file is another than last time; keep the one we have when it cannot be read."""
        try:
            status = self._path.stat()
            seen = (status.st_ino, status.st_mtime_ns)
            if seen == self._seen:
                return
            self._keys, self._seen, self._complained = load_card_keys(self._path), seen, ""
        except (OSError, KeyFileError) as error:
            self._complain(str(error))

    def _complain(self, why: str) -> None:
        """Say it once: this is looked at many times."""
        if why != self._complained:
            self._complained = why
            journal.say("card_keys_unavailable", journal.Level.WARNING, why=why)

"""trust.note beside the hub's keys: checked when the hub starts, and again whenever the file is replaced."""

from collections.abc import Sequence
from pathlib import Path

from doorctl.errors import KeyFileError
from doorctl.keys import Identity
from doorctl.trust import SignedTrust, load_trust

TRUST_NAME = "trust.note"


class TrustFile:
    """The trust that the site root signed for this hub."""

    def __init__(self, state_dir: Path, *, site: str, root_keys: Sequence[bytes], hub: Identity) -> None:
        """Read the note in this folder; it must name this very hub."""
        self._path = state_dir / TRUST_NAME
        self._site = site
        self._root_keys = root_keys
        self._hub = hub
        self._seen = self._mark()

    def load(self) -> SignedTrust:
        """Read and check the note. Raises KeyFileError, or Refused when the site root did not sign it."""
        self._seen = self._mark()
        signed = load_trust(self._path, site=self._site, root_keys=self._root_keys)
        if (signed.trust.hub.sign, signed.trust.hub.box) != (self._hub.sign_public, self._hub.box_public):
            raise KeyFileError(f"{self._path} names another hub than the keys beside it: sign trust for these keys")
        return signed

    @property
    def is_news(self) -> bool:
        """Whether the file is another than the one that was loaded."""
        return self._mark() not in (self._seen, None)

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

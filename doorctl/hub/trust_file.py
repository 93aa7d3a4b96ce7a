"""trust.note beside the hub's keys: checked when the hub starts, and again whenever the file is replaced.

The folder may hold several pairs of keys, ``keys``, ``keys-7``, … : the hub is whoever trust names among them. So
other keys are brought first and trust after them, and a hub that finds itself under another name begins anew.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from doorctl.errors import KeyFileError
from doorctl.keys.identity import Identity, hub_key_name, load_identity
from doorctl.places import KeyFile, StateFile
from doorctl.trust.note import HubKeys, Trust
from doorctl.trust.verify import SignedTrust, load_trust, open_trust, store_trust


class TrustFile:
    """The trust that the site root signed for this hub, and the keys of ours that it names."""

    def __init__(self, state_dir: Path, *, site: str, root_keys: Sequence[bytes]) -> None:
        """Name the folder; nothing is read yet."""
        self._folder = state_dir
        self._site = site
        self._root_keys = root_keys
        self._held: SignedTrust | None = None
        self._seen = self._mark()

    def load(self) -> SignedTrust:
        """Read and check the note. Raises KeyFileError, or Refused as ``open_trust`` does."""
        self._seen = self._mark()
        path = self._folder / StateFile.TRUST
        signed = load_trust(path, site=self._site, root_keys=self._root_keys, held=self.trust)
        self.identity_of(signed.trust.hub)
        self._held = signed
        return signed

    def newer_in(self, note: bytes) -> SignedTrust | None:
        """Read trust that a broker has kept; None if it is ours. Raises Refused as ``open_trust`` does."""
        signed = open_trust(note, site=self._site, root_keys=self._root_keys, held=self.trust)
        return None if signed.trust == self.trust else signed

    def adopt(self, signed: SignedTrust) -> None:
        """Put newer trust in the place of ours, durably. Raises KeyFileError if it names another hub, and OSError."""
        self.identity_of(signed.trust.hub)
        store_trust(self._folder / StateFile.TRUST, signed)
        self._held, self._seen = signed, self._mark()

    def identity_of(self, hub: HubKeys) -> Identity:
        """Return the keys of ours that trust names. Raises KeyFileError when it names none of them."""
        for identity in self._identities():
            if (identity.sign_public, identity.box_public) == (hub.sign, hub.box):
                return identity
        raise KeyFileError(
            f"{self._folder / StateFile.TRUST} names another hub than the keys beside it: bring its keys here as "
            f"{StateFile.KEYS}-N, or sign trust for these"
        )

    @property
    def trust(self) -> Trust | None:
        """What was loaded last."""
        return self._held.trust if self._held else None

    @property
    def is_news(self) -> bool:
        """Whether the file is another than the one that was loaded, or other keys have come."""
        mark = self._mark()
        return mark is not None and mark != self._seen

    def _identities(self) -> Iterator[Identity]:
        name, first = hub_key_name(self._site), self._folder / StateFile.KEYS
        others = [folder for folder in sorted(self._folder.glob(f"{StateFile.KEYS}-*")) if self._is_complete(folder)]
        if first.exists() or not others:
            yield load_identity(first, name)
        for folder in others:
            yield load_identity(folder, name)

    def _is_complete(self, folder: Path) -> bool:
        return (folder / KeyFile.SIGN).exists() and (folder / KeyFile.BOX).exists()

    def _mark(self) -> tuple[object, ...] | None:
        try:
            found = (self._folder / StateFile.TRUST).stat()
        except OSError:
            return None
        keys = sorted(self._folder.glob(f"{StateFile.KEYS}*/*.pem"))
        return found.st_ino, found.st_mtime_ns, found.st_size, *keys

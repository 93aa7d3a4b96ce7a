"""The trust on disk, which the keeper puts there, as the door reads it: checked against the site root by the door."""

from collections.abc import Sequence
from pathlib import Path

from doorctl import journal
from doorctl.errors import KeyFileError, Refused
from doorctl.trust.note import Trust
from doorctl.trust.verify import load_trust


class TrustWatch:
    """Looks for newer trust; what cannot be read or is not signed by the root changes nothing."""

    def __init__(self, path: Path, *, site: str, root_keys: Sequence[bytes]) -> None:
        """Watch this file; ``root_keys`` are pinned by the configuration."""
        self._path = path
        self._site = site
        self._root_keys = root_keys
        self._seen: tuple[int, int] | None = None
        self._held: Trust | None = None

    def news(self) -> Trust | None:
        """Return the trust if its file is another than last time, and it is newer trust."""
        try:
            status = self._path.stat()
            seen = (status.st_ino, status.st_mtime_ns)
            if seen == self._seen:
                return None
            self._seen = seen
            signed = load_trust(self._path, site=self._site, root_keys=self._root_keys, held=self._held)
        except FileNotFoundError:
            return None
        except (OSError, KeyFileError, Refused) as error:
            journal.say("trust_unusable", journal.Level.WARNING, why=error)
            return None
        self._held = signed.trust
        return self._held

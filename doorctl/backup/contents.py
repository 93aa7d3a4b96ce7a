"""What of a hub belongs into a backup, beside site.db, and what it is called there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doorctl.config import HubConfig, read_config, resolve
from doorctl.errors import KeyFileError
from doorctl.keys.files import read_private
from doorctl.places import KeyFile, StateFile

HUB_TOML = "hub.toml"
STATE, TLS = "state/", "tls/"
TRUST = f"{STATE}{StateFile.TRUST}"
CARD_KEYS = f"{STATE}{StateFile.CARD_KEYS}"
TLS_PUBLIC, TLS_SECRET = ("ca", "certificate"), "key"
"""Files that hub.toml names in ``[mqtt]``; in the backup each is called by its key."""


@dataclass(frozen=True, slots=True)
class HubFiles:
    """A hub's configuration file, and where the files that it names are."""

    path: Path
    config: HubConfig

    @property
    def site(self) -> str:
        """The site that it serves."""
        return self.config.hub.site

    @property
    def state_dir(self) -> Path:
        """The folder of its state."""
        return resolve(self.path, self.config.hub.state_dir)

    @property
    def database(self) -> Path:
        """The site's database."""
        return self.state_dir / StateFile.SITE

    def small_files(self, *, with_keys: bool) -> dict[str, bytes]:
        """Read all but site.db, by their names in a backup. Raises KeyFileError and OSError."""
        files = {HUB_TOML: self.path.read_bytes(), TRUST: (self.state_dir / StateFile.TRUST).read_bytes()}
        for key in TLS_PUBLIC:
            if path := self.place_of_tls(key):
                files[f"{TLS}{key}"] = path.read_bytes()
        if with_keys:
            files |= self._keys()
        return files

    def place_of_tls(self, key: str) -> Path | None:
        """Return where hub.toml says that a file for TLS is, if it names it."""
        named = getattr(self.config.mqtt, key)
        return None if named is None else resolve(self.path, named)

    def _keys(self) -> dict[str, bytes]:
        keys = {f"{STATE}{path.relative_to(self.state_dir)}": read_private(path) for path in self._key_files()}
        if not keys:
            raise KeyFileError(
                f"{self.state_dir} holds no keys to back up: leave --with-keys out, and keep them where they are"
            )
        keys[CARD_KEYS] = read_private(self.state_dir / StateFile.CARD_KEYS)
        if path := self.place_of_tls(TLS_SECRET):
            keys[f"{TLS}{TLS_SECRET}"] = read_private(path)
        return keys

    def _key_files(self) -> Iterator[Path]:
        """Yield the hub's own keys: those of today, and those that trust will name next or has named before."""
        for name in (KeyFile.SIGN, KeyFile.BOX):
            yield from sorted(self.state_dir.glob(f"{StateFile.KEYS}*/{name}"))


def hub_files(path: Path) -> HubFiles:
    """Read a hub's configuration file. Raises ConfigError."""
    return HubFiles(path, read_config(path, HubConfig))

"""Where a restored hub's files lie, and what it still lacks."""

import os
from dataclasses import dataclass
from pathlib import Path

from doorctl.backup.contents import (
    CARD_KEYS,
    HUB_TOML,
    STATE,
    TLS,
    TLS_PUBLIC,
    TLS_SECRET,
    TRUST,
    HubFiles,
    hub_files,
)
from doorctl.backup.manifest import Manifest
from doorctl.errors import Refused
from doorctl.keys.identity import decode_public
from doorctl.places import StateFile
from doorctl.trust.verify import load_trust


@dataclass(frozen=True, slots=True)
class RestoredHub:
    """A folder with everything that was in the backup; ``state_dir`` is where its state lies now."""

    hub: HubFiles
    state_dir: Path
    manifest: Manifest
    records: int

    @property
    def missing(self) -> tuple[str, ...]:
        """What a hub needs and the backup did not hold, by where the hub looks for it."""
        names = {each.name for each in self.manifest.files}
        own_keys = f"{STATE}{StateFile.KEYS}"
        absent = [
            (self.state_dir / StateFile.KEYS, any(name.startswith(own_keys) for name in names)),
            (self.state_dir / StateFile.CARD_KEYS, CARD_KEYS in names),
            (self.hub.place_of_tls(TLS_SECRET), f"{TLS}{TLS_SECRET}" in names),
        ]
        return tuple(str(path) for path, is_there in absent if path is not None and not is_there)


def settle(folder: Path, manifest: Manifest) -> Path:
    """Put state and files for TLS where hub.toml looks for them, as far as that is inside; return the state's folder.

    Raises ConfigError, and Refused where hub.toml, trust and backup are not of one site.
    """
    hub = hub_files(folder / HUB_TOML)
    if hub.site != manifest.site:
        raise Refused("damaged-backup", f"{HUB_TOML} is of another site than the backup")
    root_keys = [decode_public(key) for key in hub.config.hub.root_keys]
    load_trust(folder / TRUST, site=hub.site, root_keys=root_keys)
    meant = _plain(hub.state_dir)
    state_dir = _move(folder / STATE, meant, within=folder)
    for key in (*TLS_PUBLIC, TLS_SECRET):
        if (place := hub.place_of_tls(key)) is not None:
            place = _plain(place)
            inside = state_dir / place.relative_to(meant) if place.is_relative_to(meant) else place
            _move(folder / TLS / key, inside, within=folder)
    return state_dir


def _plain(path: Path) -> Path:
    """Return a path without ``..``: what leads out of a folder is not inside it."""
    return Path(os.path.normpath(path))


def _move(source: Path, place: Path, *, within: Path) -> Path:
    """Move a file or folder to its place if that is inside; return where it is then."""
    if place == source or not place.is_relative_to(within) or not source.exists():
        return source
    if place != within:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return source.rename(place)
    for path in source.iterdir():
        path.rename(within / path.name)
    source.rmdir()
    return within

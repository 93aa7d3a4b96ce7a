"""An admin's account: the configuration file, the keys beside it, and the hub that the site root vouches for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from doorctl.brokers import Broker
from doorctl.config import AdminConfig, AdminTable, HubTable, brokers_of, read_config, resolve
from doorctl.errors import ConfigError
from doorctl.keys.identity import Identity, admin_key_name, decode_public, load_identity
from doorctl.places import StateFile
from doorctl.trust.note import HubKeys
from doorctl.trust.verify import SignedTrust, expiry_warning, load_trust

CONFIG_VARIABLE = "DOORCTL_CONFIG"
USUAL_CONFIG = Path("~/.config/doorctl/admin.toml")


@dataclass(frozen=True, slots=True)
class Pins:
    """By which root keys a site is known, where its trust is kept, and the time zone times are shown in."""

    site: str
    root_keys: tuple[bytes, ...]
    trust: Path
    timezone: ZoneInfo

    def read(self, path: Path | None = None) -> SignedTrust:
        """Read the trust that is kept, or another file, by these root keys. Raises KeyFileError or Refused."""
        return load_trust(path or self.trust, site=self.site, root_keys=self.root_keys)


@dataclass(frozen=True, slots=True)
class Account:
    """Who commands, by which keys, over which brokers, and whose answers count."""

    path: Path
    pins: Pins
    admin: str
    identity: Identity
    hub: HubKeys
    brokers: Sequence[Broker | tuple[str, int]]
    mqtt_version: int
    warning: str = ""
    """That trust ends soon, or has ended; empty while there is time."""

    @property
    def site(self) -> str:
        """The site that is commanded."""
        return self.pins.site


def load_account(path: Path | None) -> Account:
    """Load an account from this file, $DOORCTL_CONFIG or the usual place.

    Raises ConfigError, KeyFileError or Refused.
    """
    path = _path_of(path)
    config = read_config(path, AdminConfig)
    pins, name = pins_of(path, config.admin), config.admin.name
    trust = pins.read().trust
    return Account(
        path=path,
        pins=pins,
        admin=name,
        identity=load_identity(pins.trust.parent / StateFile.KEYS, admin_key_name(name)),
        hub=trust.hub,
        warning=expiry_warning(trust, datetime.now(UTC)),
        brokers=brokers_of(config.mqtt, path),
        mqtt_version=config.mqtt.mqtt_version,
    )


def load_pins(path: Path | None) -> Pins:
    """Load what an admin's configuration says about the site root. Raises ConfigError."""
    path = _path_of(path)
    return pins_of(path, read_config(path, AdminConfig).admin)


def pins_of(path: Path, table: HubTable | AdminTable) -> Pins:
    """Return what a table of this configuration file says about the site root. Raises ConfigError, KeyFileError."""
    return Pins(
        site=table.site,
        root_keys=tuple(decode_public(key) for key in table.root_keys),
        trust=resolve(path, table.state_dir) / StateFile.TRUST,
        timezone=timezone_called(table.timezone),
    )


def timezone_called(name: str) -> ZoneInfo:
    """Return the time zone of this name. Raises ConfigError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{name!r} is not a time zone: write one such as Europe/Paris") from error


def _path_of(path: Path | None) -> Path:
    path = path or Path(os.environ.get(CONFIG_VARIABLE) or USUAL_CONFIG.expanduser())
    if not path.exists():
        raise ConfigError(f"there is no {path}: name your admin.toml with --config or ${CONFIG_VARIABLE}")
    return path

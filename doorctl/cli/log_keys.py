"""By which key the log of a controller is checked: the one that trust names, or on that controller itself its own."""

from dataclasses import dataclass
from pathlib import Path

from doorctl.cli.site.config_kind import kind_of
from doorctl.config import (
    CONTROLLER_TABLES,
    AdminConfig,
    ControllerTable,
    HubConfig,
    KeeperConfig,
    read_config,
    resolve,
)
from doorctl.errors import KeyFileError, Refused, WrongUse
from doorctl.keys.identity import decode_public, load_signer, log_key_name
from doorctl.places import KeyFile, StateFile
from doorctl.trust.note import Trust
from doorctl.trust.verify import load_trust
from doorctl.wire.notes import Signer, Verifier


@dataclass(frozen=True, slots=True)
class Place:
    """Where a configuration file is at home: its site, its state folder, and of a controller its name."""

    site: str
    root_keys: tuple[str, ...]
    state: Path
    controller: str = ""

    def trust(self) -> Trust | None:
        """Return the trust that is held here, None where there is none yet. Raises WrongUse."""
        path = self.state / StateFile.TRUST
        try:
            if not path.exists():
                return None
        except PermissionError as error:
            raise WrongUse(f"{self.state} is another user's: run this as {self.state.owner()} (sudo -u …)") from error
        try:
            return load_trust(path, site=self.site, root_keys=[decode_public(key) for key in self.root_keys]).trust
        except (KeyFileError, Refused) as error:
            raise WrongUse(f"{path} is not what the site root signed: {error}") from error

    def own_signer(self) -> Signer:
        """Load the key of this controller's log. Raises KeyFileError."""
        return load_signer(self.state / StateFile.KEYS / KeyFile.LOG, log_key_name(self.controller))

    def log_key(self, controller: str, trust: Trust | None) -> Verifier:
        """Return the key of a controller's log; by its own, where trust does not name it yet, less is proven.

        Raises WrongUse, KeyFileError.
        """
        named = [each.log for each in trust.controllers if each.id == controller] if trust else []
        if named:
            return Verifier(log_key_name(controller), named[0])
        if controller != self.controller:
            why = "is not there" if trust is None else f"does not name {controller}"
            raise WrongUse(f"{self.state / StateFile.TRUST} {why}: bring the site's newest trust.note there")
        return self.own_signer().verifier


def place_of(config_path: Path) -> Place:
    """Return where a configuration file of any kind is at home. Raises ConfigError."""
    kind = kind_of(config_path)
    if kind == "hub":
        hub = read_config(config_path, HubConfig).hub
        return Place(hub.site, hub.root_keys, resolve(config_path, hub.state_dir))
    if kind == "admin":
        admin = read_config(config_path, AdminConfig).admin
        return Place(admin.site, admin.root_keys, resolve(config_path, admin.state_dir))
    return place_of_controller(config_path)


def place_of_controller(config_path: Path) -> Place:
    """Return where a controller.toml is at home. Raises ConfigError."""
    table: ControllerTable = read_config(config_path, KeeperConfig, others=CONTROLLER_TABLES).controller
    return Place(table.site, table.root_keys, resolve(config_path, table.state_dir), table.name)

"""The hub on this very machine: its database, to be read beside it, and the key that it signs with.

Whoever may read the database (mode 0600, the hub's user) may read the key beside it, so nothing is given away by
signing an export here; the hub has recorded the export before.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from doorctl.backup.contents import HubFiles, hub_files
from doorctl.cli.account import Account
from doorctl.database import open_reader
from doorctl.errors import ConfigError, SiteUnavailable, WrongUse
from doorctl.hub.exports.proof import rising_trust
from doorctl.hub.exports.rows import Begun, begun_export
from doorctl.hub.trust_file import TrustFile
from doorctl.wire.notes import Signer

USUAL_HUB = Path("/etc/doorctl/hub.toml")
_BUSY_MILLISECONDS = 5000
_WHO = "run this on the hub's machine, as the hub's user"


def hub_here(account: Account, named: Path | None) -> HubFiles | None:
    """Return the hub of this configuration file; or, if none is named, the site's own hub where one can be read.

    Raises ConfigError and WrongUse for one that is named and will not do.
    """
    if named is not None:
        hub = hub_files(named)
        if hub.site != account.site:
            raise WrongUse(f"{named} is the hub of the site {hub.site}, and you are an admin of {account.site}")
        if not os.access(hub.database, os.R_OK):
            raise WrongUse(f"{hub.database} cannot be read: {_WHO}")
        return hub
    beside = account.path.absolute().parent.parent / "hub" / "hub.toml"
    found = (_readable(path, account.site) for path in (beside, USUAL_HUB))
    return next((each for each in found if each is not None), None)


def _readable(path: Path, site: str) -> HubFiles | None:
    try:
        hub = hub_files(path)
    except ConfigError:
        return None
    return hub if hub.site == site and os.access(hub.database, os.R_OK) else None


@dataclass(frozen=True, slots=True)
class HubData:
    """What is read of a hub for one export: its database, and the export as the hub has recorded it there."""

    files: HubFiles
    connection: sqlite3.Connection
    begun: Begun

    def signer(self) -> Signer:
        """Return the key that the newest trust of this database calls the hub's. Raises KeyFileError."""
        site = self.files.site
        *_, newest = rising_trust(self.connection, site)
        return TrustFile(self.files.state_dir, site=site, root_keys=()).identity_of(newest.trust.hub).signer


@contextmanager
def reading(hub: HubFiles, export: str) -> Iterator[HubData]:
    """Read a hub's database beside it. Raises SiteUnavailable, and WrongUse where it has not recorded the export."""
    try:
        connection = open_reader(hub.database, busy_milliseconds=_BUSY_MILLISECONDS)
        try:
            begun = begun_export(connection, export)
            if begun is None:
                told = f"{hub.database} is not the database of the hub that answered"
                raise WrongUse(f"{told}: {_WHO}, or name its hub.toml by --hub")
            yield HubData(hub, connection, begun)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SiteUnavailable(f"{hub.database} cannot be read ({error}): {_WHO}") from error

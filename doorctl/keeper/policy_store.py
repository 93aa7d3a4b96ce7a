"""policy.db as its one writer keeps it: a symbolic link to a database file with a random name.

1. A change of content is one transaction; a change of file is a new file and a renamed link. A name is never used
   twice, for a stale write-ahead log would replace the content of a database that takes its name.
2. What is missing, unreadable or of another site is replaced by an empty policy, which the keeper then asks the
   hub to fill; the file that was there is kept aside as ``policy.db.broken``, the latest one alone.
"""

import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from doorctl.database import open_writer, transaction
from doorctl.errors import PolicyUnavailable
from doorctl.journal import Level, say
from doorctl.policy.apply import Position, apply_changes, position_of
from doorctl.policy.schema import migrate
from doorctl.trust import sync_folder

LINK_NAME = "policy.db"
BROKEN_NAME = "policy.db.broken"
IDLE_SECONDS = 2.0

_SIDECARS = ("-wal", "-shm", "-journal")
_RUINED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


class PolicyStore:
    """The policy of one controller; ``position`` is always that of what is committed."""

    def __init__(self, state_dir: Path, site: str) -> None:
        """Open the policy in this folder, or begin an empty one. Raises OSError and sqlite3.Error."""
        self._folder = state_dir
        self._site = site
        self._link = state_dir / LINK_NAME
        self._connection, self.position = self._open_or_rebuild()
        self._checkpoint_at: float | None = None
        self._remove_leftovers()

    def apply(self, changes: Sequence[msgspec.Raw], *, epoch: int, chain: str, now: float) -> Position:
        """Apply consecutive changes, all or none; return the position, durable.

        Raises Refused (``gap``, ``fork``, ``inapplicable``, ``malformed``) with nothing changed, PolicyUnavailable
        when the disk refuses; a file that turns out to be ruined is replaced by an empty policy first.
        """
        try:
            with transaction(self._connection):
                position = apply_changes(self._connection, changes, epoch=epoch, chain=chain)
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in _RUINED:
                self._replace(str(error))
            raise PolicyUnavailable(f"policy.db could not be written: {error}") from error
        self.position = position
        self._checkpoint_at = now + IDLE_SECONDS
        return position

    def tick(self, now: float) -> None:
        """Move commits from the write-ahead log into the file, when it has been quiet for a while."""
        if self._checkpoint_at is not None and now >= self._checkpoint_at:
            self._checkpoint_at = None
            with suppress(sqlite3.Error):  # the next commit tells if the file is ruined
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Let go of the file in good order."""
        self._connection.close()

    def _open_or_rebuild(self) -> tuple[sqlite3.Connection, Position]:
        try:
            return self._open(self._link.parent / self._link.readlink())
        except FileNotFoundError:
            return self._rebuild("there was none")
        except (OSError, sqlite3.Error, PolicyUnavailable) as error:
            return self._rebuild(str(error))

    def _open(self, path: Path) -> tuple[sqlite3.Connection, Position]:
        if not path.exists():
            raise PolicyUnavailable(f"the link leads to {path.name}, which is not there")
        connection = open_writer(path)
        try:
            migrate(connection, site=self._site)
            position = position_of(connection)
        except (sqlite3.Error, LookupError, ValueError) as error:
            connection.close()
            raise PolicyUnavailable(f"{path.name} is no policy: {error}") from error
        if position.site != self._site:
            connection.close()
            raise PolicyUnavailable(f"{path.name} is the policy of another site")
        return connection, position

    def _replace(self, why: str) -> None:
        self._connection.close()
        self._connection, self.position = self._rebuild(why)

    def _rebuild(self, why: str) -> tuple[sqlite3.Connection, Position]:
        """Begin an empty policy in a new file and let the link lead there."""
        say("policy_rebuilt", Level.WARNING, why=why)
        path = self._folder / f"policy-{secrets.token_hex(8)}.db"
        _remove(path)
        connection, position = self._open_new(path)
        self._put_aside()
        aside = self._folder / f"{LINK_NAME}.{secrets.token_hex(4)}"
        aside.symlink_to(path.name)
        aside.replace(self._link)
        sync_folder(self._folder)
        return connection, position

    def _open_new(self, path: Path) -> tuple[sqlite3.Connection, Position]:
        connection = open_writer(path)
        migrate(connection, site=self._site)
        return connection, position_of(connection)

    def _put_aside(self) -> None:
        """Keep what the link leads to, or what stands in the link's place."""
        with suppress(OSError):
            broken = self._link.parent / self._link.readlink() if self._link.is_symlink() else self._link
            broken.replace(self._folder / BROKEN_NAME)
            _remove(broken)

    def _remove_leftovers(self) -> None:
        """Remove files that no link leads to: a rebuild that did not get to its end."""
        kept = self._link.readlink().name
        for path in [*self._folder.glob("policy-*"), *self._folder.glob(f"{LINK_NAME}.*")]:
            if not path.name.startswith((kept, BROKEN_NAME)):
                path.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    for sidecar in _SIDECARS:
        path.with_name(path.name + sidecar).unlink(missing_ok=True)

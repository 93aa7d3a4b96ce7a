"""policy.db as its one writer keeps it: a symbolic link to a database file with a random name.

1. A change of content is one transaction; a change of file is a new file and a renamed link. A name is never used
   twice, for a stale write-ahead log would replace the content of a database that takes its name.
2. What is missing, damaged or of another site is replaced by an empty policy, which the keeper then asks the hub to
   fill; the file that was there is kept aside as ``policy.db.broken``, the latest one alone.
3. One that is begun empty is no policy for doors before the hub has confirmed it (``doorctl.policy.confirmation``).
4. A full disk, a lock, whatever may pass: the file is left as it is, and tried again.
5. At the start and once a day every row is looked at: a policy whose rows are not those of its position is damaged.
"""

import math
import secrets
import sqlite3
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from doorctl.database import (
    UNREADABLE,
    empty_wal,
    is_passing,
    open_writer,
    remove_database,
    remove_sidecars,
    transaction,
)
from doorctl.durable import sync_folder
from doorctl.errors import PolicyUnavailable, Refused
from doorctl.journal import Level, say
from doorctl.keeper.new_policy import forget_making
from doorctl.keeper.row_check import RowCheck
from doorctl.places import StateFile
from doorctl.policy import confirmation
from doorctl.policy.apply import Position, apply_changes, position_of
from doorctl.policy.schema import migrate
from doorctl.policy.withheld import forget_withheld
from doorctl.wire.messages import FEATURE_LEVEL, Delta

IDLE_SECONDS = 2.0
LARGE_LOG_BYTES = 2000 * (4096 + 24)
"""A write-ahead log of 2000 frames is copied back though it is never quiet, and cut off afterwards."""
CHECK_SECONDS = 24 * 3600.0
RETRY_SECONDS = 60.0

T = TypeVar("T")


class PolicyStore:
    """The policy of one controller; ``position`` is always that of what is committed."""

    def __init__(
        self, state_dir: Path, site: str, *, level: int = FEATURE_LEVEL, large_log_bytes: int = LARGE_LOG_BYTES
    ) -> None:
        """Open the policy in this folder, or begin an empty one; changes above this feature level are kept aside.

        Raises PolicyUnavailable, with the policy left as it is, when that can be done later.
        """
        self._folder = state_dir
        self._site = site
        self.level = level
        self._large_log_bytes = large_log_bytes
        self._link = state_dir / StateFile.POLICY
        self._connection, self.position = self._open_or_rebuild()
        self.awaits_confirmation = confirmation.awaits_confirmation(self._connection)
        self._checkpoint_at = math.inf
        self._check_at = -math.inf
        self._check: RowCheck | None = None
        self._old: list[Path] = []
        self._remove_leftovers()

    def apply(self, changes: Sequence[msgspec.Raw], *, epoch: int, chain: str, now: float) -> Position:
        """Apply consecutive changes, all or none; return the position, durable.

        Raises Refused (``gap``, ``fork``, ``inapplicable``, ``malformed``) with nothing changed, PolicyUnavailable
        when the disk refuses; a file that turns out to be damaged is replaced by an empty policy first.
        """
        try:
            with transaction(self._connection):
                position = apply_changes(self._connection, changes, epoch=epoch, chain=chain, level=self.level)
        except Refused as refusal:
            if refusal.refusal == "inapplicable":  # the hub could apply it: are our rows still what they were?
                self.look_at_rows(now)
            raise
        except UNREADABLE as error:
            if not self._may_pass(error):
                self._replace(str(error))
            raise PolicyUnavailable(f"policy.db could not be written: {error}") from error
        self.position = position
        self._checkpoint_at = now if self._has_large_log() else now + IDLE_SECONDS
        return position

    def confirm(self) -> None:
        """Let doors answer by the policy that is held, durably. Raises PolicyUnavailable; then they do not."""
        try:
            confirmation.confirm(self._connection)
        except UNREADABLE as error:
            raise PolicyUnavailable(f"policy.db could not be written: {error}") from error
        self.awaits_confirmation = False
        say("policy_confirmed", epoch=self.position.epoch, revision=self.position.revision)

    def take_over(self, path: Path, *, now: float, catch_up: Sequence[Delta] = ()) -> Position:
        """Let a finished new policy take the place of the one that is held; return its position.

        What ``catch_up`` brings beyond it is applied first. The file before it stays until ``forget_old``. Raises
        Refused (``old-snapshot``: we would go back, or as ``apply_changes`` does) and PolicyUnavailable; then all is
        as it was.
        """
        try:
            remove_sidecars(path)
            connection, position = self._open(path)
            try:
                position = self._brought_up(connection, position, catch_up)
                self._swap(path)
            except BaseException:
                connection.close()
                raise
        except (*UNREADABLE, OSError) as error:
            raise PolicyUnavailable(f"the new policy cannot be taken: {error}") from error
        self._end_check()
        with suppress(sqlite3.Error):
            self._connection.close()
        self._connection, self.position = connection, position
        self._checkpoint_at, self._check_at = now + IDLE_SECONDS, now + CHECK_SECONDS
        return position

    def forget_old(self) -> None:
        """Remove the files of earlier policies: the door has answered by the one that is held, or there is none."""
        while self._old:
            with suppress(OSError):  # the next start removes what is left
                remove_database(self._old.pop())

    @property
    def has_old(self) -> bool:
        """Whether the file of an earlier policy is still there."""
        return bool(self._old)

    def forget(self, holders: Set[str]) -> bool:
        """Leave nothing of erased holders beside the rows, which went with the change; False: a reader is in the way.

        Raises PolicyUnavailable.
        """
        self._end_check()
        try:
            with transaction(self._connection):
                forget_withheld(self._connection, holders)
            return not empty_wal(self._connection)
        except UNREADABLE as error:
            raise PolicyUnavailable(f"policy.db could not be written: {error}") from error

    def read(self, look: Callable[[sqlite3.Connection], T]) -> T:
        """Look at what is committed. Raises PolicyUnavailable when it cannot be read."""
        try:
            return look(self._connection)
        except UNREADABLE as error:
            raise PolicyUnavailable(f"policy.db could not be read: {error}") from error

    def look_at_rows(self, now: float) -> None:
        """Somebody doubts our rows: look at every one from now on."""
        self._check_at = min(self._check_at, now)

    def begin_anew(self, why: str) -> None:
        """Go on with an empty policy: this one cannot be true. Raises PolicyUnavailable; then all is as it was."""
        self._replace(why)

    def tick(self, now: float) -> bool:
        """Do what is due: copy pages back when it is quiet, look at some rows; True if the policy was replaced."""
        if now >= self._checkpoint_at:
            self._checkpoint(now)
        damage = self._look_at_rows(now) if now >= self._check_at else ""
        if not damage:
            return False
        try:
            self._replace(damage)
        except PolicyUnavailable as error:
            say("policy_unavailable", Level.ALARM, why=error)
            self._check_at = now + RETRY_SECONDS
            return False
        return True

    def close(self) -> None:
        """Let go of the file in good order."""
        self._end_check()
        self._connection.close()

    def _checkpoint(self, now: float) -> None:
        """Copy pages back; a large log is cut off, too, in a later turn if a reader is in the way."""
        self._checkpoint_at = math.inf
        mode = "TRUNCATE" if self._has_large_log() else "PASSIVE"
        with suppress(sqlite3.Error):  # the next commit tells if the file is damaged
            ((is_busy, *_),) = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
            self._checkpoint_at = now + IDLE_SECONDS if is_busy else math.inf

    def _has_large_log(self) -> bool:
        try:
            target = self._link.readlink().name
            return (self._folder / f"{target}-wal").stat().st_size > self._large_log_bytes
        except OSError:
            return False

    def _look_at_rows(self, now: float) -> str:
        """Look at some rows; return what is wrong with them, nothing while they are as they should be."""
        try:
            if self._check is None:
                self._check = RowCheck(self._target())
            is_whole = self._check.step()
        except (*UNREADABLE, OSError) as error:
            self._end_check()
            self._check_at = now + RETRY_SECONDS
            return "" if self._may_pass(error) else f"a row cannot be read: {error}"
        if is_whole is None:
            return ""
        self._end_check()
        self._check_at = now + CHECK_SECONDS
        return "" if is_whole else "its rows are not those of its position"

    def _end_check(self) -> None:
        if self._check is not None:
            self._check.close()
            self._check = None

    def _target(self) -> Path:
        """Return the file that is the policy. Raises ValueError when there is none, OSError when that is unknown."""
        if not self._link.is_symlink():
            raise ValueError("it is no symbolic link" if self._link.exists() else "there was none")
        path = self._folder / self._link.readlink()
        if not path.is_file():
            raise ValueError(f"the link leads to {path.name}, which is not there")
        return path

    def _may_pass(self, error: BaseException) -> bool:
        return is_passing(error, self._link)

    def _open_or_rebuild(self) -> tuple[sqlite3.Connection, Position]:
        try:
            connection, position = self._open(self._target())
        except (*UNREADABLE, OSError) as error:
            if self._may_pass(error):
                raise PolicyUnavailable(f"{self._link} cannot be opened now, and stays as it is: {error}") from error
            return self._rebuild(str(error))
        if position.site != self._site:
            connection.close()
            return self._rebuild("it is the policy of another site")
        return connection, position

    def _open(self, path: Path) -> tuple[sqlite3.Connection, Position]:
        connection = open_writer(path)
        try:
            migrate(connection, site=self._site)
            return connection, position_of(connection)
        except UNREADABLE:
            connection.close()
            raise

    def _replace(self, why: str) -> None:
        """Go on with an empty policy. Raises PolicyUnavailable when none can be made; then all is as it was."""
        damaged = self._connection
        self._connection, self.position = self._rebuild(why)
        self.awaits_confirmation = True
        self._end_check()
        with suppress(sqlite3.Error):
            damaged.close()

    def _rebuild(self, why: str) -> tuple[sqlite3.Connection, Position]:
        """Begin an empty policy in a new file and let the link lead there. Raises PolicyUnavailable."""
        path = self._folder / f"policy-{secrets.token_hex(8)}.db"
        try:
            connection, position = self._open(path)
            try:
                confirmation.await_confirmation(connection)
                self._lead_to(path)
            except (sqlite3.Error, OSError):
                connection.close()
                raise
        except (*UNREADABLE, OSError) as error:
            remove_database(path)
            raise PolicyUnavailable(
                f"{self._link} is unusable ({why}), and no new one can be made: {error}"
            ) from error
        say("policy_rebuilt", Level.WARNING, why=why)
        return connection, position

    def _brought_up(self, connection: sqlite3.Connection, position: Position, catch_up: Sequence[Delta]) -> Position:
        with transaction(connection):
            forget_making(connection)
            if self.awaits_confirmation:
                confirmation.await_confirmation(connection)
            for delta in catch_up:
                if delta.last > position.revision:
                    position = apply_changes(
                        connection,
                        delta.changes[max(0, position.revision + 1 - delta.first) :],
                        epoch=position.epoch,
                        chain=delta.chain,
                        level=self.level,
                    )
        if (position.epoch, position.revision) < (self.position.epoch, self.position.revision):
            raise Refused("old-snapshot", f"it leads to revision {position.revision}, we are beyond that")
        return position

    def _swap(self, path: Path) -> None:
        """Let the link lead to the new policy, which ``policy.db.next`` names, by one rename. Raises OSError."""
        old = self._folder / self._link.readlink()
        next_link = self._folder / StateFile.POLICY_NEXT
        if next_link.readlink().name != path.name:
            raise FileNotFoundError(f"{StateFile.POLICY_NEXT} does not lead to {path.name}")
        next_link.replace(self._link)
        self._old.append(old)
        with suppress(OSError):  # the door reads the new one already; a power cut brings the old one back, or neither
            sync_folder(self._folder)

    def _lead_to(self, path: Path) -> None:
        """Let the link lead to this file, in one durable step. Raises OSError."""
        aside = self._folder / f"{StateFile.POLICY}.{secrets.token_hex(4)}"
        aside.symlink_to(path.name)
        self._put_aside()
        aside.replace(self._link)
        sync_folder(self._folder)

    def _put_aside(self) -> None:
        """Keep what the link leads to, or what stands in the link's place."""
        with suppress(OSError):
            broken = self._link.parent / self._link.readlink() if self._link.is_symlink() else self._link
            broken.replace(self._folder / StateFile.POLICY_BROKEN)
            remove_database(broken)

    def _remove_leftovers(self) -> None:
        """Remove files that no link leads to: a rebuild that did not get to its end, a policy before a snapshot."""
        next_link = self._folder / StateFile.POLICY_NEXT
        kept = [self._link.readlink().name, StateFile.POLICY_BROKEN]
        kept += [StateFile.POLICY_NEXT, next_link.readlink().name] if next_link.is_symlink() else []
        for path in [*self._folder.glob("policy-*"), *self._folder.glob(f"{StateFile.POLICY}.*")]:
            if not path.name.startswith(tuple(kept)):
                path.unlink(missing_ok=True)

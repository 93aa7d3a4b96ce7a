"""The hub's shelf of snapshots: for controllers that lack more changes than a whole policy is worth.

1. A snapshot is made in the background, from the newest position, when somebody needs one and none is near enough.
2. Who has begun to collect a snapshot goes on with it as long as it is on the shelf; the last two are.
3. A chunk that was published is not published again at once: one answer serves all who ask for the same.
4. A snapshot of a history that is not ours any more (a hub restored from a backup) is never offered.
"""

import secrets
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from doorctl.hub.controllers.asks import is_shared
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.history import chain_at, is_broken
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.snapshots.file import SnapshotFile, make_snapshot, whole_snapshots
from doorctl.journal import Level, say
from doorctl.keys.identity import Identity
from doorctl.policy.apply import Position, position_of
from doorctl.wire.messages import Ask, Chunk, Offer
from doorctl.wire.notes import attach_data
from doorctl.wire.topics import Address, Channel

KEPT = 2
MOST_REVISIONS = 2000
FIRST_WORTH_BYTES = 512 * 1024
"""What a snapshot is taken to be worth before one was made: that of some 7,000 people."""
CHUNKS_PER_ASK = 32
RETRY = timedelta(minutes=1)


class SnapshotShelf:
    """Offers snapshots and hands out their chunks; to be used by one thread, that of the hub."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        *,
        database: Path,
        folder: Path,
        disk: DiskReserve | None = None,
    ) -> None:
        """Take what is whole in this folder; ``database`` is the file behind the connection. Raises OSError.

        Where the ``disk`` is nearly full, no snapshot is made.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        self._connection = connection
        self._identity = identity
        self._site = position_of(connection).site
        self._database = database
        self._folder = folder
        self._disk = disk or DiskReserve()
        self._files = whole_snapshots(folder)
        self._published: dict[tuple[str, int], datetime] = {}
        self._maker: _Maker | None = None
        self._next_try: datetime | None = None
        self._least = 0
        self._to_remove: list[SnapshotFile] = []
        self._keep_newest()

    def is_too_far(self, ask: Ask, position: Position) -> bool:
        """Answer whether what this keeper lacks is worth a snapshot: no deltas need be sent to it."""
        if ask.wants_snapshot or ask.epoch not in (0, position.epoch):
            return True
        if is_broken(self._connection, ask.revision):
            return True
        return not ask.wants_deltas and self._is_worth_one(ask.revision, position)

    def offer(self, ask: Ask, position: Position, at: datetime) -> Offer | None:
        """Offer the snapshot that this keeper collects, or the newest if it is too far behind and one is ready."""
        self._take_made(at)
        named = self._named(ask.snapshot)
        if named is not None and self._fits(named.offer, ask, position):
            return named.offer
        if not self.is_too_far(ask, position):
            return None
        newest = self._newest_of(position)
        if newest is None or self._is_worth_one(newest.offer.revision, position):
            self._make(at)
            return None
        return newest.offer if self._fits(newest.offer, ask, position) else None

    def chunks(self, ask: Ask, at: datetime, *, most: int = CHUNKS_PER_ASK) -> list[Outgoing]:
        """Return at most so many of the chunks that are asked for, but for those that were published just now."""
        file = self._named(ask.snapshot)
        if file is None:
            return []
        self._published = {key: sent for key, sent in self._published.items() if is_shared(sent, at)}
        count = min(ask.chunks, CHUNKS_PER_ASK)
        numbers = range(ask.chunk, min(ask.chunk + count, file.offer.chunks))
        wanted = [number for number in numbers if (file.offer.snapshot, number) not in self._published]
        try:
            return [self._publish(file, number, at) for number in wanted[:most]]
        except (OSError, ValueError) as error:
            say("snapshot_damaged", Level.ALARM, snapshot=file.offer.snapshot, why=error)
            self._drop(file)
            return []

    def forget_before(self, revision: int) -> bool:
        """Remove what is older than this revision: it tells of somebody who was erased by then.

        What is being made is given up. False: a file could not be removed, and should be tried again.
        """
        if revision > self._least:
            self._least = revision
            self._give_up_making()
        old = [file for file in self._files if file.offer.revision < revision]
        self._files = [file for file in self._files if file not in old]
        self._to_remove = [file for file in (*self._to_remove, *old) if not _is_removed(file)]
        return not self._to_remove

    def finish(self) -> None:
        """Wait until the snapshot that is being made, if there is one, is made."""
        if self._maker is not None:
            self._maker.join()

    def close(self) -> None:
        """Stop making; what was begun is removed at the next start."""
        if self._maker is not None:
            self._maker.stop()

    def _publish(self, file: SnapshotFile, number: int, at: datetime) -> Outgoing:
        snapshot = file.offer.snapshot
        data = file.chunk(number)
        note = Chunk(site=self._site, snapshot=snapshot, number=number, sha256=file.sha256(number))
        self._published[snapshot, number] = at
        return Outgoing(Address(Channel.SNAPSHOT, snapshot, number), attach_data(signed(self._identity, note), data))

    def _fits(self, offer: Offer, ask: Ask, position: Position) -> bool:
        """Answer whether a snapshot leads this keeper on, in words that it knows, in our own history."""
        is_ahead = (offer.epoch, offer.revision) > (ask.epoch, ask.revision)
        return is_ahead and offer.needs <= ask.level and self._is_ours(offer, position)

    def _is_ours(self, offer: Offer, position: Position) -> bool:
        if offer.epoch != position.epoch or offer.revision > position.revision:
            return False
        chain = chain_at(self._connection, offer.revision)
        return chain is not None and chain.hex() == offer.chain

    def _is_worth_one(self, revision: int, position: Position) -> bool:
        """Answer whether the changes after a revision are more than a snapshot is worth."""
        if position.revision - revision > MOST_REVISIONS or is_broken(self._connection, revision):
            return True
        (missing,) = self._connection.execute(
            "SELECT total(length(change)) FROM changes WHERE revision > ?", (revision,)
        ).fetchone()
        return bool(missing > (self._files[-1].size if self._files else FIRST_WORTH_BYTES))

    def _named(self, snapshot: str | None) -> SnapshotFile | None:
        return next((file for file in self._files if file.offer.snapshot == snapshot), None)

    def _newest_of(self, position: Position) -> SnapshotFile | None:
        return next((file for file in reversed(self._files) if self._is_ours(file.offer, position)), None)

    def _make(self, at: datetime) -> None:
        if self._maker is None and (self._next_try is None or at >= self._next_try):
            self._maker = _Maker(self._database, self._folder, self._disk)

    def _take_made(self, at: datetime) -> None:
        if self._maker is None or self._maker.is_alive():
            return
        made, self._maker = self._maker.made, None
        self._next_try = None if made else at + RETRY
        if made is not None:
            self._files.append(made)
            self._keep_newest()

    def _give_up_making(self) -> None:
        if self._maker is None:
            return
        self._maker.stop()
        made, self._maker = self._maker.made, None
        if made is not None:
            self._files.append(made)

    def _keep_newest(self) -> None:
        for file in self._files[:-KEPT]:
            self._drop(file)

    def _drop(self, file: SnapshotFile) -> None:
        self._files.remove(file)
        _is_removed(file)


def _is_removed(file: SnapshotFile) -> bool:
    try:
        file.remove()
    except OSError as error:
        say("snapshot_not_removed", Level.WARNING, snapshot=file.offer.snapshot, why=error)
        return False
    return True


class _Maker:
    """A thread that makes one snapshot; ``made`` is it, once the thread has ended, or None."""

    def __init__(self, database: Path, folder: Path, disk: DiskReserve) -> None:
        self.made: SnapshotFile | None = None
        self._disk = disk
        self._stopping = Event()
        self._thread = Thread(target=self._run, args=(database, folder), name="snapshot-maker", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self, database: Path, folder: Path) -> None:
        try:
            self.made = make_snapshot(database, folder, secrets.token_hex(16), is_wanted=self._is_wanted)
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            say("snapshot_failed", Level.ALARM, why=error)
        else:
            if self.made is not None:
                offer = self.made.offer
                say("snapshot_made", revision=offer.revision, chunks=offer.chunks, bytes=self.made.size)

    def _is_wanted(self) -> bool:
        return not self._stopping.is_set() and not self._disk.is_short

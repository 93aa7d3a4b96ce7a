"""A policy that is being made from a snapshot, in a file of its own that nobody reads yet.

1. The file in progress is named by the link ``policy.db.next``; whoever comes after a crash goes on with it.
2. Each chunk is one transaction, with the number of the next one and the digest of all rows so far.
3. It is never written faster than a slow card takes beside a door (``write_pace``). Behind the rows come indexes, and
   what is gathered.
4. After a power cut, with a file that holds anything but what we left, or rows that are not those of the offer, it is
   thrown away: nothing is lost but time.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec

from doorctl.clock import boot_id
from doorctl.database import UNREADABLE, open_unfinished, remove_sidecars, transaction
from doorctl.durable import write_new_file
from doorctl.errors import Refused
from doorctl.keeper.policy_files import in_progress, throw_away
from doorctl.keeper.write_pace import MOST_STEP_BYTES, PAUSE_SECONDS, WritePace, reserve_for
from doorctl.places import StateFile
from doorctl.policy.apply import Position, write_position
from doorctl.policy.digest import add_digests
from doorctl.policy.gathered import gathering
from doorctl.policy.row_sql import INSERT
from doorctl.policy.schema import migrate
from doorctl.policy.snapshot import rows_in
from doorctl.wire.messages import Offer

_CACHE_KIB = 40
_STEPS_BETWEEN_LOOKS = 500
"""Steps of SQLite's machine between two looks at the pace: some 25 rows."""
_DIGEST_BYTES = 32
_PROGRESS = """
CREATE TABLE new_policy (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    boot TEXT NOT NULL,
    offer BLOB NOT NULL,
    next_chunk INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT
"""
_INDEXES = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
_TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"

Pause = Callable[[float], bool]


class NewPolicy:
    """The file in progress; ``next_chunk`` is the number of the chunk that it lacks next."""

    def __init__(self, path: Path, offer: Offer, *, pause: Pause) -> None:
        """Open a file that ``begin`` has made for this offer. Raises what a damaged file raises, and Refused."""
        self.path = path
        self.offer = offer
        self._connection = open_unfinished(path, cache_kib=_CACHE_KIB)
        try:
            self.next_chunk, self._digest = _progress(self._connection, offer)
            self._pace = WritePace(path, pause=pause, reserve_bytes=reserve_for(offer.chunks))
        except BaseException:
            self._connection.close()
            raise
        self._connection.set_progress_handler(self._pace.is_to_stop, _STEPS_BETWEEN_LOOKS)

    def add(self, number: int, data: bytes) -> None:
        """Write the rows of the next chunk. Raises Refused, sqlite3.Error and OSError."""
        if number != self.next_chunk:
            raise Refused("gap", f"chunk {number} does not follow")
        piece = rows_in(data)
        digest = add_digests(self._digest, added=[piece.digest])
        with self._transaction():
            self._connection.executemany(INSERT[piece.row_type], zip(*piece.columns, strict=True))
            self._connection.execute(
                "UPDATE new_policy SET next_chunk = ?, digest = ?", (number + 1, digest.to_bytes(_DIGEST_BYTES))
            )
        self.next_chunk, self._digest = number + 1, digest
        self._rest()

    def finish(self, *, site: str) -> None:
        """Check the digest, make the indexes and set the position. Raises Refused, sqlite3.Error, OSError."""
        position = Position(
            site, self.offer.epoch, self.offer.revision, bytes.fromhex(self.offer.chain), self._digest
        )
        if position.digest_hex != self.offer.digest:
            raise Refused("digest-differs", "the rows of the snapshot are not those that were offered")
        present = {name for name, _ in self._connection.execute(_INDEXES)}
        for name, statement in _statements(_INDEXES, site).items():
            if name not in present:
                with self._transaction():
                    self._connection.execute(statement)
                self._rest()
        if self._connection.execute(_TRIGGERS).fetchone() is None:
            self._gather(site)
        with self._transaction():
            write_position(self._connection, position)
        self._rest()

    def _gather(self, site: str) -> None:
        """Gather what the rows say of people, and let triggers keep it so from now on."""
        for update, whose in gathering(self._connection):
            with self._transaction():
                self._connection.executemany(update, whose)
            self._rest()
        with self._transaction():
            for statement in _statements(_TRIGGERS, site).values():
                self._connection.execute(statement)
        self._rest()

    def close(self) -> None:
        """Let go of the file; what is not finished can be gone on with."""
        self._connection.close()
        self._pace.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with transaction(self._connection):
                yield
        except sqlite3.OperationalError as error:
            if self._pace.why_stopped:
                raise InterruptedError(self._pace.why_stopped) from error
            raise

    def _rest(self) -> None:
        if not self._pace.rest():
            raise InterruptedError(self._pace.why_stopped)


def open_or_begin(folder: Path, offer: Offer, *, site: str, pause: Pause) -> NewPolicy:
    """Go on with what was begun for this offer, or begin. Raises sqlite3.Error and OSError."""
    if in_progress(folder) == offer.snapshot:
        with suppress(*UNREADABLE, OSError, Refused):
            return NewPolicy(folder / (folder / StateFile.POLICY_NEXT).readlink(), offer, pause=pause)
    throw_away(folder)
    return NewPolicy(_begin(folder, offer, site=site, pause=pause), offer, pause=pause)


def forget_making(connection: sqlite3.Connection) -> None:
    """Remove from a finished policy what only its making needed, in the caller's transaction."""
    connection.execute("DROP TABLE IF EXISTS new_policy")


def _begin(folder: Path, offer: Offer, *, site: str, pause: Pause) -> Path:
    def rest() -> None:
        if not pause(PAUSE_SECONDS):
            raise InterruptedError("the keeper stops")

    path = folder / f"policy-{offer.snapshot}-{secrets.token_hex(8)}.db"
    remove_sidecars(path)
    write_new_file(path, _empty(offer, site=site), mode=0o600, piece_bytes=MOST_STEP_BYTES, rest=rest)
    try:
        (folder / StateFile.POLICY_NEXT).symlink_to(path.name)
    except OSError:
        path.unlink()
        raise
    return path


def _empty(offer: Offer, *, site: str) -> bytes:
    """Return a database with the tables of a policy, but no index that can be made later, and how far it is."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, site=site)
        for kind, query in (("INDEX", _INDEXES), ("TRIGGER", _TRIGGERS)):
            for name, _ in connection.execute(query).fetchall():
                connection.execute(f"DROP {kind} {name}")
        connection.execute(_PROGRESS)
        connection.execute(
            "INSERT INTO new_policy (id, boot, offer, next_chunk, digest) VALUES (1, ?, ?, 0, ?)",
            (boot_id(), msgspec.json.encode(offer), bytes(_DIGEST_BYTES)),
        )
        connection.execute("VACUUM")
        return connection.serialize()


def _progress(connection: sqlite3.Connection, offer: Offer) -> tuple[int, int]:
    """Return the next chunk and the digest so far. Raises Refused where the file is not ours to go on with."""
    boot, made_for, next_chunk, digest = connection.execute(
        "SELECT boot, offer, next_chunk, digest FROM new_policy"
    ).fetchone()
    if boot != boot_id():
        raise Refused("other-boot", "it was begun before the last start of the machine, and was not flushed")
    if made_for != msgspec.json.encode(offer):
        raise Refused("other-offer", "it was begun for another offer")
    return int(next_chunk), int.from_bytes(digest)


def _statements(kind: str, site: str) -> dict[str, str]:
    """Return the statements that make the indexes of a policy, or its triggers, by their names."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, site=site)
        return dict(connection.execute(kind).fetchall())

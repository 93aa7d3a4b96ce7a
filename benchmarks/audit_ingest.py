"""How much CPU it takes the hub to take a controller's records in, beside plain rows in the same batches.

``python -m benchmarks.audit_ingest [--json] [--check] [--records 50000]``

Batches are those that a keeper sends when much has gathered: as many records as fit into a batch, with their openings
sealed beside. docs/performance.md tells what is measured and what is left out.
"""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from benchmarks.command_line import a_parser, run
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.long_log import a_decision
from benchmarks.targets import missed_ingests
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.clock import WallClock, boot_id
from doorctl.door.statements import Statements
from doorctl.hub.hub import Hub
from doorctl.hub.site_db import checkpoint, open_site
from doorctl.keeper.batch_note import BatchNotes
from doorctl.keeper.hub_log import Seen
from doorctl.keeper.log_reader import Batch, LogReader
from doorctl.keys.card_keys import CardKeys
from doorctl.keys.identity import Identity, ack_key_name, hub_key_name, log_key_name, root_key_name
from doorctl.trust.note import ControllerKeys, HubKeys, Trust
from doorctl.trust.verify import sign_trust
from doorctl.wire.messages import LogAck, from_text
from doorctl.wire.notes import Signer, text_of
from doorctl.wire.topics import Address, Channel

Rows = Mapping[str, Sequence[Sequence[object]]]
T = TypeVar("T")

SITE, CONTROLLER = "hq", "pi-1"
RECORDS = 50_000
_COMMIT_RECORDS = 8
"""As many as a busy door writes at once; a batch ends with a commit."""
_COPY_BATCHES = 50
_NEW = {
    "records": "position > :position",
    "openings": "controller = :controller AND log_epoch = :epoch AND seq >= :first AND seq < :end",
    "log_nodes": "controller = :controller AND log_epoch = :epoch AND level = 8 AND place >= :first / 256",
    "log_heads": "true",
    "cosignatures": "true",
}
"""Where the rows stand that a batch has made, by table."""
_KEPT_ANEW = frozenset({"log_heads", "cosignatures", "log_nodes"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    parser = a_parser("audit_ingest", __doc__)
    parser.add_argument("--records", type=int, default=RECORDS, help="how many are taken in")
    options = parser.parse_args(arguments)
    return run(lambda folder: _cases(folder, options.records), options, missed=missed_ingests)


def _cases(folder: Path, records: int) -> Iterator[Figures]:
    log_key = _signer(log_key_name(CONTROLLER))
    path = folder / "audit.db"
    epoch = _write_log(path, log_key, records)
    hub = _MeasuredHub(folder / "hub.db", log_key)
    with closing(_without_flushes(folder / "plain.db")) as plain:
        values, floors = [], []
        for number, batch in enumerate(_batches(path, records)):
            progress(f"{batch.end:,} of {records:,} records taken in")
            values.append(hub.take(batch, epoch))
            floors.append(_insert(plain, hub.rows_of(batch, epoch)))
            if number % _COPY_BATCHES == 0:
                hub.copy_pages()
                checkpoint(plain)
        per_batch = records / len(values)
    yield time_figures("CPU time of a batch taken in", values, floors, records_a_batch=round(per_batch, 1))


class _MeasuredHub:
    """A hub that trusts one controller, and that controller's keeper."""

    def __init__(self, path: Path, log_key: Signer) -> None:
        """Make both, with keys of their own."""
        self._connection = _without_flushes(path)
        identity, keeper = _identity(hub_key_name(SITE)), _identity(ack_key_name(CONTROLLER))
        root = _signer(root_key_name(SITE))
        self._keys = HubKeys(hub_key_name(SITE), identity.sign_public, identity.box_public)
        controller = ControllerKeys(CONTROLLER, keeper.sign_public, log_key.verifier.public_key, keeper.box_public)
        roots = (root.verifier.public_key,)
        trust = Trust(SITE, version=1, roots=roots, hub=self._keys, controllers=(controller,))
        self._hub = Hub(
            self._connection,
            identity,
            trust=sign_trust(trust, root),
            card_keys=CardKeys((bytes(32),)),
            store_card_keys=lambda _: None,
        )
        self._notes = BatchNotes(SITE, CONTROLLER, keeper.signer)
        self._knows = Seen()
        self._position = 0
        self._at = datetime.now(UTC)

    def take(self, batch: Batch, epoch: int) -> float:
        """Have a batch taken in; return the seconds of CPU time."""
        payload = self._notes.write(batch, epoch, self._keys, knows=self._knows, cosigned_at=0, evidence="")
        address = Address(Channel.LOG, CONTROLLER)
        seconds, (outgoing,) = _measured(lambda: self._hub.handle(address, payload, self._at))
        ack = from_text(text_of(outgoing.payload), LogAck, site=SITE)
        if ack.size != batch.end:
            raise ValueError(f"the hub holds {ack.size} records, not {batch.end}")
        origin, size = ack.hub_checkpoint.splitlines()[:2]
        self._knows = Seen(int(origin.rpartition("/")[2]), int(size))
        return seconds

    def rows_of(self, batch: Batch, epoch: int) -> Rows:
        """Return the rows that a batch has made, by table."""
        place = {"controller": CONTROLLER, "epoch": epoch, "first": batch.first, "end": batch.end}
        rows = {
            table: self._connection.execute(
                f"SELECT * FROM {table} WHERE {new}", place | {"position": self._position}
            ).fetchall()
            for table, new in _NEW.items()
        }
        self._position += len(rows["records"])
        return rows

    def copy_pages(self) -> None:
        """Let the write-ahead log start over, as the hub does when there is time."""
        checkpoint(self._connection)


def _insert(plain: sqlite3.Connection, rows: Rows) -> float:
    """Insert rows and do nothing else; return the seconds of CPU time."""
    verbs = {table: "REPLACE" if table in _KEPT_ANEW else "INSERT" for table in rows}
    statements = {
        table: f"{verbs[table]} INTO {table} VALUES ({', '.join('?' * len(found[0]))})"
        for table, found in rows.items()
        if found
    }

    def insert() -> None:
        plain.execute("BEGIN IMMEDIATE")
        for table, statement in statements.items():
            plain.executemany(statement, rows[table])
        plain.execute("COMMIT")

    return _measured(insert)[0]


def _write_log(path: Path, log_key: Signer, records: int) -> int:
    """Write a door's log; return its epoch."""
    statements = Statements(WallClock())
    log = AuditLog(path, LogIdentity(SITE, CONTROLLER, boot_id(), log_key), draft=statements.draft)
    while log.size < records:
        left = records - log.size
        log.append([a_decision(statements, log.size + number) for number in range(min(_COMMIT_RECORDS, left))])
    log.close()
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT epoch FROM log").fetchone()[0])


def _batches(path: Path, records: int) -> Iterator[Batch]:
    reader = LogReader(path)
    reader.state(time.monotonic())
    first = 0
    while (batch := reader.batch(first, below=records)) is not None:
        yield batch
        first = batch.end
    reader.close()


def _without_flushes(path: Path) -> sqlite3.Connection:
    connection = open_site(path, site=SITE)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _measured(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _signer(name: str) -> Signer:
    return Signer(name, Ed25519PrivateKey.generate())


def _identity(name: str) -> Identity:
    return Identity(_signer(name), X25519PrivateKey.generate())


if __name__ == "__main__":
    sys.exit(main())

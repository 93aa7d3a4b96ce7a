"""A log of any length, made in seconds: what a door writes, without a flush for each commit."""

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.leaf import leaf_bytes, new_opening, place, written
from doorctl.audit.log import GROUP_RECORDS
from doorctl.audit.schema import migrate
from doorctl.audit.tree import Tree
from doorctl.database import open_writer, transaction
from doorctl.keys.identity import load_signer, log_key_name
from tests.keeper.logs import NOON, a_draft
from tests.keeper.site import CONTROLLER, SITE

EPOCH = 7
ABSENCE = timedelta(days=30)
_PER_TRANSACTION = 100 * GROUP_RECORDS


def made_at(seq: int, records: int) -> datetime:
    """When a record of so many was made: they come evenly, from the beginning of the absence until noon."""
    return NOON - ABSENCE * (records - 1 - seq) / (records - 1)


def write_large_log(state_dir: Path, records: int) -> None:
    """Write so many decisions, each with its time and its opening, in commits of ``GROUP_RECORDS``."""
    path = state_dir / "audit.db"
    migrate(path)
    signer = load_signer(state_dir / "keys" / "log.pem", log_key_name(CONTROLLER))
    said, tree, checkpoint = a_draft().statement, Tree(), b""
    with closing(open_writer(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(0, records, _PER_TRANSACTION):
            rows, openings = [], []
            for seq in range(first, min(records, first + _PER_TRANSACTION)):
                opening = new_opening(seq, f"holder:h-{seq % 1000}")
                timed = msgspec.structs.replace(said, at=written(made_at(seq, records)))
                leaf = place(timed, log=CONTROLLER, epoch=EPOCH, seq=seq, boot="boot", subject=opening.commitment)
                data = leaf_bytes(leaf)
                tree = tree.append(data)
                is_end = tree.size % GROUP_RECORDS == 0 or tree.size == records
                if is_end:
                    told = Checkpoint(origin_of(SITE, CONTROLLER, EPOCH), tree.size, tree.root)
                    checkpoint = sign_checkpoint(told, signer)
                rows.append((seq, data, checkpoint if is_end else None))
                openings.append((seq, opening.salt, opening.subject))
            with transaction(connection):
                connection.executemany("INSERT INTO records (seq, leaf, checkpoint) VALUES (?, ?, ?)", rows)
                connection.executemany("INSERT INTO openings (seq, salt, subject) VALUES (?, ?, ?)", openings)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with transaction(connection):
            connection.execute(
                "INSERT INTO log (id, epoch, size, frontier, root, checkpoint) VALUES (1, ?, ?, ?, ?, ?)",
                (EPOCH, tree.size, tree.to_bytes(), tree.root, checkpoint),
            )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

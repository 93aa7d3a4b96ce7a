"""The process that ``benchmarks.audit_append`` measures: it writes a log, or a plain table, and says how long."""

import gc
import json
import random
import select
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.far_end import say
from doorctl.audit.leaf import Draft
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.audit.writer import AuditWriter, Verdict, nobody_waits
from doorctl.clock import WallClock, boot_id
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.database import open_writer, transaction
from doorctl.door.statements import Statements
from doorctl.keys.identity import log_key_name, new_signing_key
from doorctl.wire.notes import Signer

SWIPES_A_SECOND = 64
ROW_BYTES = 700
"""About what a decision with its opening and a share of its checkpoint takes."""
RUN_COMMITS = 50
_COPY_COMMITS = 400


def main(mode: str, folder: str, *numbers: str) -> None:
    """Measure in a folder that is made; say the seconds as JSON."""
    place = Path(folder)
    place.mkdir()
    gc.freeze()
    say(json.dumps(_MODES[mode](place, *map(int, numbers))))


def swipes(folder: Path, count: int) -> list[float]:
    """Let swipes come at random times; return the seconds until each decision was durable."""
    statements = Statements(WallClock())
    writer = AuditWriter(_log(folder, statements))
    writer.start()
    seconds: list[float] = []

    def conclude(began_at: float, _: Verdict) -> None:
        seconds.append(time.monotonic() - began_at)
        writer.submit([statements.draft(RecordKind.RELEASED, door="door-1", zone="floor-3")], nobody_waits)

    _wait_for_the_first(writer, statements)
    for at in _times(count):
        _serve(writer, until=at)
        writer.submit([_decision(statements)], partial(conclude, time.monotonic()))
    while len(seconds) < count:
        _serve(writer, until=time.monotonic() + 0.01)
    writer.stop()
    return seconds


def plain(folder: Path, count: int) -> list[float]:
    """Insert a row at each of such times, one durable commit each; return the seconds that each took."""
    connection = _plain_table(folder)
    seconds = []
    for at in _times(count):
        time.sleep(max(0.0, at - time.monotonic()))
        began_at = time.monotonic()
        _insert(connection, 1)
        seconds.append(time.monotonic() - began_at)
    return seconds


def cpu(folder: Path, records: int, batch: int) -> tuple[list[float], list[float]]:
    """Return the CPU seconds of a record in runs of many commits, page copies included, and those of a plain row."""
    statements = Statements(WallClock())
    log, connection = _log(folder, statements), _plain_table(folder)
    log.append([_decision(statements)])
    values, floors = [], []
    for number in range(1, max(2, records // batch // RUN_COMMITS) + 1):
        values.append(_cpu_of(lambda: log.append([_decision(statements) for _ in range(batch)]), batch))
        floors.append(_cpu_of(lambda: _insert(connection, batch), batch))
        if number % (_COPY_COMMITS // RUN_COMMITS) == 0:
            began_at = time.process_time()
            log.checkpoint_pages()
            values[-1] += (time.process_time() - began_at) / (RUN_COMMITS * batch)
    log.close()
    return values, floors


def _cpu_of(commit: Callable[[], object], batch: int) -> float:
    began_at = time.process_time()
    for _ in range(RUN_COMMITS):
        commit()
    return (time.process_time() - began_at) / (RUN_COMMITS * batch)


def _times(count: int) -> Iterator[float]:
    """Yield when swipes come, 64 a second at the mean, each at a random moment."""
    chance, at = random.Random(64), time.monotonic()
    for _ in range(count):
        at += chance.expovariate(SWIPES_A_SECOND)
        yield at


def _wait_for_the_first(writer: AuditWriter, statements: Statements) -> None:
    """Wait until the log's tables are made, by a process of its own, and a first record is in them."""
    verdicts: list[Verdict] = []
    writer.submit([_decision(statements)], verdicts.append)
    while not verdicts:
        _serve(writer, until=time.monotonic() + 0.01)


def _serve(writer: AuditWriter, *, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        if select.select([writer.fileno()], [], [], left)[0]:
            writer.deliver()


def _log(folder: Path, statements: Statements) -> AuditLog:
    signer = Signer(log_key_name("pi-3"), new_signing_key(folder / "log.pem"))
    return AuditLog(folder / "audit.db", LogIdentity("hq", "pi-3", boot_id(), signer), draft=statements.draft)


def _decision(statements: Statements) -> Draft:
    return statements.draft(
        RecordKind.DECISION,
        door="door-1",
        zone="floor-3",
        reader="reader-1",
        outcome=Outcome.GRANTED,
        reason=Reason.GRANTED,
        subject=f"holder:{random.getrandbits(64):016x}",
    )


def _plain_table(folder: Path) -> sqlite3.Connection:
    connection = open_writer(folder / "plain.db")
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB)")
    return connection


def _insert(connection: sqlite3.Connection, rows: int) -> None:
    with transaction(connection):
        connection.executemany("INSERT INTO rows (content) VALUES (?)", [(random.randbytes(ROW_BYTES),)] * rows)


_MODES: dict[str, Callable[..., Sequence[object]]] = {"swipes": swipes, "plain": plain, "cpu": cpu}

if __name__ == "__main__":
    main(*sys.argv[1:])

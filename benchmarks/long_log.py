"""A log with many records, written by the log's own code in large commits."""

from benchmarks.figures import progress
from doorctl.audit.leaf import Draft
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.clock import WallClock, boot_id
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.door.statements import Statements
from doorctl.keys.identity import load_signer, log_key_name
from tests.door_folder import DoorFolder

_COMMIT_RECORDS = 20_000


def write_records(folder: DoorFolder, records: int) -> None:
    """Fill a folder's log with decisions about many holders."""
    statements = Statements(WallClock())
    signer = load_signer(folder.state / "keys" / "log.pem", log_key_name("pi-3"))
    log = AuditLog(folder.state / "audit.db", LogIdentity("hq", "pi-3", boot_id(), signer), draft=statements.draft)
    while log.size < records:
        progress(f"{log.size:,} of {records:,} records written")
        log.append([a_decision(statements, log.size + number) for number in range(min(_COMMIT_RECORDS, records))])
        log.checkpoint_pages()
    log.close()


def a_decision(statements: Statements, number: int) -> Draft:
    """Draft a decision about one of many holders."""
    return statements.draft(
        RecordKind.DECISION,
        door="door-1",
        zone="floor-3",
        reader="reader-1",
        outcome=Outcome.GRANTED,
        reason=Reason.GRANTED,
        subject=f"holder:{number % 5000:016x}",
    )

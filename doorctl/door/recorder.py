"""Records that nobody waits for: drafted, handed to the writer, and complained about when they fail."""

from doorctl import journal
from doorctl.audit.leaf import Draft
from doorctl.audit.writer import AuditWriter, Committed, Verdict
from doorctl.core.records import RecordKind
from doorctl.door.statements import Statements


class Recorder:
    """Writes what the process itself has to say."""

    def __init__(self, writer: AuditWriter, statements: Statements) -> None:
        """Hand records to this writer."""
        self._writer = writer
        self._statements = statements

    def record(self, kind: RecordKind, detail: str = "", **fields: object) -> None:
        """Write one record; ``fields`` are those of ``Statement``."""
        self.submit(self._statements.draft(kind, detail, **fields))  # type: ignore[arg-type]

    def submit(self, draft: Draft) -> None:
        """Write a record that is already drafted."""
        self._writer.submit([draft], _complain)


def _complain(verdict: Verdict) -> None:
    if not isinstance(verdict, Committed):
        journal.say("audit_failed", journal.Level.ALARM, why=verdict.why)

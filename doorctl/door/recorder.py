"""Records that nobody waits for: drafted and handed to the writer."""

from typing import Protocol, Unpack

from doorctl.audit.state import Remembered
from doorctl.audit.writer import AuditWriter, nobody_waits
from doorctl.core.records import RecordKind
from doorctl.door.statements import Said, Statements


class TakesRecords(Protocol):
    """Where records go that nobody waits for."""

    def record(self, kind: RecordKind, detail: str = "", **said: Unpack[Said]) -> None:
        """Write one record."""


class Recorder:
    """Writes what the process itself has to say."""

    def __init__(self, writer: AuditWriter, statements: Statements) -> None:
        """Hand records to this writer."""
        self._writer = writer
        self._statements = statements

    def record(
        self, kind: RecordKind, detail: str = "", *, remembered: tuple[Remembered, ...] = (), **said: Unpack[Said]
    ) -> None:
        """Write one record, and with it what is to be remembered."""
        self._writer.submit([self._statements.draft(kind, detail, remembered=remembered, **said)], nobody_waits)

"""Whom the policy calls erased is erased from the log, once, beside the loop; then a record says so."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from doorctl.audit.erasure import Steps
from doorctl.audit.leaf import Draft
from doorctl.audit.state import Erased
from doorctl.audit.writer import AuditWriter, Committed, Verdict
from doorctl.clock import boottime
from doorctl.core.records import RecordKind
from doorctl.door.statements import Statements

RETRY_SECONDS = 60.0


class Log(Protocol):
    """What is asked of the log, in the writer's thread."""

    def erase(self, holder: str) -> Steps:
        """Delete what leads to a holder. Raises AuditUnavailable."""


class Erasures:
    """Has each holder erased once; used from the loop's thread."""

    def __init__(
        self,
        writer: AuditWriter,
        log: Log,
        *,
        statements: Statements,
        erased: Iterable[str],
        submit: Callable[[list[Draft], Callable[[Verdict], None]], None],
        counter: Callable[[], float] = boottime,
    ) -> None:
        """Go on from those who were erased before."""
        self._writer = writer
        self._log = log
        self._statements = statements
        self._submit = submit
        self._known = set(erased)
        self._owed: set[str] = set()
        self._counter = counter
        self._next_try = 0.0

    def take(self, holders: Iterable[str]) -> None:
        """Erase these, but for whom it is done or under way."""
        for holder in sorted(set(holders) - self._known):
            self._known.add(holder)
            self._writer.do(self._log.erase(holder), partial(self._tell, holder))

    def try_again(self) -> None:
        """Erase whom it failed for before, a minute ago or more."""
        if self._counter() < self._next_try:
            return
        owed, self._owed = self._owed, set()
        self._known -= owed
        self.take(owed)

    def _tell(self, holder: str, verdict: Verdict) -> None:
        """Record that it is done, so that it is never done again, or try again later."""
        if not isinstance(verdict, Committed):
            self._settle(holder, verdict)
            return
        remembered = (Erased(holder),)
        draft = self._statements.draft(RecordKind.ERASURE_DONE, f"holder={holder}", remembered=remembered)
        self._submit([draft], partial(self._settle, holder))

    def _settle(self, holder: str, verdict: Verdict) -> None:
        if not isinstance(verdict, Committed):
            self._owed.add(holder)
            self._next_try = self._counter() + RETRY_SECONDS

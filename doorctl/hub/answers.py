"""What admins are told about their commands, and what is remembered of it: the same answer under the same id."""

import sqlite3
from dataclasses import dataclass, replace

from doorctl.errors import Refused
from doorctl.hub.command_records import CommandRecords, Watched
from doorctl.hub.given_commands import Outcome
from doorctl.hub.history import Operation
from doorctl.hub.outgoing import signed
from doorctl.hub.stored_answers import StoredAnswer, store_answer, stored_answer
from doorctl.hub.verbs.asked import Assignment
from doorctl.keys.identity import Identity
from doorctl.wire.commands import Command
from doorctl.wire.messages import Response
from doorctl.wire.verdict import Verdict

_MOST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a command: whose, the payload, the revision it has made, and what it orders of controllers.

    ``note`` is the admin's own signed command; it stands with orders. ``kept`` is what a command that waits takes
    away, as far as can be told yet.
    """

    admin: str
    command: str
    payload: bytes
    revision: int | None = None
    orders: tuple[Assignment, ...] = ()
    note: bytes = b""
    kept: tuple[Operation, ...] = ()


class Answers:
    """Writes answers in the hub's name, and finds those that were given."""

    def __init__(self, connection: sqlite3.Connection, identity: Identity, records: CommandRecords) -> None:
        """Remember in this database, beside the ``records`` of commands."""
        self._connection = connection
        self._identity = identity
        self._records = records

    def known(self, command: Command) -> Answered | None:
        """Return what was answered to a command of this admin's and this id."""
        stored = stored_answer(self._connection, admin=command.admin, command=command.id)
        return None if stored is None else Answered(command.admin, command.id, stored.payload, stored.revision)

    def told_before(self, command: Command) -> Answered | None:
        """Return what was answered to a command that is over: nobody waits any more until it is in force."""
        known = self.known(command)
        return None if known is None else replace(known, revision=None)

    def no(self, command: Command, refusal: Refused) -> Answered:
        """Answer why not."""
        return self.of(command, verdict=Verdict.REFUSED, reason=refusal.refusal, text=refusal.detail)

    def is_kept(self, command: Command) -> Answered:
        """Answer that what takes away waits until the hub is no longer behind."""
        text = "kept: it is carried out as soon as the hub has its newest changes back"
        return self.of(command, verdict=Verdict.ACCEPTED, text=text)

    def of(
        self, command: Command, *, verdict: Verdict, text: str, reason: str = "", revision: int | None = None
    ) -> Answered:
        """Answer a command; nothing is remembered yet."""
        response = Response(
            site=command.site,
            admin=command.admin,
            command=command.id,
            verdict=verdict,
            reason=reason,
            text=text[:_MOST_TEXT],
            revision=revision,
        )
        accepted = revision if verdict is Verdict.ACCEPTED else None
        return Answered(command.admin, command.id, signed(self._identity, response), accepted)

    def remember(
        self, command: Command, answered: Answered, outcome: Outcome, at: int, *, watched: Watched | None = None
    ) -> None:
        """Record a command and keep its answer; in the caller's transaction."""
        self._records.note(command, outcome, at=at, watched=watched)
        store_answer(
            self._connection,
            StoredAnswer(answered.payload, answered.revision),
            admin=command.admin,
            command=command.id,
            expires=command.expires,
        )

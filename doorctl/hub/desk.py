"""The desk for commands: checks each, carries it out once, and answers the admin who signed it.

1. A change is answered once: whatever its admin was told is what is remembered under its id, in a transaction.
2. So a refused change is remembered too, whatever it was refused for: delivered again, whole or a minute later, it
   would otherwise succeed where it was refused. A courier can spoil a command by that, but it can withhold it, too.
3. A refusal that cannot be remembered does not promise anything.
4. Questions change nothing, so they are answered anew. Who looks at records is recorded.
5. What takes two admins waits: its answer is ``pending``, and what becomes of it is the other admin's command.
6. While the hub is behind, what takes away is kept once it has passed every check, and carried out when it may be.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import msgspec

from doorctl.database import transaction
from doorctl.errors import PolicyUnavailable, Refused
from doorctl.hub.answers import Answered, Answers
from doorctl.hub.card_ring import CardRing
from doorctl.hub.command_records import Changes, CommandRecords, watch
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.given_commands import (
    Outcome,
    cards_asked_about,
    check_card_rate,
    check_grant_rate,
    check_id_is_its_own,
    check_refusal_rate,
    forget_given,
)
from doorctl.hub.history import Operation, commit_operations
from doorctl.hub.looks import Looks
from doorctl.hub.not_stored import NOTHING_CHANGED, ONLY_ORDERED, not_remembered
from doorctl.hub.occupancy import forget_old_stays
from doorctl.hub.outgoing import Sealed, signed_with
from doorctl.hub.own_log import OwnLog
from doorctl.hub.refusals import Refusals
from doorctl.hub.remarks import remarks_on
from doorctl.hub.restored.kept_reductions import Kept, KeptReductions, admins_to_suspend
from doorctl.hub.rights.authority import SignedCommand, authenticate, check_expiry, open_private
from doorctl.hub.rights.limits import Limits
from doorctl.hub.rights.roles import OFFICER, check_allowed, is_addition, is_reduction
from doorctl.hub.rights.standing import check_not_to_be_suspended, check_standing, check_trust_is_newest
from doorctl.hub.stored_answers import check_room, forget_answers, newest_forgotten
from doorctl.hub.two_admins.waiting_requests import Request, drop_expired, keep_request
from doorctl.hub.verbs.asked import Asked, Intent
from doorctl.hub.verbs.table import CHANGES, answer, intent_of
from doorctl.hub.visits_schema import forget_delegates
from doorctl.keys.identity import Identity
from doorctl.policy.apply import position_of
from doorctl.wire.commands import Command
from doorctl.wire.messages import Response
from doorctl.wire.topics import Address, Channel
from doorctl.wire.verdict import Verdict

_NOT_HEARD = frozenset({"admin-suspended", "not-allowed", "too-many-cards"})
"""What even a question is remembered for: somebody tried what they may not."""


class Desk:
    """Carries out commands on the site."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        *,
        ring: CardRing,
        roll: Roll,
        refusals: Refusals,
        additions_barred: Callable[[], Refused | None],
        keeps_reductions: Callable[[], bool],
        disk: DiskReserve,
        limits: Limits,
        own: OwnLog,
    ) -> None:
        """Work on this site's database, in the hub's name.

        ``additions_barred`` tells why nothing may be added to what people may do now, if it may not, and
        ``keeps_reductions`` whether what takes away is kept for later.
        """
        self._connection = connection
        self._identity = identity
        self._ring = ring
        self._roll = roll
        self._refusals = refusals
        self._additions_barred = additions_barred
        self._keeps_reductions = keeps_reductions
        self._disk = disk
        self._kept = KeptReductions(connection)
        self._own = own
        self._records = CommandRecords(connection, own)
        self._answers = Answers(connection, identity, self._records)
        self._looks = Looks(connection, own)
        self._limits = limits

    def obey(self, payload: bytes, *, topic_admin: str, at: datetime) -> Answered:
        """Carry out a command, or answer why not. Raises Refused when nobody we know has signed it."""
        trust = self._roll.trust
        request = authenticate(payload, topic_admin=topic_admin, admins=trust.admins, site=trust.site)
        seconds = int(at.timestamp())
        try:
            return self._carry_out(request, seconds)
        except Refused as refusal:
            return self._refuse(request.command, refusal, seconds)
        except (sqlite3.Error, PolicyUnavailable):
            return self._not_stored(request, seconds)

    def obey_kept(self, kept: Kept, at: datetime) -> Answered:
        """Carry out what was kept, however old it is by now, or answer why not.

        Raises Refused when trust names its admin no more, and sqlite3.Error: then it goes on waiting.
        """
        trust, seconds = self._roll.trust, int(at.timestamp())
        try:
            request = authenticate(kept.payload, topic_admin=kept.admin, admins=trust.admins, site=trust.site)
        except Refused:
            self._kept.forget(kept)
            raise
        try:
            asked = self._check(request, seconds, kept=kept)
            with transaction(self._connection):
                self._kept.forget(kept)
                known = self._answers.known(request.command)
                return known or self._change(request, intent_of(request.command.do, asked), seconds)
        except Refused as refusal:
            return self._refuse_kept(kept, request.command, refusal, seconds)

    def tidy(self, at: datetime) -> None:
        """Forget what is too old to matter, and refuse what waited too long; in the caller's transaction."""
        seconds = int(at.timestamp())
        forget_answers(self._connection, at=seconds)
        for request in drop_expired(self._connection, at=seconds):
            self._records.expired(request.command(self._roll.trust.site), at=seconds)
        forget_given(self._connection, at=seconds)
        forget_old_stays(self._connection, seconds)
        forget_delegates(self._connection, at=seconds)

    def _carry_out(self, request: SignedCommand, at: int) -> Answered:
        command = request.command
        check_expiry(command, at=at, newest_forgotten=newest_forgotten(self._connection))
        if (known := self._answers.known(command)) is not None:
            return known
        check_id_is_its_own(self._connection, command)
        asked = self._check(request, at)
        if type(command.do) not in CHANGES:
            return self._answer_question(request, asked)
        if is_reduction(command.do) and self._keeps_reductions():
            check_allowed(request.admin, command.do, self._connection)
            return self._keep(request, asked)
        with transaction(self._connection):
            return self._change(request, intent_of(command.do, asked), at)

    def _check(self, request: SignedCommand, at: int, *, kept: Kept | None = None) -> Asked:
        """Refuse what does not count now, whoever may do it, and open what came sealed beside the command.

        What was ``kept`` was opened as it came, and came before whatever suspends its admin behind it.
        """
        command, connection = request.command, self._connection
        if kept is None:
            check_not_to_be_suspended(command.admin, admins_to_suspend(connection))
        check_standing(connection, command.admin, command.do, trust=self._roll.trust, at=at)
        check_trust_is_newest(command.do, newer=self._roll.newer_trust)
        if (barred := self._additions_barred()) is not None and is_addition(command.do):
            raise barred
        return Asked(
            connection=connection,
            admin=request.admin,
            roll=self._roll,
            ring=self._ring,
            refusals=self._refusals,
            disk=self._disk,
            private=kept.private if kept and kept.private else open_private(request, self._identity.box),
            at=at,
            note=request.note,
        )

    def _change(self, request: SignedCommand, wanted: Intent, at: int) -> Answered:
        command = request.command
        limits, is_officer = self._limits, OFFICER in request.admin.roles
        most = limits.officer_grants_per_hour if is_officer else limits.grants_per_hour
        check_grant_rate(self._connection, command.admin, more=wanted.grants, most=most, at=at)
        watched = watch(self._connection, wanted.operations, do=command.do)
        if wanted.awaits:
            answered, outcome = self._let_wait(request, wanted, at), Outcome(Verdict.PENDING, grants=wanted.grants)
        else:
            watched.of_the_hub = Changes(wanted.before, wanted.after, wanted.personal)
            answered, outcome = self._do(request, wanted, at)
        self._answers.remember(command, answered, outcome, at, watched=watched)
        return answered

    def _do(self, request: SignedCommand, wanted: Intent, at: int) -> tuple[Answered, Outcome]:
        """Write what is wanted, in the caller's transaction."""
        text = wanted.text + remarks_on(wanted.operations, self._connection, self._roll)
        revision = position_of(self._connection).revision
        if wanted.operations:
            notes = f"{wanted.asked_by}{request.note.decode()}"
            revision = commit_operations(self._connection, wanted.operations, at=at, command=notes).revision
        if wanted.entries:
            self._own.append(*wanted.entries, at=at)
        for statement, values in wanted.own:
            self._connection.execute(statement, values)
        verdict = Verdict.ACCEPTED if wanted.operations or wanted.orders else Verdict.DONE
        told = None if wanted.orders else revision
        answered = self._answers.of(request.command, verdict=verdict, text=text, revision=told)
        outcome = Outcome(verdict, revision=revision if wanted.operations else None, grants=wanted.grants)
        return replace(answered, orders=wanted.orders, note=request.note if wanted.orders else b""), outcome

    def _let_wait(self, request: SignedCommand, wanted: Intent, at: int) -> Answered:
        command, zones = request.command, tuple(sorted(wanted.awaits))
        expires = at + self._limits.approval_seconds
        note = request.note.decode()
        keep_request(self._connection, Request(command.id, command.admin, at, expires, zones, note))
        text = (
            f"{', '.join(zones)} asks for two admins: another one has {self._limits.approval_time} for "
            f"`doorctl approve {command.id}`"
        )
        return self._answers.of(command, verdict=Verdict.PENDING, text=text)

    def _answer_question(self, request: SignedCommand, asked: Asked) -> Answered:
        command = request.command
        if cards := cards_asked_about(asked.private):
            self._note_cards(command, cards, asked.at)
        result = msgspec.json.encode(answer(command.do, asked))
        self._looks.note(command, at=asked.at)
        beside = Sealed(result, to=request.admin.box, about=f"response:{command.id}")
        response = Response(site=command.site, admin=command.admin, command=command.id, verdict=Verdict.DONE)
        return Answered(command.admin, command.id, signed_with(self._identity, response, beside))

    def _refuse(self, command: Command, refusal: Refused, at: int) -> Answered:
        """Answer why not; of a change that was answered before, what was answered then."""
        answered = self._answers.no(command, refusal)
        outcome = Outcome(Verdict.REFUSED, refusal.refusal)
        if type(command.do) in CHANGES:
            try:
                with transaction(self._connection):
                    known = self._answers.told_before(command)
                    answered = known or self._remember_refusal(command, answered, outcome, at)
            except (sqlite3.Error, Refused) as error:
                refusal = not_remembered(refusal, error)
                answered = self._answers.no(command, refusal)
        elif refusal.refusal in _NOT_HEARD:
            self._note_attempt(command, outcome, at)
        self._refusals.count(refusal, Address(Channel.COMMAND, command.admin))
        return answered

    def _not_stored(self, request: SignedCommand, at: int) -> Answered:
        """Answer that nothing is on disk; whoever was to lose rights is denied by orders all the same."""
        denied = self._taken_away(request, at) if is_reduction(request.command.do) else ()
        refusal = ONLY_ORDERED if denied else NOTHING_CHANGED
        return replace(self._refuse(request.command, refusal, at), kept=denied)

    def _taken_away(self, request: SignedCommand, at: int) -> tuple[Operation, ...]:
        """Work out what a command takes away, from what can be read; nothing for one that would be refused."""
        command = request.command
        try:
            check_expiry(command, at=at, newest_forgotten=newest_forgotten(self._connection))
            return intent_of(command.do, self._check(request, at)).operations
        except (sqlite3.Error, PolicyUnavailable, Refused):
            return ()

    def _refuse_kept(self, kept: Kept, command: Command, refusal: Refused, at: int) -> Answered:
        answered = self._answers.no(command, refusal)
        with transaction(self._connection):
            self._kept.forget(kept)
            self._answers.remember(command, answered, Outcome(Verdict.REFUSED, refusal.refusal), at)
        self._refusals.count(refusal, Address(Channel.COMMAND, command.admin))
        return answered

    def _keep(self, request: SignedCommand, asked: Asked) -> Answered:
        command = request.command
        if self._kept.holds(command):
            return self._answers.is_kept(command)
        try:
            does = intent_of(command.do, asked).operations
        except Refused:  # it is about what has not come back yet
            does = ()
        self._kept.keep(request, asked.private, does, at=asked.at)
        return replace(self._answers.is_kept(command), kept=does)

    def _note_cards(self, command: Command, cards: int, at: int) -> None:
        """Remember a question that tells whether a number is a card: whoever asks for all numbers knows them all."""
        with transaction(self._connection):
            check_card_rate(self._connection, command, more=cards, most=self._limits.cards_per_hour, at=at)
            self._records.note(command, Outcome(Verdict.DONE, cards=cards), at=at)

    def _note_attempt(self, command: Command, outcome: Outcome, at: int) -> None:
        with suppress(sqlite3.Error), transaction(self._connection):
            self._records.note(command, outcome, at=at)

    def _remember_refusal(self, command: Command, refused: Answered, outcome: Outcome, at: int) -> Answered:
        if self._kept.holds(command):
            return self._answers.is_kept(command)  # it waits all the same
        self._disk.check_room()
        check_room(self._connection, expires=command.expires, at=at)
        check_refusal_rate(self._connection, command.admin, at=at)
        self._answers.remember(command, refused, outcome, at)
        return refused

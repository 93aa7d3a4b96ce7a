"""A hub that was restored from an old backup: how it learns that it is behind, and how it gets its changes back.

1. What this hub has signed proves itself: a head that a broker has kept, a delta that a controller has kept. What it
   signed with keys that trust calls former counts in the present epoch, too.
2. A controller's word alone makes the hub wait (``doorctl.hub.restored.claims``). If no proof comes, all goes on but
   for additions: the changes may be signed with keys that are lost, and then the hub would begin a second history.
   That ends with the proof, with trust that does not name the controller, or with a new epoch.
3. While the hub is behind it adds nothing, publishes no head, and answers no question of a controller: an old head
   would make an old policy look fresh. Reductions are kept durably, and carried out right after.
4. Two histories that this hub has signed are a fork: nothing is added until the site root names a new epoch.
"""

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.command_records import entries_fetched_back, watch
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.history import append_change, chain_at, epoch_of
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.own_log import OwnLog
from doorctl.hub.restored.claims import Claims
from doorctl.hub.restored.kept_reductions import KeptReductions
from doorctl.hub.restored.lost_and_found import commands_in, remember_commands, restore_own_rows
from doorctl.journal import Level, say
from doorctl.keys.identity import Identity
from doorctl.policy.apply import Position, position_of, write_position
from doorctl.wire.messages import FEATURE_LEVEL, Delta, Head, Message, Recall, change_from, frame_from, from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.topics import Address, Channel

M = TypeVar("M", bound=Message)

RECALL_PAUSE = timedelta(seconds=5)
SUSPICION_PAUSE = timedelta(minutes=10)
STANDSTILL = timedelta(minutes=5)
"""A hub that is behind and gets nothing back for so long says that it takes a new epoch."""

_KNOWN_HEAD = "SELECT epoch, revision FROM known_head"
_BEHIND = Refused(
    "hub-behind",
    "the hub was restored from a backup and fetches its changes back; what takes rights away is kept meanwhile "
    "(doorctl status; where nobody has the changes any more: doorctl trust new-epoch)",
)
_FORKED = Refused(
    "policy-fork",
    "this hub has signed two histories: nothing is added until the site root names a new epoch "
    "(doorctl trust new-epoch)",
)


def lost_up_to(connection: sqlite3.Connection) -> int | None:
    """Return the revision up to which a head of ours proves that we have lost changes; None: none is known to be."""
    own, known = position_of(connection), connection.execute(_KNOWN_HEAD).fetchone()
    return known[1] if known is not None and known > (epoch_of(own), own.revision) else None


def is_forked(connection: sqlite3.Connection) -> bool:
    """Tell whether this hub has signed two histories."""
    return connection.execute("SELECT 1 FROM forks").fetchone() is not None


class Recovery:
    """What the hub knows of changes that it made and has no longer."""

    def __init__(self, connection: sqlite3.Connection, identity: Identity, roll: Roll, own: OwnLog) -> None:
        """Go on with what was known before the hub stopped; ``own`` is its log."""
        self._connection = connection
        self._identity = identity
        self._roll = roll
        self._own_log = own
        self._claims = Claims(connection)
        self._recall_at: datetime | None = None
        self._suspects: dict[str, int] = {}
        self._suspected_at: dict[str, datetime] = {}
        self._fetched = 0
        self._still_since: datetime | None = None
        self._heard: set[str] = set()
        self._was_behind = bool(KeptReductions(connection))  # a restart came before they were carried out

    @property
    def is_behind(self) -> bool:
        """Whether somebody knows a change that this hub has made and lost."""
        return lost_up_to(self._connection) is not None or self._claims.is_awaited

    @property
    def keeps_reductions(self) -> bool:
        """Whether what takes away waits: as far as anybody knows, it would begin a second history now."""
        return self.is_behind or (self._claims.is_contradicting and not self.is_forked)

    @property
    def newest_known(self) -> int:
        """The newest revision that anybody knows of, or says to."""
        return max(self._own.revision, lost_up_to(self._connection) or 0, self._claims.highest)

    @property
    def is_forked(self) -> bool:
        """Whether this hub has signed two histories."""
        return is_forked(self._connection)

    @property
    def is_told(self) -> bool:
        """Whether every controller has said how far it is: a broker may have been restored with the hub."""
        return all(keys.id in self._heard for keys in self._roll.trust.controllers)

    def heard(self, controller: str) -> None:
        """Note that a controller has said how far it is."""
        self._heard.add(controller)

    def additions_barred(self) -> Refused | None:
        """Tell why nothing may be added now, if so."""
        if self.is_forked:
            return _FORKED
        if self.is_behind:
            return _BEHIND
        return _unproven(self._claims.controllers) if self._claims else None

    def take_head(self, note: bytes, at: datetime) -> None:
        """Take a head of ours that a broker has kept. Raises Refused where it is not ours."""
        head = self._open(note, Head)
        own = self._own
        if head.epoch < self._epoch:
            return
        if head.epoch > self._epoch or head.revision > own.revision:
            self._behind(head, at)
        elif (chain := chain_at(self._connection, head.revision)) is None or chain.hex() != head.chain:
            self._fork(head.revision, at)

    def claimed(self, controller: str, revision: int, at: datetime) -> None:
        """Take a controller's word that there are changes that we lack, until it is proven or taken back."""
        if not self._claims.add(controller, revision, epoch=self._epoch):
            return
        say("hub_behind", Level.ALARM, says=controller, revision=revision, own=self._own.revision)
        if self._claims.is_awaited:
            self._recall_at, self._was_behind = at, True

    def agreed(self, controller: str, revision: int) -> None:
        """Take a controller's word that our history leads to its revision."""
        self._claims.follows(controller, revision)

    def take_epoch(self, epoch: int) -> bool:
        """Go on in a later epoch with the same history, and forget what was lost, claimed or forked before it.

        A head of that very epoch goes on counting: a broker may bring it before the trust. One beyond it is nobody's
        proof: with former keys, anybody could have signed it. False where this is no later epoch.
        """
        if epoch <= self._epoch:
            return False
        with transaction(self._connection):
            write_position(self._connection, replace(self._own, epoch=epoch))
            self._connection.execute("DELETE FROM forks")
            self._connection.execute("DELETE FROM known_head WHERE epoch != ?", (epoch,))
            self._claims.clear()
        return True

    def take_notes(self, note: bytes, at: datetime) -> None:
        """Take a delta of ours that a controller has kept. Raises Refused where it is not ours, or leaves a gap."""
        if self._recall_at is None:
            raise Refused("unasked", "nobody has asked for old changes")
        delta = self._open(note, Delta)
        if delta.epoch != self._epoch:
            raise Refused("old-epoch", f"we are in epoch {self._epoch}")
        own = self._own.revision
        if delta.last <= own:
            if (chain := chain_at(self._connection, delta.last)) is not None and chain.hex() != delta.chain:
                self._fork(delta.last, at)
            return
        if delta.first > own + 1 or len(delta.changes) != delta.last - delta.first + 1:
            raise Refused("gap", f"revision {delta.first} does not follow {own}")
        self._apply(delta, at)

    def suspect_fork(self, controller: str, revision: int, at: datetime) -> None:
        """Ask for the proof that another history leads to a revision: a delta of ours that we never made.

        A controller may lie, so it is asked alone, and once in ``SUSPICION_PAUSE``.
        """
        before = self._suspected_at.get(controller)
        if before is None or not before <= at < before + SUSPICION_PAUSE:
            self._suspected_at[controller], self._suspects[controller] = at, revision
            self._recall_at = at

    def tick(self, at: datetime) -> list[Outgoing]:
        """Ask all controllers for what we lack, again and again while we do; forget claims that nobody proves."""
        self._claims.tick((keys.id for keys in self._roll.trust.controllers), at)
        self._tell_of_standstill(at)
        if self._suspects:
            suspects, self._suspects = self._suspects, {}
            return [self._recall(revision - 1, controller) for controller, revision in suspects.items()]
        if not self.is_behind and not self._claims:
            return []
        pause = RECALL_PAUSE if self.is_behind else SUSPICION_PAUSE
        if self._recall_at is not None and self._recall_at - pause <= at < self._recall_at:
            return []
        self._recall_at = at + pause
        return [self._recall(self._own.revision)]

    def _tell_of_standstill(self, at: datetime) -> None:
        """Say, once in a while, that nothing comes back: every controller may have thrown those notes away."""
        if not self.is_behind:
            self._still_since = None
        elif self._still_since is None or at < self._still_since:
            self._still_since = at
        elif at >= self._still_since + STANDSTILL:
            self._still_since = at
            say("restore_stands_still", Level.ALARM, own=self._own.revision, next="doorctl trust new-epoch")

    def take_caught_up(self) -> bool:
        """Tell, once, that we are no longer behind; also after a restart that came between."""
        behind = self.is_behind
        caught_up, self._was_behind = self._was_behind and not behind, behind
        return caught_up

    @property
    def _own(self) -> Position:
        return position_of(self._connection)

    @property
    def _epoch(self) -> int:
        return epoch_of(self._own)

    def _behind(self, head: Head, at: datetime) -> None:
        known = self._connection.execute(_KNOWN_HEAD).fetchone()
        if known is not None and (head.epoch, head.revision) <= known:
            return
        say("hub_behind", Level.ALARM, epoch=head.epoch, revision=head.revision, own=self._own.revision)
        with transaction(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO known_head (id, epoch, revision, chain) VALUES (1, ?, ?, ?)",
                (head.epoch, head.revision, head.chain),
            )
        self._recall_at, self._was_behind = at, True

    def _fork(self, revision: int, at: datetime) -> None:
        if not self.is_forked:
            say("hub_forked", Level.ALARM, revision=revision, next="doorctl trust new-epoch")
        with transaction(self._connection):
            self._connection.execute(
                "INSERT OR IGNORE INTO forks (revision, at) VALUES (?, ?)", (revision, int(at.timestamp()))
            )

    def _apply(self, delta: Delta, at: datetime) -> None:
        position = self._own
        fresh = delta.changes[position.revision + 1 - delta.first :]
        if any(frame_from(raw).needs > FEATURE_LEVEL for raw in fresh):
            raise Refused("needs-upgrade", "a newer doorctl has made this change: install it at the hub")
        try:
            with transaction(self._connection):
                for raw in fresh:
                    position = self._append(raw, position, at)
                _check_chain(position, delta)
                restore_own_rows(self._connection, at=int(at.timestamp()))
        except Refused as refusal:
            if refusal.refusal in ("policy-fork", "inapplicable"):
                self._fork(delta.first, at)
            raise
        self._fetched += len(fresh)
        self._still_since = at
        self._was_behind = True
        self._claims.came_back(position.revision)
        if not self.is_behind:
            say("changes_fetched_back", Level.ALARM, changes=self._fetched, revision=position.revision)
            self._fetched = 0

    def _append(self, raw: msgspec.Raw, position: Position, at: datetime) -> Position:
        change = change_from(raw)
        watched = watch(self._connection, change.operations)
        position = append_change(self._connection, raw, position)
        remember_commands(self._connection, self._identity, change, site=position.site)
        commands = list(commands_in(change.command))
        entries = entries_fetched_back(commands, position.revision, watched.changes())
        self._own_log.append(*entries, at=at.timestamp())
        return position

    def _recall(self, revision: int, controller: str | None = None) -> Outgoing:
        recall = Recall(self._roll.trust.site, self._epoch, max(revision, 0), controller)
        return Outgoing(Address(Channel.RECALL), signed(self._identity, recall))

    def _open(self, note: bytes, message_type: type[M]) -> M:
        own = self._identity.signer.verifier
        former = [Verifier(own.name, key) for key in self._roll.trust.hub.former]
        opened = open_note(note, [own, *former])
        return from_text(opened.text, message_type, site=self._roll.trust.site)


def _unproven(controllers: list[str]) -> Refused:
    names = ", ".join(controllers)
    return Refused(
        "hub-behind",
        f"{names[:300]} says that there are changes that the hub lacks, and has not shown them; what takes away goes "
        "on. If that is true, begin a new epoch (doorctl trust new-epoch); if not, doorctl trust revoke-key NAME",
    )


def _check_chain(position: Position, delta: Delta) -> None:
    if position.chain.hex() != delta.chain:
        raise Refused("policy-fork", f"another history leads to revision {position.revision}")

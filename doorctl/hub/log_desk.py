"""The desk for logs: takes a controller's batches in, vouches for what is held, and says so.

1. A batch, its cosignature and its ``cosigned`` record are one transaction; the acknowledgement is made after it.
2. Only what is held is cosigned, under its own root; an empty batch gets what is held cosigned anew.
3. A batch of nothing but ``hub_root`` records makes no ``cosigned`` record: else the logs would feed each other for
   ever. The next record of that log is cosigned with them.
4. What cannot be true of an honest log is an alarm; a gap only when the controller did not close it when asked to.
5. What a controller saw of the hub's own log is held against it, kept where it does not fit, and an alarm: about the
   hub's log with the hub's own signature, about the controller without one.
6. Of an epoch that ended without a word in the next one the hub records how far it is held.
"""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from doorctl.audit.hub_word import is_signed
from doorctl.audit.leaf import TreeMark
from doorctl.audit.tree import Tree
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.cosigning import Cosigned, Recorded, cosign_anew, newest_cosigned
from doorctl.hub.ingest import Fresh, examine, open_told, store
from doorctl.hub.log_alarms import Conflict, Told, raise_alarm
from doorctl.hub.log_beginnings import closing, ended_unsaid, is_by_one_key
from doorctl.hub.log_store import Head, LogId, held_tree
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.refusals import Refusals
from doorctl.hub.strict_leaves import HubMark, hub_marks
from doorctl.hub.uploads import Uploads
from doorctl.journal import Level, say
from doorctl.keys.identity import Identity
from doorctl.uncollected import uncollected
from doorctl.wire.messages import LogAck, LogBatch
from doorctl.wire.notes import Verifier, detach
from doorctl.wire.topics import Address, Channel

GAP_SECONDS = 300.0
"""A resend takes a minute at most; whoever leaves the same gap then lacks records, or somebody holds them back."""
FORMER_KEYS_REST = timedelta(days=1)
"""How long our own log stays as it begins anew, whatever a key says that was ours once: it may have been stolen."""
_GAP = "log-gap"
_NOT_RAISED = frozenset({_GAP, "log-shrunk"})


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What is told a controller, and whether it has sent anything new."""

    ack: LogAck
    is_news: bool


class LogDesk:
    """Takes in what controllers upload."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        *,
        own: OwnLog,
        roll: Roll,
        refusals: Refusals,
        uploads: Uploads,
    ) -> None:
        """Take in in the hub's name; ``own`` is its log."""
        self._connection = connection
        self._identity = identity
        self._own = own
        self._roll = roll
        self._refusals = refusals
        self._uploads = uploads
        self._gaps: dict[str, tuple[LogId, int, datetime]] = {}
        self._heeds_former_at = datetime.min.replace(tzinfo=UTC)

    @uncollected()
    def take(self, controller: str, payload: bytes, at: datetime) -> Acknowledged:
        """Take in a batch; what is acknowledged is durable, whether all of it or less than came.

        Raises Refused as rolls, seals, ``Uploads.check`` and ``examine`` do, but for a gap.
        """
        note, sealed = detach(payload)
        batch = self._roll.open(note, LogBatch, controller=controller)
        self._heed(batch, at)
        told = open_told(batch, self._roll.keys_of(controller).log)
        log = LogId(controller, batch.log_epoch)
        if batch.leaves:
            self._uploads.check(controller, at)
        held = held_tree(self._connection, log)
        try:
            fresh = examine(self._connection, batch, sealed, told=told, held=held, box=self._identity.box)
        except Conflict as conflict:
            self._alarm(log, conflict, at)
            if conflict.refusal != _GAP:
                raise
            return Acknowledged(self._ack(batch, held, "", self._own.head), is_news=False)
        self._gaps.pop(controller, None)
        if not fresh.leaves:
            line = self._vouch_again(batch, log, told, held, at)
            return Acknowledged(self._ack(batch, held, line, self._own.head), is_news=False)
        cosigned, own = self._take_in(fresh, at)
        self._uploads.stored(controller, len(payload), at, begins_log=not held.size)
        return Acknowledged(self._ack(batch, fresh.tree, cosigned.line_for(told.note), own), is_news=True)

    def _take_in(self, fresh: Fresh, at: datetime) -> tuple[Cosigned, Head | None]:
        """Store what is new and cosign it; return the cosignature, and how far our own log goes then."""
        seconds = int(at.timestamp())
        with transaction(self._connection):
            store(self._connection, fresh)
            self._compare_hub_marks(fresh, seconds)
            if fresh.columns[0].seq == 0:
                self._close_before(fresh, seconds)
            tells_more = not fresh.kinds <= {RecordKind.HUB_ROOT}
            known = None if tells_more else newest_cosigned(self._connection, fresh.log)
            if known is None:
                head = self._record(fresh, seconds)
                recorded = Recorded(head.log.log_epoch, head.tree.size - 1, fresh.tree.size)
            else:
                head, recorded = None, known.recorded
            signer = self._identity.signer
            cosigned = cosign_anew(
                self._connection, fresh.log, fresh.checkpoint, signer, recorded=recorded, at=seconds
            )
        return cosigned, head or self._own.head

    def _close_before(self, fresh: Fresh, at: int) -> None:
        """Say how far an epoch is held of which the next one does not tell; by the same key that is an alarm."""
        ended = ended_unsaid(self._connection, fresh.log)
        for entry in closing(before for before, _ in ended):
            self._own.append(entry, at=at)
        for before, after in ended:
            if is_by_one_key(before, after):
                told = Told(after.tree.size, after.tree.root, after.checkpoint)
                detail = f"epoch {before.log.log_epoch} of {before.tree.size} records ended without a word"
                conflict = Conflict("log-began-anew", detail, seq=0, held_root=before.tree.root, told=told)
                raise_alarm(self._connection, self._own, after.log, conflict, at=at)

    def _compare_hub_marks(self, fresh: Fresh, at: int) -> None:
        """Hold what the controller saw of our own log against it: what does not fit stays as evidence; an alarm."""
        told, conflicts = Told(fresh.tree.size, fresh.tree.root, fresh.checkpoint), dict[str, Conflict]()
        for seq, mark in hub_marks(fresh.columns) if RecordKind.HUB_ROOT in fresh.kinds else ():
            other = bytes.fromhex(mark.root)
            held_root = self._own.contradicting(mark.epoch, mark.size, other)
            if held_root is None:
                continue
            if self._is_ours(mark):
                why = f"record {seq} tells of a log of the hub's that we signed, and that is not this one"
                conflict = Conflict("hub-fork", why, seq=seq, held_root=held_root, told=told, told_root=other)
            else:
                why = f"record {seq} tells of a log of the hub's that we never signed"
                conflict = Conflict(
                    "hub-root-unsigned", why, seq=seq, held_root=held_root, told=told, told_root=other
                )
            conflicts.setdefault(conflict.refusal, conflict)
        for conflict in conflicts.values():
            self._refusals.count(conflict, Address(Channel.LOG, fresh.log.controller))
            raise_alarm(self._connection, self._own, fresh.log, conflict, at=at)

    def _is_ours(self, mark: HubMark) -> bool:
        """Tell whether a key of ours, of today or of before, has signed what a controller says that it saw."""
        told = TreeMark(mark.log, mark.epoch, mark.size, mark.root, mark.signature)
        return is_signed(told, site=self._roll.trust.site, verifiers=self._own_keys)

    @property
    def _own_keys(self) -> list[Verifier]:
        own = self._identity.signer.verifier
        return [own, *(Verifier(own.name, key) for key in self._roll.trust.hub.former)]

    def _record(self, fresh: Fresh, at: int) -> Head:
        log, tree = fresh.log, fresh.tree
        mark = TreeMark(log.controller, log.log_epoch, tree.size, tree.root.hex())
        return self._own.append(Entry(RecordKind.COSIGNED, tree=mark), at=at)

    def _vouch_again(self, batch: LogBatch, log: LogId, told: Told, held: Tree, at: datetime) -> str:
        """Return the cosignature of what is held, made anew for a controller that has the newest one."""
        known = newest_cosigned(self._connection, log)
        if told.size < held.size or not held.size:
            if known is not None and _knows_of_more(batch, told, known):
                detail = f"the controller has {told.size} records, and had signed for {held.size}"
                conflict = Conflict("log-shrunk", detail, seq=told.size, held_root=held.root, told=told)
                self._alarm(log, conflict, at)
            return ""
        seconds, signer = int(at.timestamp()), self._identity.signer
        recorded = known.recorded if known else Recorded(0, 0, 0)
        if known is None or batch.cosigned_at == known.at != seconds or not known.is_by(signer):
            with transaction(self._connection):
                known = cosign_anew(self._connection, log, told.note, signer, recorded=recorded, at=seconds)
        return known.line_for(told.note)

    def _alarm(self, log: LogId, conflict: Conflict, at: datetime) -> None:
        if conflict.refusal in _NOT_RAISED:  # the others are counted by whoever catches them
            self._refusals.count(conflict, Address(Channel.LOG, log.controller))
        if conflict.refusal == _GAP and not self._persists(log, conflict.seq, at):
            return
        if self._uploads.is_disk_short:
            return
        with transaction(self._connection):
            raise_alarm(self._connection, self._own, log, conflict, at=int(at.timestamp()))

    def _persists(self, log: LogId, held: int, at: datetime) -> bool:
        """Tell whether a gap at this place was there for so long that a resend would have closed it."""
        *place, since = self._gaps.get(log.controller, (log, held, at))
        if place != [log, held]:
            since = at
        self._gaps[log.controller] = log, held, since
        return (at - since).total_seconds() >= GAP_SECONDS

    def _heed(self, batch: LogBatch, at: datetime) -> None:
        """Take a checkpoint of ours that we do not follow: our own log was longer once, or another."""
        if not batch.hub_checkpoint:
            return
        heeded = self._own_keys if at >= self._heeds_former_at else self._own_keys[:1]
        with suppress(Refused), transaction(self._connection):
            if self._own.heed(batch.hub_checkpoint.encode(), heeded, at=at.timestamp()):
                self._heeds_former_at = at + FORMER_KEYS_REST
                say("own_log_lost", Level.ALARM, says=batch.controller)

    def _ack(self, batch: LogBatch, tree: Tree, cosignature: str, head: Head | None) -> LogAck:
        """Say how far a log is held, and how far our own goes: its ``head``."""
        return LogAck(
            site=batch.site,
            controller=batch.controller,
            log_epoch=batch.log_epoch,
            size=tree.size,
            root=tree.root.hex(),
            cosignature=cosignature,
            hub_checkpoint=head.checkpoint.decode() if head else "",
            hub_since=batch.hub_size if head and batch.hub_epoch == head.log.log_epoch else 0,
            hub_proof=self._own.proof_since(batch.hub_epoch, batch.hub_size, head=head),
        )


def _knows_of_more(batch: LogBatch, told: Told, known: Cosigned) -> bool:
    """Tell whether a controller with nothing to send has fewer records than it knows to be held.

    That it knows so is proven by what it names of the hub's log: a batch of before, repeated, names less.
    """
    knows = batch.hub_epoch == known.recorded.hub_epoch and batch.hub_size > known.recorded.hub_seq
    return not batch.leaves and knows and told.size < known.recorded.size

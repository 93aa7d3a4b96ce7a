"""What a controller has seen of the hub's own log: its newest signed checkpoint, and whether all since follows.

1. With each batch we name the size that we know; the acknowledgement proves that the log has only grown since. What
   does not follow, or is shorter, is a fork: it is kept with both checkpoints, until the hub begins a higher epoch.
2. An acknowledgement of an earlier batch proves from what we named then. It must follow that, and moves nothing; one
   that names nothing that we named of late is an old one, and says nothing.
3. A higher epoch follows nothing. It is taken, and told to the door, whose log tells of it. A lower one is an old
   one, unless trust names another key since: a thief of the former one may have used up the numbers.
4. The file is written at once for whatever is told in 1 and 3, else once a minute: what is lost is a prefix anyway.
"""

import math
from collections import OrderedDict
from pathlib import Path

import msgspec

from doorctl.audit.checkpoint import HUB_LOG, open_checkpoint, origin_of, told_epoch
from doorctl.audit.hub_word import signature_in, signed_by_one
from doorctl.audit.proofs import follows
from doorctl.audit.tree import EMPTY_ROOT
from doorctl.durable import replace_file
from doorctl.errors import Refused
from doorctl.journal import Level, say
from doorctl.trust.note import HubKeys
from doorctl.wire.bell import HubForked, HubSigned
from doorctl.wire.messages import LogAck
from doorctl.wire.notes import Verifier

MOST_NAMED = 64
WRITE_SECONDS = 60.0
UNPROVEN_SECONDS = 900.0
"""Acknowledgements for so long, and none of them proves anything: a hub that hides its log."""


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checkpoint of the hub's log; ``note`` has the hub's signature alone. Epoch 0: none was seen yet."""

    epoch: int = 0
    size: int = 0
    root: str = ""
    note: str = ""


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    seen: Seen
    fork: str = ""
    other: str = ""


class HubLogSeen:
    """The file, and what was named of late; ``seen`` is what every later checkpoint must follow."""

    def __init__(self, path: Path, *, site: str) -> None:
        """Go on from the file; one that cannot be read says nothing, and the door's records say the rest."""
        self._path = path
        self._site = site
        self._kept = self._written = _load(path)
        self._named: OrderedDict[tuple[int, int], str] = OrderedDict()
        self._write_at = -math.inf
        self._proven_at: float | None = None

    @property
    def seen(self) -> Seen:
        """The newest checkpoint that follows all before it."""
        return self._kept.seen

    @property
    def fork(self) -> str:
        """What does not follow, in words; nothing while all does."""
        return self._kept.fork

    @property
    def packets(self) -> list[HubSigned | HubForked]:
        """What a door is to know of it."""
        seen, told = self.seen, list[HubSigned | HubForked]()
        if seen.epoch:
            told.append(HubSigned(seen.epoch, seen.size, seen.root, signature_in(seen.note)))
        return [*told, HubForked(self.fork)] if self.fork else told

    def name(self) -> Seen:
        """Return what a batch is to name, and remember that it was named."""
        seen = self.seen
        self._named[seen.epoch, seen.size] = seen.root
        self._named.move_to_end((seen.epoch, seen.size))
        if len(self._named) > MOST_NAMED:
            self._named.popitem(last=False)
        return seen

    def take(self, ack: LogAck, hub: HubKeys, now: float) -> bool:
        """Take what an acknowledgement tells of the hub's log; True when that is news for the door.

        Raises Refused: ``old-hub-log``, ``hub-log-forked``, or as notes and checkpoints do.
        """
        if not ack.hub_checkpoint:
            return False
        told, before = self._open(ack.hub_checkpoint, hub), self._kept
        if told.epoch < self.seen.epoch and self._is_by(hub):
            raise Refused("old-hub-log", f"we have seen epoch {self.seen.epoch} of the hub's log")
        if told.epoch != self.seen.epoch:
            self._begin(told)
        elif told.size != self.seen.size:
            self._follow(told, ack)
        elif told.root != self.seen.root:
            self._part(told)
        if (told.epoch, told.size) == (self.seen.epoch, self.seen.size):
            self._proven_at = now
        self._write(now, at_once=self.seen.epoch != before.seen.epoch)
        return self._kept != before

    def watch(self, now: float) -> None:
        """Tell when acknowledgements come and nothing is proven by them any more."""
        self._proven_at = now if self._proven_at is None else self._proven_at
        if now - self._proven_at > UNPROVEN_SECONDS:
            say("hub_log_unproven", Level.ALARM, epoch=self.seen.epoch, size=self.seen.size)
            self._proven_at = now

    def _open(self, note: str, hub: HubKeys) -> Seen:
        data, key = note.encode(), Verifier(hub.name, hub.sign)
        epoch = told_epoch(data, site=self._site, log=HUB_LOG)
        checkpoint = open_checkpoint(data, key, origin=origin_of(self._site, HUB_LOG, epoch))
        return Seen(epoch, checkpoint.size, checkpoint.root.hex(), signed_by_one(data, key).decode())

    def _is_by(self, hub: HubKeys) -> bool:
        """Answer whether the hub that trust names now has signed what was seen, and no thief of its former key."""
        try:
            return self._open(self.seen.note, hub) == self.seen
        except Refused:
            return False

    def _begin(self, told: Seen) -> None:
        if self.seen.epoch:
            say("hub_log_anew", Level.ALARM, epoch=told.epoch, before=self.seen.epoch, size=self.seen.size)
        self._kept = _Kept(told)
        self._named.clear()

    def _follow(self, told: Seen, ack: LogAck) -> None:
        """Check that a checkpoint follows what its batch named; go on from it when that is what was seen."""
        old_root = self._root_named(ack.hub_since)
        proof = [bytes.fromhex(each) for each in ack.hub_proof]
        if not follows(proof, old=ack.hub_since, old_root=old_root, size=told.size, root=bytes.fromhex(told.root)):
            self._part(told)
        if ack.hub_since == self.seen.size:
            self._kept = msgspec.structs.replace(self._kept, seen=told)

    def _root_named(self, size: int) -> bytes:
        """Return the root of what a batch named. Raises Refused ``old-hub-log`` for what none has named of late."""
        if size == 0:
            return EMPTY_ROOT
        root = self.seen.root if size == self.seen.size else self._named.get((self.seen.epoch, size))
        if root is None:
            raise Refused("old-hub-log", "it answers a batch of long ago")
        return bytes.fromhex(root)

    def _part(self, told: Seen) -> None:
        """The hub has signed two histories: keep both. Raises Refused ``hub-log-forked``."""
        seen = self.seen
        if not self._kept.fork:
            fork = f"epoch {seen.epoch}: {told.size} records under {told.root[:16]} do not follow {seen.size}"
            self._kept = _Kept(seen, fork, told.note)
            say("hub_log_forked", Level.ALARM, epoch=seen.epoch, seen=seen.size, told=told.size)
            self._store()
        raise Refused("hub-log-forked", f"the hub's log of {told.size} records does not follow that of {seen.size}")

    def _write(self, now: float, *, at_once: bool) -> None:
        if self._kept != self._written and (at_once or now >= self._write_at):
            self._write_at = now + WRITE_SECONDS
            self._store()

    def _store(self) -> None:
        self._written = self._kept
        try:
            replace_file(self._path, msgspec.json.encode(self._kept))
        except OSError as error:
            say("hub_log_not_stored", Level.WARNING, file=self._path, why=error)


def _load(path: Path) -> _Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return _Kept(Seen())
    except (OSError, msgspec.DecodeError) as error:
        say("hub_log_unreadable", Level.ALARM, file=path, why=error)
        return _Kept(Seen())

"""How a keeper follows the history that the hub writes: which notes count, and what is missing.

1. A lower epoch is dropped. A higher one counts only if trust names it, and says that it supersedes ours; then it
   comes as a snapshot, unless we are empty.
2. What we have is a repeat. The same revision with another chain is a fork: nothing of this epoch is applied any
   more, unless it is our own position that is damaged: then a second witness tells of another chain.
3. What follows is applied in one transaction.
4. What is made with card keys that we lack waits for them, but not for ever: a minute after the hub has answered and
   not sent them it is applied, for a revoke may come after it. Cards of keys that we lack are denied.
5. What does not follow is missing. Only an answer to our own question says what we wait for; a broadcast makes us
   ask, once, and what the answer does not confirm is forgotten: so a head from the far future does no lasting harm.
"""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from doorctl.errors import Refused
from doorctl.journal import Level, say
from doorctl.keeper.asking import Question
from doorctl.keeper.card_ring import CardRing
from doorctl.keeper.fork_mark import Fork, ForkMark
from doorctl.keeper.kept_notes import KeptNotes
from doorctl.keeper.policy_store import PolicyStore
from doorctl.policy.apply import Position
from doorctl.policy.needs import ring_keys_of
from doorctl.policy.withheld import withheld_count
from doorctl.trust.note import Trust
from doorctl.wire.messages import Delta, Head

RING_SECONDS = 60.0
_NO_CHAIN = bytes(32)


@dataclass(frozen=True, slots=True)
class Told:
    """How far a note says that the hub is."""

    epoch: int
    revision: int
    chain: str


class Following:
    """The policy that is held, and how far the hub is said to be; time comes in."""

    def __init__(
        self, store: PolicyStore, kept: KeptNotes, mark: ForkMark, ring: CardRing, *, trust: Callable[[], Trust]
    ) -> None:
        """Go on from what is held; ``trust`` raises Refused ``no-trust`` while there is none."""
        self._store = store
        self._kept = kept
        self._mark = mark
        self._ring = ring
        self._trust = trust
        kept.begin_with(store.position)
        self._awaited: tuple[int, int] = (0, 0)
        self._rumour: Told | None = None
        self._rumour_at = 0.0
        self._idle_rumour: Told | None = None
        self._drift: Told | None = None
        self._ring_overdue_at = math.inf
        self._forget_older_fork()

    @property
    def position(self) -> Position:
        """How far we are."""
        return self._store.position

    @property
    def is_forked(self) -> bool:
        """Whether the hub's history and ours have parted."""
        return self._mark.holds_for(self.position.epoch)

    @property
    def is_missing(self) -> bool:
        """Whether the hub is said to be further than we are."""
        own = (self.position.epoch, self.position.revision)
        return self._awaited > own or (self._rumour is not None and _place(self._rumour) > own)

    def take_delta(self, note: bytes, delta: Delta, now: float) -> bool:
        """Apply a delta, durably; False if we have all of it.

        Raises Refused: ``malformed``, ``gap``, ``fork``, ``inapplicable``, ``old-epoch``, ``unknown-epoch``,
        ``forked``, ``needs-card-keys`` or ``position-damaged``; PolicyUnavailable when the disk refuses.
        """
        if len(delta.changes) != delta.last - delta.first + 1:
            raise Refused("malformed", "a delta holds one change per revision")
        self.check_history(Told(delta.epoch, delta.last, delta.chain), note)
        own = self.position
        if own.epoch == delta.epoch and delta.last <= own.revision:
            return False
        if delta.first > own.revision + 1 or own.epoch not in (0, delta.epoch):
            self._hear_of(Told(delta.epoch, delta.last, delta.chain), now)
            raise Refused("gap", f"revision {delta.first} does not follow {own.revision}")
        self._apply(note, delta, now)
        return True

    def take_head(self, note: bytes, head: Head, now: float) -> None:
        """Hear how far the hub is, from nobody knows when. Raises Refused, also ``old-head``, ``digest-differs``."""
        self._hear_of(self._look_at(note, head, now), now)

    def take_answer(self, note: bytes, head: Head, question: Question, now: float) -> None:
        """Hear how far the hub is, in answer to our own question. Raises Refused as ``take_head`` does."""
        if self._rumour is not None and self._rumour_at <= question.at:
            is_idle = _place(self._rumour) > (head.epoch, head.revision)
            self._idle_rumour, self._rumour = self._rumour if is_idle else None, None
        self.check_history(Told(head.epoch, head.revision, head.chain), note)
        self._awaited = (head.epoch, head.revision)
        if head.epoch == self.position.epoch and head.revision < question.revision:
            raise Refused("hub-behind", f"we were at revision {question.revision} when we asked")
        if head.revision >= self.position.revision:
            self._look_at(note, head, now)

    def ring_answered(self, now: float) -> None:
        """The hub has answered, with all the card keys that we need or without: then they may never come."""
        self._ring_overdue_at = min(self._ring_overdue_at, now + RING_SECONDS) if self._ring.is_wanted else math.inf

    def taken_over(self) -> None:
        """A snapshot has taken the place of our policy."""
        self._kept.witness(self.position)
        if not self._mark.holds_for(self.position.epoch):
            self._mark.clear()

    def _forget_older_fork(self) -> None:
        """Take away the mark of an epoch that ended just before we did: the door takes any mark for a fork."""
        if self._mark.fork is not None and 0 < self._mark.fork.epoch < self.position.epoch:
            with suppress(OSError):
                self._mark.clear()

    def _apply(self, note: bytes, delta: Delta, now: float) -> None:
        fresh = delta.changes[self.position.revision + 1 - delta.first :]
        self._check_ring(fresh, delta, now)
        try:
            position = self._store.apply(fresh, epoch=delta.epoch, chain=delta.chain, now=now)
        except Refused as refusal:
            if refusal.refusal == "fork":
                self._part(Told(delta.epoch, delta.last, delta.chain), note)
            raise
        self._kept.keep(note, delta, now)
        say("policy_committed", epoch=position.epoch, revision=position.revision)

    def _check_ring(self, fresh: Sequence[msgspec.Raw], delta: Delta, now: float) -> None:
        """Let no change count before we have the card keys that it is made with: no card would be known."""
        keys = ring_keys_of(fresh, level=self._store.level)
        if keys <= self._ring.length:
            return
        self._ring.need(keys)
        if now >= self._ring_overdue_at:
            say("card_keys_missing", Level.ALARM, needed=keys, here=self._ring.length)
            return
        self._hear_of(Told(delta.epoch, delta.last, delta.chain), now)
        raise Refused("needs-card-keys", f"it takes {keys} card keys and we have {self._ring.length}")

    def _hear_of(self, told: Told, now: float) -> None:
        own = self.position
        if _place(told) <= (own.epoch, own.revision) or told == self._idle_rumour:
            return
        if self._rumour is None or _place(told) > _place(self._rumour):
            self._rumour = told
        self._rumour_at = now

    def _look_at(self, note: bytes, head: Head, now: float) -> Told:
        told = Told(head.epoch, head.revision, head.chain)
        self.check_history(told, note)
        own = self.position
        if _place(told) < (own.epoch, own.revision):
            raise Refused("old-head", f"we are at revision {own.revision}")
        if _place(told) == (own.epoch, own.revision) and head.digest != own.digest_hex:
            self._doubt_rows(told, now)
        return told

    def _doubt_rows(self, told: Told, now: float) -> None:
        if self._store.read(withheld_count):
            return
        if told != self._drift:  # once: a look at every row is work
            self._drift = told
            self._store.look_at_rows(now)
        raise Refused("digest-differs", "our rows are not those of the hub")

    def check_history(self, told: Told, note: bytes) -> None:
        """Check that a place in the hub's history can be one of ours.

        Raises Refused: ``old-epoch``, ``unknown-epoch``, ``forked``, ``fork`` or ``position-damaged``.
        """
        own = self.position
        self._check_epoch(told.epoch)
        if self._mark.holds_for(told.epoch):
            raise Refused("forked", "the hub's history and ours differ: nothing is applied")
        is_where_we_are = _place(told) == (own.epoch, own.revision)
        known = own.chain if is_where_we_are else self._kept.chain_at(told.epoch, told.revision)
        if known is not None and told.chain != known.hex():
            self._part(told, note)
            raise Refused("fork", f"another history leads to revision {told.revision}")

    def _check_epoch(self, epoch: int) -> None:
        own, trust = self.position.epoch, self._trust()
        if own and epoch == own:
            return
        if epoch < own:
            raise Refused("old-epoch", f"we are in epoch {own}")
        if epoch != trust.epoch:
            raise Refused("unknown-epoch", "trust names no such epoch")
        if own > trust.supersedes:
            raise Refused("unknown-epoch", "trust does not say that it supersedes ours")

    def _part(self, told: Told, note: bytes) -> None:
        """Another history was shown: mark a fork, unless it is our position that cannot be true."""
        own = self.position
        if self._is_contradicted():
            self._store.begin_anew("the chain of its position is not the one that was kept")
            raise Refused("position-damaged", "our own position cannot be true: the policy is fetched anew")
        self._mark.set(
            Fork(
                epoch=told.epoch,
                revision=told.revision,
                ours=own.chain.hex(),
                theirs=told.chain,
                note=note.decode(errors="replace"),
            )
        )

    def _is_contradicted(self) -> bool:
        """Answer whether another chain was kept than that of our position; where none was, ours is believed."""
        own = self.position
        witness = self._kept.chain_at(own.epoch, own.revision) if own.revision else _NO_CHAIN
        return witness not in (None, own.chain)


def _place(told: Told) -> tuple[int, int]:
    return told.epoch, told.revision

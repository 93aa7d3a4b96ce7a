"""What the hub tells its controllers of the policy, and what it learns from them: news, answers, acknowledgements."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from itertools import islice

import msgspec

from doorctl.errors import Refused
from doorctl.hub.card_ring import CardRing
from doorctl.hub.controllers.asks import Asks
from doorctl.hub.controllers.occupancy_notes import OccupancyNotes
from doorctl.hub.controllers.presence import store_presences
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.history import chain_at, delta_notes, epoch_of, head_of
from doorctl.hub.outgoing import Outgoing, Sealed, signed, signed_with
from doorctl.hub.own_log import NO_CLOCK
from doorctl.hub.refusals import Refusals
from doorctl.hub.restored.recovery import Recovery
from doorctl.hub.snapshots.shelf import SnapshotShelf
from doorctl.keys.identity import Identity
from doorctl.policy.apply import Position, position_of
from doorctl.trust.verify import MOST_AHEAD, SignedTrust
from doorctl.wire.messages import Ack, Answer, Ask, Offer
from doorctl.wire.topics import Address, Channel

NOTES_PER_ASK = 32
"""So many delta notes answer one ask; whoever lacks more asks again from where it is then."""

_AHEAD = Refused("ahead-of-hub", "a controller has a revision that this hub does not know")


class Followers:
    """The controllers, who follow the policy: what they are told, and what they say of themselves."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        *,
        roll: Roll,
        ring: CardRing,
        recovery: Recovery,
        trust: Callable[[], SignedTrust],
        refusals: Refusals,
        shelf: SnapshotShelf | None = None,
        clock_ms: Callable[[], int] = NO_CLOCK.mono_ms,
    ) -> None:
        """Tell what this database holds, in the hub's name; who lacks too much gets it from the ``shelf``."""
        self._connection = connection
        self._identity = identity
        self._roll = roll
        self._ring = ring
        self._recovery = recovery
        self._trust = trust
        self._refusals = refusals
        self._shelf = shelf
        self._asks = Asks(connection)
        self._occupancy = OccupancyNotes(connection, identity, ring=ring, roll=roll, clock_ms=clock_ms)

    def news(self, after: int, at: datetime) -> list[Outgoing]:
        """Return what follows a revision, and the head; nothing while we are behind ourselves."""
        if self._recovery.is_behind:
            return []
        head = signed(self._identity, head_of(self._connection, at=int(at.timestamp())))
        return [*self._deltas(max(after, 0)), Outgoing(Address(Channel.HEAD), head)]

    def tick(self, at: datetime) -> list[Outgoing]:
        """Tell who has moved; nothing while we are behind ourselves."""
        return [] if self._recovery.is_behind else self._occupancy.tick(at)

    def on_ask(self, controller: str, payload: bytes, at: datetime) -> list[Outgoing]:
        """Answer a question: the head, what is missing or a snapshot, and card keys where they are asked for."""
        ask = self._roll.open(payload, Ask, controller=controller)
        self._asks.take(ask)
        is_next = self._is_next(ask)
        if not is_next:
            self._refusals.count(
                Refused("old-ask", "it was asked before others: somebody may repeat what was recorded")
            )
        position = position_of(self._connection)
        if _is_ahead(ask, position):
            if is_next:
                self._roll.heard(controller, int(at.timestamp()))
            self._claim(ask, ask.revision, position, at)
            raise _AHEAD
        self._hear_of_kept(ask, position, at)
        trust = self._trust_again(ask, at)
        if self._recovery.is_behind:
            return trust
        if is_next:
            self._roll.asked(controller, int(at.timestamp()))
        return [*trust, *self._told(ask, position, at), *self._whole_occupancy(ask, at)]

    def on_ack(self, controller: str, payload: bytes, at: datetime) -> list[Outgoing]:
        """Take an acknowledgement. Raises Refused when its history or its rows are not ours."""
        ack = self._roll.open(payload, Ack, controller=controller)
        is_next = self._is_next(ack)
        position = position_of(self._connection)
        if _is_ahead(ack, position):
            self._claim(ack, ack.revision, position, at)
            raise _AHEAD
        if not is_next:
            raise Refused("repeated-ack", "it was said before: somebody may repeat what was recorded")
        if self._roll.went_back(ack, int(at.timestamp())):
            raise Refused("went-back", "a controller has lost changes that it had")
        if ack.epoch < epoch_of(position) or ack.revision == 0:
            return []
        chain = chain_at(self._connection, ack.revision)
        if ack.forked or chain is None or ack.chain != chain.hex():
            self._roll.forked(controller)
            self._recovery.suspect_fork(controller, ack.revision, at)
            raise Refused("policy-fork", "a controller came to this revision by another history")
        agrees = _agrees(ack, position)
        served_before = self._roll.presence(controller).doors
        self._roll.acknowledged(ack, agrees=agrees, at=int(at.timestamp()))
        self._recovery.agreed(controller, ack.revision)
        if any(len(self._roll.serving(door)) > 1 for door in set(ack.doors).difference(served_before)):
            self._refusals.count(
                Refused("door-claimed-twice", "another controller says that it serves this door, too")
            )
        if agrees is False:
            raise Refused("policy-drift", "a controller's rows differ from the hub's at this revision")
        return []

    @property
    def has_memories(self) -> bool:
        """Whether there is anything new to write down."""
        return self._asks.has_fresh or self._roll.has_changed

    def store(self) -> None:
        """Write down what was asked and acknowledged; the caller owns the transaction."""
        self._asks.store(self._connection)
        store_presences(self._connection, self._roll.take_changed())

    def tidy(self) -> None:
        """Forget old questions; the caller owns the transaction."""
        self._asks.tidy(self._connection)

    def _is_next(self, said: Ask | Ack) -> bool:
        """Take what every new word tells; False for one that was said before, or before another one."""
        if not self._roll.is_next(said):
            return False
        self._roll.trust_said(said.controller, said.trust)
        self._roll.take_place(said)
        if isinstance(said, Ack):
            self._roll.hub_fork_said(said)
        self._recovery.heard(said.controller)
        return True

    def _hear_of_kept(self, ask: Ask, position: Position, at: datetime) -> None:
        """Take it that a keeper whose policy was lost had more than we have; it gets its answer all the same."""
        if (ask.kept_epoch, ask.kept) > (epoch_of(position), position.revision):
            self._refusals.count(_AHEAD)
            self._claim(msgspec.structs.replace(ask, epoch=ask.kept_epoch), ask.kept, position, at)

    def _claim(self, said: Ask | Ack, revision: int, position: Position, at: datetime) -> None:
        if said.epoch != epoch_of(position):
            return
        if revision > position.revision + MOST_AHEAD:
            raise Refused("version-jump", "no hub has lost so many changes: a controller makes this revision up")
        self._recovery.claimed(said.controller, revision, at)

    def _trust_again(self, ask: Ask, at: datetime) -> list[Outgoing]:
        """Return trust for a keeper that has missed it; none that we know to be replaced."""
        own = self._trust()
        if ask.trust >= own.trust.version or self._roll.lost_trust or not self._asks.is_trust_due(at):
            return []
        return [Outgoing(Address(Channel.TRUST), own.note)]

    def _told(self, ask: Ask, position: Position, at: datetime) -> list[Outgoing]:
        offer = None if self._shelf is None else self._shelf.offer(ask, position, at)
        if self._shelf is None or offer is None:
            return [*self._missing(ask, position, at), self._answer(ask, None, at)]
        chunks = self._shelf.chunks(ask, at, most=self._asks.notes.left(ask.controller, at))
        self._asks.notes.spend(ask.controller, len(chunks), at)
        return [*chunks, self._answer(ask, offer, at)]

    def _missing(self, ask: Ask, position: Position, at: datetime) -> list[Outgoing]:
        most = min(NOTES_PER_ASK, self._asks.notes.left(ask.controller, at))
        if not most or not self._asks.is_due(ask.revision, position.revision, at):
            return []
        notes = self._deltas(ask.revision, most=most)
        self._asks.notes.spend(ask.controller, len(notes), at)
        return notes

    def _whole_occupancy(self, ask: Ask, at: datetime) -> list[Outgoing]:
        if not ask.wants_occupancy:
            return []
        notes = self._occupancy.whole(ask, at, most=self._asks.notes.left(ask.controller, at))
        self._asks.notes.spend(ask.controller, len(notes), at)
        return notes

    def _answer(self, ask: Ask, offer: Offer | None, at: datetime) -> Outgoing:
        reply = Answer(
            site=ask.site,
            controller=ask.controller,
            nonce=ask.nonce,
            head=head_of(self._connection, at=int(at.timestamp())),
            offer=offer,
        )
        keys = self._roll.keys_of(ask.controller)
        beside = Sealed(msgspec.json.encode(self._ring.keys), to=keys.box, about=f"card-keys:{ask.nonce}")
        note = signed_with(self._identity, reply, beside if ask.wants_card_keys else None)
        return Outgoing(Address(Channel.ANSWER, ask.controller), note)

    def _deltas(self, after: int, *, most: int = NOTES_PER_ASK) -> list[Outgoing]:
        notes = delta_notes(self._connection, self._identity.signer, after=after)
        return [Outgoing(Address(Channel.DELTA), note) for note in islice(notes, most)]


def _is_ahead(said: Ask | Ack, position: Position) -> bool:
    return (said.epoch, said.revision) > (epoch_of(position), position.revision)


def _agrees(ack: Ack, position: Position) -> bool | None:
    """Compare digests where both are of the same rows: the same revision, with nothing withheld."""
    if ack.revision != position.revision or ack.withheld:
        return None
    return ack.digest == position.digest_hex

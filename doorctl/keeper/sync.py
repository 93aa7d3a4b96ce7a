"""How a keeper follows the hub: what comes in, what it believes, what it answers.

Only signatures count: of the site root for trust, of the hub that trust names for everything else. What is committed
the door is told of at once; what is acknowledged the door answers by.

Time (seconds of CLOCK_BOOTTIME) and chance come in; nothing here knows of sockets. Whatever is returned may be lost
on its way.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from doorctl.errors import PolicyUnavailable, Refused
from doorctl.journal import Level, say
from doorctl.keeper.acking import Acking
from doorctl.keeper.asking import Asking, Question
from doorctl.keeper.card_ring import CardRing
from doorctl.keeper.collecting import Wanted
from doorctl.keeper.controller import Controller, Outgoing
from doorctl.keeper.door_bell import DoorArrived, DoorLeft, Heard
from doorctl.keeper.following import Following
from doorctl.keeper.fork_mark import ForkMark
from doorctl.keeper.freshness import Freshness
from doorctl.keeper.hub_notes import HubNotes
from doorctl.keeper.kept_notes import KeptNotes
from doorctl.keeper.kept_trust import KeptTrust
from doorctl.keeper.log_upload import LogUpload
from doorctl.keeper.orders_desk import OrdersDesk, TellsDoor, TellsTime
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.policy_terms import NO_TERMS, Terms, is_suspended, terms_of
from doorctl.keeper.recalling import Recalling
from doorctl.keeper.refill import Refill
from doorctl.keeper.renewal import Renewal
from doorctl.keeper.statements import Speaker
from doorctl.keeper.word_counter import WordCounter
from doorctl.policy.apply import Position
from doorctl.tally import Tally
from doorctl.wire.bell import CarriedOut, Forked, InForce, Look, NoPolicy
from doorctl.wire.messages import Answer, Delta, Head, LogAck, Recall, beside
from doorctl.wire.notes import detach
from doorctl.wire.orders import Order
from doorctl.wire.topics import Channel


@dataclass(frozen=True, slots=True)
class Possessions:
    """What a keeper keeps on disk."""

    trust: KeptTrust
    store: PolicyStore
    kept: KeptNotes
    fork: ForkMark
    ring: CardRing
    refill: Refill
    words: WordCounter


class Keeper:
    """Follows the hub in what it signs, and uploads the log; ``tally`` counts what it refused."""

    def __init__(
        self,
        controller: Controller,
        has: Possessions,
        *,
        upload: LogUpload,
        door: TellsDoor,
        tally: Tally,
        chance: Callable[[], float],
        clock: TellsTime,
    ) -> None:
        """Go on from what is on disk; ``chance`` gives numbers in [0, 1), ``clock`` tells the time of day."""
        self.tally = tally
        self._controller = controller
        self._trust = has.trust
        self._store = has.store
        self._kept = has.kept
        self._ring = has.ring
        self._upload = upload
        self._door = door
        self._clock = clock
        self._speaker = Speaker(controller, has.store, has.words)
        self._hub = HubNotes(has.trust, site=controller.site, controller=controller.name)
        self._following = Following(has.store, has.kept, has.fork, has.ring, trust=lambda: self._hub.trust)
        self._asking = Asking(chance=chance)
        self._freshness = Freshness()
        self._acking = Acking()
        self._recalling = Recalling(has.kept, chance=chance)
        self._renewal = Renewal(has.refill, has.store, has.kept, self._following, self._hub)
        self._orders = OrdersDesk(controller, door, clock=clock, is_suspended=self._is_suspended)
        self._terms = NO_TERMS
        self._looked_at: tuple[Position, bool] | None = None
        self._review(0)

    @property
    def subscription(self) -> str | None:
        """The snapshot whose chunks the link is to subscribe to."""
        return self._renewal.subscription

    def connected(self, now: float) -> list[Outgoing]:
        """A broker is there: say where we are, ask at once, upload what waits."""
        self._asking.connected(now)
        self._upload.connected()
        self._renewal.connected(now)
        if self._store.position.revision:
            self._acking.owe(now)
        return self._acks(now)

    def disconnected(self) -> None:
        """No broker is there; nothing is sent until one is."""
        self._asking.disconnected()
        self._upload.disconnected()
        self._recalling.disconnected()

    def handle(self, channel: Channel, payload: bytes, now: float) -> list[Outgoing]:
        """Take what came on a channel to controllers; whatever its effect is, it is durable when this returns."""
        outgoing: list[Outgoing] = []
        try:
            outgoing = _HANDLERS[channel](self, payload, now)
        except Refused as refusal:
            self.tally.add(refusal, source=channel.name.lower())
        except OSError as error:
            self.tally.add(Refused("storage-failed", str(error)), source=channel.name.lower())
        except PolicyUnavailable as error:
            self.tally.add(Refused("policy-unavailable"), source=channel.name.lower())
            say("policy_unavailable", Level.ALARM, why=error)
        self._review(now)
        return [*outgoing, *self._acks(now)]

    def hear_door(self, said: Heard, now: float) -> list[Outgoing]:
        """Take what the door process says, or that it came or went."""
        outgoing: list[Outgoing] = []
        match said:
            case DoorArrived():
                self._acking.door_arrived()
                self._tell_all(now)
            case DoorLeft():
                self._acking.door_left(now)
            case InForce() | NoPolicy():
                self._acking.door_says(said, now)
            case CarriedOut():
                outgoing = self._orders.carried_out(said)
        return [*outgoing, *self._acks(now)]

    def tick(self, now: float) -> list[Outgoing]:
        """Do what is due: ask, upload, acknowledge, recall; about 20 times a second."""
        if self._store.tick(now):
            self._freshness.forget()
        self._kept.tick(now)
        if self._trust.try_again():
            self._believe_newer_trust(now)
        self._renewal.tick(now)
        self._review(now)
        hub = self._trust.current.trust.hub if self._trust.current else None
        return [
            *self._asks(now),
            *(Outgoing(Channel.LOG, batch) for batch in self._upload.tick(now, hub)),
            *(Outgoing(Channel.NOTES, note) for note in self._recalling.tick(now)),
            *self._acks(now),
        ]

    def _on_trust(self, payload: bytes, now: float) -> list[Outgoing]:
        if self._trust.take(payload):
            self._believe_newer_trust(now)
        return []

    def _believe_newer_trust(self, now: float) -> None:
        self._asking.soon(now)  # what came before was not believed
        self._door.send(Look())  # it believes rosters by it

    def _on_head(self, payload: bytes, now: float) -> list[Outgoing]:
        self._following.take_head(payload, self._hub.open(payload, Head), now)
        return []

    def _on_delta(self, payload: bytes, now: float) -> list[Outgoing]:
        if self._following.take_delta(payload, self._hub.open(payload, Delta), now):
            self._asking.progressed(now)
        else:
            self.tally["repeat"] += 1
            self._acking.owe(now)
        return []

    def _on_answer(self, payload: bytes, now: float) -> list[Outgoing]:
        note, sealed = detach(payload)
        answer = self._hub.open(note, Answer)
        sealed = beside(answer, sealed)
        if answer.head.site != self._controller.site:
            raise Refused("wrong-site", "the head is of another site")
        question = self._asking.answered(answer.nonce, now)
        if question is None:
            raise Refused("unknown-nonce", "the answer is to no question that is open")
        if sealed is not None:
            self._take_ring(sealed, answer)
        self._following.ring_answered(now)
        self._following.take_answer(note, answer.head, question, now)
        self._freshness.answered(answer.head, asked_at=question.at, heard_at=now)
        self._renewal.answered(note, answer, now, is_outgrown=self._terms.is_outgrown)
        return []

    def _take_ring(self, sealed: bytes, answer: Answer) -> None:
        """Take the card keys that came with an answer; without them it counts all the same: it may bring a revoke."""
        is_new_epoch = self._store.position.epoch < answer.head.epoch == self._hub.trust.epoch
        try:
            self._ring.take(sealed, answer.nonce, in_use=0 if is_new_epoch else self._terms.ring_keys)
        except Refused as refusal:
            if refusal.refusal != "ring-fork":
                raise
            self.tally.add(refusal, source="answer")

    def _on_log_ack(self, payload: bytes, now: float) -> list[Outgoing]:
        self._upload.take_ack(self._hub.open(payload, LogAck), now)
        return []

    def _on_recall(self, payload: bytes, now: float) -> list[Outgoing]:
        self._recalling.take(self._hub.open(payload, Recall), now)
        return []

    def _on_order(self, payload: bytes, _now: float) -> list[Outgoing]:
        return self._orders.take(self._hub.open(payload, Order), self._hub.trust)

    def _on_chunk(self, payload: bytes, now: float) -> list[Outgoing]:
        self._renewal.take_chunk(payload, now)
        return []

    def _review(self, now: float) -> None:
        """Draw the consequences of whatever has happened: for the door, for our questions, for what is owed."""
        own = self._store.position
        if (own, self._following.is_forked) != self._looked_at:
            self._take_news(own, now)
        if self._freshness.review(own, all_applied=not self._terms.withheld):
            self._tell_confirmed(now)
            self._acking.owe(now)
        self._let_doors_answer(own)
        self._renewal.old_is_done(self._acking.in_force(own))
        if self._following.is_missing or self._ring.is_wanted or self._terms.is_outgrown:
            self._asking.missing(now)
        else:
            self._asking.complete(now)

    def _let_doors_answer(self, own: Position) -> None:
        """Let a policy that was begun from nothing count, once the hub has confirmed it and we never had more."""
        if not self._store.awaits_confirmation or not self._freshness.is_confirmed or self._kept.reaches_beyond(own):
            return
        with suppress(PolicyUnavailable):  # the disk may do in the next turn
            self._store.confirm()
            self._door.send(Look())

    def _take_news(self, own: Position, now: float) -> None:
        """Another policy is committed, or a fork was found: the door first."""
        before = self._looked_at
        self._looked_at = (own, self._following.is_forked)
        self._door.send(Look())
        if self._following.is_forked:
            self._freshness.forget()
            self._door.send(Forked())
        self._terms = self._read_terms()
        self._ring.need(self._terms.ring_keys)
        self._asking.keep_fresh(self._terms.max_age_seconds, now)
        if before is None:
            return
        self._acking.owe(now)
        if own.epoch != before[0].epoch > 0 or own.revision < before[0].revision:
            self._freshness.forget()

    def _read_terms(self) -> Terms:
        try:
            return self._store.read(partial(terms_of, site=self._controller.site, level=self._store.level))
        except PolicyUnavailable as error:
            say("policy_unavailable", Level.ALARM, why=error)
            return self._terms

    def _is_suspended(self, admin: str) -> bool:
        return self._store.read(partial(is_suspended, admin=admin))

    def _tell_all(self, now: float) -> None:
        """A door process is there: tell it what another may have been told."""
        if self._following.is_forked:
            self._door.send(Forked())
        else:
            self._tell_confirmed(now)

    def _tell_confirmed(self, now: float) -> None:
        if (confirmed := self._freshness.confirmed(now)) is not None:
            self._door.send(confirmed)
            self._clock.confirm(confirmed.hub_time)

    def _asks(self, now: float) -> list[Outgoing]:
        revision = self._store.position.revision
        if (wanted := self._renewal.wanted(now)) is not None:
            return [self._ask(self._asking.question(now, revision=revision), wanted)]
        question = self._asking.ask_now(now, revision=revision)
        return [] if question is None else [self._ask(question, self._renewal.named)]

    def _ask(self, question: Question, wanted: Wanted | None) -> Outgoing:
        return self._speaker.ask(
            question.nonce,
            wanted=wanted,
            terms=self._terms,
            wants_deltas=self._renewal.is_failing,
            wants_card_keys=self._ring.is_wanted or self._renewal.subscription is not None,
            trust_version=self._hub.trust_version,
        )

    def _acks(self, now: float) -> list[Outgoing]:
        if not self._acking.is_due(self._store.position, now):
            return []
        ack = self._speaker.ack(
            self._acking,
            terms=self._terms,
            fresh_seconds=self._freshness.age(now),
            trust_version=self._hub.trust_version,
            forked=self._following.is_forked,
        )
        return [ack]


_HANDLERS: Mapping[Channel, Callable[[Keeper, bytes, float], list[Outgoing]]] = {
    Channel.TRUST: Keeper._on_trust,
    Channel.HEAD: Keeper._on_head,
    Channel.DELTA: Keeper._on_delta,
    Channel.ANSWER: Keeper._on_answer,
    Channel.LOG_ACK: Keeper._on_log_ack,
    Channel.RECALL: Keeper._on_recall,
    Channel.ORDER: Keeper._on_order,
    Channel.SNAPSHOT: Keeper._on_chunk,
}

"""How a keeper follows the hub: what comes in, what it believes, what it answers.

Only signatures count: of the site root for trust, of the hub that trust names for everything else. What is committed
the door is told of at once; what is acknowledged the door answers by.

Time (seconds of CLOCK_BOOTTIME) and chance come in; nothing here knows of sockets. Whatever is returned may be lost
on its way.
"""

from collections.abc import Callable, Mapping
from functools import partial

from doorctl.errors import PolicyUnavailable, Refused
from doorctl.journal import Level, say
from doorctl.keeper.acking import Acking
from doorctl.keeper.asking import Asking, Question
from doorctl.keeper.collecting import Wanted
from doorctl.keeper.controller import Controller, Outgoing
from doorctl.keeper.door_bell import DoorArrived, DoorLeft, Heard
from doorctl.keeper.following import Following
from doorctl.keeper.freshness import Freshness
from doorctl.keeper.hub_notes import HubNotes
from doorctl.keeper.log_upload import LogUpload
from doorctl.keeper.orders_desk import OrdersDesk, TellsDoor, TellsTime
from doorctl.keeper.policy_terms import is_suspended
from doorctl.keeper.possessions import Possessions
from doorctl.keeper.recalling import Recalling
from doorctl.keeper.renewal import Renewal
from doorctl.keeper.review import Parts, Review
from doorctl.keeper.site_occupancy import FollowsOccupancy
from doorctl.keeper.statements import Speaker
from doorctl.tally import Tally
from doorctl.wire.bell import CarriedOut, InForce, LinkIs, Look, LoopIs, NoPolicy
from doorctl.wire.messages import Answer, Delta, Head, LogAck, Recall, beside
from doorctl.wire.notes import detach, detach_data
from doorctl.wire.orders import Order
from doorctl.wire.site_occupancy import OccupancyNote
from doorctl.wire.topics import Channel


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
        self._refill = has.refill
        self._erasing = has.erasing
        self._upload = upload
        self._door = door
        self._is_linked = False
        self._speaker = Speaker(controller, has.store, has.words)
        self._hub = HubNotes(has.trust, site=controller.site, controller=controller.name)
        self._following = Following(has.store, has.kept, has.fork, has.ring, trust=lambda: self._hub.trust)
        self._asking = Asking(chance=chance)
        self._freshness = Freshness()
        self._acking = Acking()
        self._recalling = Recalling(has.kept, chance=chance)
        self._occupancy = FollowsOccupancy(has.ring, door)
        self._renewal = Renewal(has.refill, has.store, has.kept, self._following, self._hub)
        self._orders = OrdersDesk(controller, door, clock=clock, is_suspended=self._is_suspended)
        parts = Parts(self._following, self._asking, self._freshness, self._acking, self._renewal)
        self._review = Review(has, parts, site=controller.site, door=door, clock=clock)

    @property
    def subscription(self) -> str | None:
        """The snapshot whose chunks the link is to subscribe to."""
        return self._refill.subscription

    def connected(self, now: float) -> list[Outgoing]:
        """A broker is there: say where we are, ask at once, upload what waits."""
        self._asking.connected(now)
        self._upload.connected()
        self._refill.connected(now)
        self._occupancy.connected(now)
        self._tell_of_link(up=True)
        if self._store.position.revision:
            self._acking.owe(now)
        return self._acks(now)

    def disconnected(self) -> None:
        """No broker is there; nothing is sent until one is."""
        self._tell_of_link(up=False)
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
        self._erasing.tick(is_new_file=False)
        self._review.draw(now)
        return [*outgoing, *self._acks(now)]

    def hear_door(self, said: Heard, now: float) -> list[Outgoing]:
        """Take what the door process says, or that it came or went."""
        outgoing: list[Outgoing] = []
        match said:
            case DoorArrived():
                self._acking.door_arrived()
                self._review.tell_new_door(now)
                self._door.send(LinkIs(self._is_linked))
                self._upload.tell_new_door()
                self._occupancy.door_arrived(now)
            case DoorLeft():
                self._acking.door_left(now)
                self._occupancy.door_left()
            case InForce() | NoPolicy():
                self._acking.door_says(said, now)
            case LoopIs():
                self._acking.loop_is(said.loop, now)
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
        is_new_file = self._renewal.tick(now)
        self._erasing.tick(is_new_file=is_new_file)
        self._review.draw(now)
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
        self._renewal.answered(note, answer, now, is_outgrown=self._review.terms.is_outgrown)
        return []

    def _take_ring(self, sealed: bytes, answer: Answer) -> None:
        """Take the card keys that came with an answer; without them it counts all the same: it may bring a revoke."""
        is_new_epoch = self._store.position.epoch < answer.head.epoch == self._hub.trust.epoch
        try:
            self._ring.take(sealed, answer.nonce, in_use=0 if is_new_epoch else self._review.terms.ring_keys)
        except Refused as refusal:
            if refusal.refusal != "ring-fork":
                raise
            self.tally.add(refusal, source="answer")

    def _on_log_ack(self, payload: bytes, now: float) -> list[Outgoing]:
        was_forked = self._upload.hub_log.fork
        try:
            self._upload.take_ack(self._hub.open(payload, LogAck), self._hub.trust.hub, now)
        finally:
            if self._upload.hub_log.fork != was_forked:
                self._acking.owe(now)
        return []

    def _on_recall(self, payload: bytes, now: float) -> list[Outgoing]:
        recall = self._hub.open(payload, Recall)
        if recall.controller in (None, self._controller.name):
            self._recalling.take(recall, now)
        return []

    def _on_order(self, payload: bytes, _now: float) -> list[Outgoing]:
        return self._orders.take(self._hub.open(payload, Order), self._hub.trust)

    def _on_chunk(self, payload: bytes, now: float) -> list[Outgoing]:
        self._renewal.take_chunk(payload, now)
        return []

    def _on_occupancy(self, payload: bytes, now: float) -> list[Outgoing]:
        note, sealed = detach_data(payload)
        self._occupancy.take(self._hub.open(note, OccupancyNote), sealed, now)
        return []

    def _tell_of_link(self, *, up: bool) -> None:
        self._is_linked = up
        self._door.send(LinkIs(up))

    def _is_suspended(self, admin: str) -> bool:
        return self._store.read(partial(is_suspended, admin=admin))

    def _asks(self, now: float) -> list[Outgoing]:
        revision = self._store.position.revision
        if self._occupancy.is_due(now):
            self._asking.soon(now)
        if (wanted := self._refill.wanted(now)) is not None:
            return [self._ask(self._asking.question(now, revision=revision), wanted)]
        question = self._asking.ask_now(now, revision=revision)
        return [] if question is None else [self._ask(question, self._refill.named)]

    def _ask(self, question: Question, wanted: Wanted | None) -> Outgoing:
        return self._speaker.ask(
            question.nonce,
            wanted=wanted,
            terms=self._review.terms,
            wants_deltas=self._refill.is_failing,
            wants_card_keys=self._ring.is_wanted or self._refill.subscription is not None,
            trust_version=self._hub.trust_version,
            kept=self._lost_with_its_policy(),
            wants_occupancy=self._occupancy.asks(question.nonce, question.at),
        )

    def _lost_with_its_policy(self) -> tuple[int, int]:
        """Return where we were before policy.db was lost, while doors wait for the hub to confirm as much."""
        store = self._store
        return (store.awaits_confirmation and self._kept.beyond(store.position)) or (0, 0)

    def _acks(self, now: float) -> list[Outgoing]:
        if not self._acking.is_due(self._store.position, now):
            return []
        ack = self._speaker.ack(
            self._acking,
            terms=self._review.terms,
            fresh_seconds=self._freshness.age(now),
            trust_version=self._hub.trust_version,
            forked=self._following.is_forked,
            hub_forked=bool(self._upload.hub_log.fork),
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
    Channel.OCCUPANCY: Keeper._on_occupancy,
    Channel.WHOLE_OCCUPANCY: Keeper._on_occupancy,
}

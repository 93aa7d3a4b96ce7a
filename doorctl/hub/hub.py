"""The hub of a site: what comes from controllers and admins goes in, what is to be published comes out.

No broker and no clock in here: whoever drives the hub brings both. What was returned may be lost on its way, at
any time; every loss is repaired by a repeated command, a repeated batch, or a keeper that asks.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from itertools import islice

import msgspec

from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.asks import Asks
from doorctl.hub.desk import Answered, Desk
from doorctl.hub.history import EPOCH, chain_at, commit_operations, delta_notes, head_of
from doorctl.hub.ingest import take_in
from doorctl.hub.log_store import LogId, held_tree
from doorctl.hub.outgoing import Outgoing, Sealed, signed, signed_with
from doorctl.hub.roll import Roll
from doorctl.hub.settlement import Settled, Settlement, Waiting
from doorctl.hub.site_db import checkpoint
from doorctl.hub.stored_answers import forget_answers
from doorctl.journal import Level, say
from doorctl.keys import CardKeys, Identity
from doorctl.messages import Ack, Answer, Ask, LogAck, LogBatch, Put, Response
from doorctl.notes import MAX_PAYLOAD_BYTES, detach
from doorctl.policy.apply import find_row, position_of
from doorctl.policy.rows import SiteRow
from doorctl.topics import RETAINED, Address, Channel
from doorctl.trust import SignedTrust

SETTLE_SECONDS = 5.0
NOTES_PER_ASK = 32
"""So many delta notes answer one ask; whoever lacks more asks again from where it is then."""
ALARMS = frozenset(
    {
        "ahead-of-hub",
        "internal-error",
        "log-fork",
        "policy-drift",
        "policy-fork",
        "storage-failed",
        "wrong-opening",
    }
)
"""Refusals that no network makes by accident: somebody should look."""

Handler = Callable[[str, bytes, datetime], list[Outgoing]]


class Hub:
    """The one writer of a site's policy and the collector of its controllers' logs."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        *,
        trust: SignedTrust,
        card_keys: CardKeys,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        """Serve the site of this database under this trust, which the caller has verified."""
        self.refusals: Counter[str] = Counter()
        self._connection = connection
        self._identity = identity
        self._trust = trust
        self._card_keys = card_keys
        self._roll = Roll(trust.trust)
        self._asks = Asks()
        self._settlement = Settlement(settle_seconds)
        self._desk = Desk(
            connection, identity, card_keys=card_keys, roll=self._roll, refusals=self.refusals, count=self.count
        )
        self._handlers: dict[Channel, Handler] = {
            Channel.COMMAND: self._on_command,
            Channel.ASK: self._on_ask,
            Channel.ACK: self._on_ack,
            Channel.LOG: self._on_log,
            Channel.STATE: self._on_link_state,
        }

    def set_timezone(self, timezone: str, at: datetime) -> list[Outgoing]:
        """Make the policy say in which time zone the site is; a change only if it is news."""
        row = SiteRow(id=self._trust.trust.site, timezone=timezone)
        if find_row(self._connection, row) == row:
            return []
        with transaction(self._connection):
            position = commit_operations(self._connection, [Put(row)], at=int(at.timestamp()))
        return self._news(position.revision - 1, at)

    def greet(self, at: datetime) -> list[Outgoing]:
        """Return what a broker must hold, and the newest change once more: those who have it acknowledge again."""
        trust = Outgoing(Address(Channel.TRUST), self._trust.note)
        return [trust, *self._news(position_of(self._connection).revision - 1, at)]

    def take_trust(self, trust: SignedTrust, at: datetime) -> list[Outgoing]:
        """Go on under newer trust; what is not newer is refused with ``old-trust``."""
        if trust.trust.version <= self._trust.trust.version:
            self.count(Refused("old-trust", "the hub holds this version of trust, or a newer one"))
            return []
        self._trust = trust
        self._roll.trust = trust.trust
        return [Outgoing(Address(Channel.TRUST), trust.note), *self._settled(at)]

    def handle(self, address: Address, payload: bytes, at: datetime, *, retained: bool = False) -> list[Outgoing]:
        """Take what came from a topic; whatever its effect is, it is durable when this returns."""
        try:
            return self._handler_for(address, payload, retained)(address.name, payload, at)
        except Refused as refusal:
            self.count(refusal, address)
        except sqlite3.Error as error:
            self.count(Refused("storage-failed", str(error)), address)
        # The top of all that one message can do. A fault of ours must not end the hub, or whoever can send such a
        # message decides when there is a hub: a broker that keeps it, again at each start. What was begun is rolled
        # back by its transaction. Only the type is told: a text may quote what nobody but the hub may know.
        except Exception as error:  # noqa: BLE001
            self.count(Refused("internal-error"), address, error=type(error).__name__)
        return []

    def tick(self, at: datetime) -> list[Outgoing]:
        """Answer those whose wait is over; about once a second."""
        return self._settled(at)

    def tidy(self, at: datetime) -> None:
        """Forget old commands and move commits into the database file; when there is time, about once a minute."""
        try:
            with transaction(self._connection):
                forget_answers(self._connection, at=int(at.timestamp()))
            checkpoint(self._connection)
        except sqlite3.Error as error:
            self.count(Refused("storage-failed", str(error)))

    def count(self, refusal: Refused, address: Address | None = None, *, error: str = "") -> None:
        """Count a refusal; say it the 1st, 2nd, 4th, 8th … time, so that a flood does not fill the disk.

        ``error`` is the type of what went wrong in the hub itself.
        """
        word = refusal.refusal
        self.refusals[word] += 1
        count = self.refusals[word]
        if count & (count - 1) == 0:
            level = Level.ALARM if word in ALARMS else Level.WARNING
            where = {"channel": address.channel.name.lower(), "name": address.name} if address else {}
            say("refused", level, reason=word, error=error, count=count, **where)

    def _handler_for(self, address: Address, payload: bytes, retained: bool) -> Handler:
        handler = self._handlers.get(address.channel)
        if handler is None:
            raise Refused("unknown-topic", "the hub does not listen there")
        if retained and address.channel not in RETAINED:
            raise Refused("retained", "what a broker has kept is old; commands and notes are sent anew")
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise Refused("too-large", f"a payload has at most {MAX_PAYLOAD_BYTES} bytes")
        return handler

    def _on_command(self, admin: str, payload: bytes, at: datetime) -> list[Outgoing]:
        before = position_of(self._connection).revision
        answered = self._desk.obey(payload, topic_admin=admin, at=at)
        news = self._news(before, at) if position_of(self._connection).revision > before else []
        return [
            Outgoing(Address(Channel.RESPONSE, admin), answered.payload),
            *news,
            *self._begin_to_wait(answered, at),
        ]

    def _begin_to_wait(self, answered: Answered, at: datetime) -> list[Outgoing]:
        if answered.revision is None:
            return []
        self._settlement.wait(Waiting(answered.admin, answered.command, answered.revision), at)
        return self._settled(at)

    def _on_ask(self, controller: str, payload: bytes, at: datetime) -> list[Outgoing]:
        ask = self._roll.open(payload, Ask, controller=controller)
        self._asks.take(ask)
        self._roll.heard(controller, at)
        position = position_of(self._connection)
        if ask.revision > position.revision or ask.epoch > position.epoch:
            raise Refused("ahead-of-hub", "a controller has a revision that this hub never made")
        keys = self._roll.keys_of(controller)
        reply = Answer(
            site=ask.site,
            controller=controller,
            nonce=ask.nonce,
            head=head_of(self._connection, at=int(at.timestamp())),
        )
        beside = Sealed(msgspec.json.encode(self._card_keys), to=keys.box, about=f"card-keys:{ask.nonce}")
        note = signed_with(self._identity, reply, beside if ask.wants_card_keys else None)
        missing = self._deltas(ask.revision) if self._asks.is_due(ask.revision, position.revision, at) else []
        return [*missing, Outgoing(Address(Channel.ANSWER, controller), note)]

    def _on_ack(self, controller: str, payload: bytes, at: datetime) -> list[Outgoing]:
        ack = self._roll.open(payload, Ack, controller=controller)
        position = position_of(self._connection)
        if ack.epoch == 0 and ack.revision == 0:
            return []
        if ack.epoch != EPOCH or (chain := chain_at(self._connection, ack.revision)) is None:
            raise Refused("ahead-of-hub", "a controller has a revision that this hub never made")
        if ack.chain != chain.hex():
            raise Refused("policy-fork", "a controller came to this revision by another history")
        if ack.revision == position.revision and ack.digest != position.digest_hex:
            raise Refused("policy-drift", "a controller's rows differ from the hub's at this revision")
        self._roll.acknowledged(controller, ack.revision, at)
        return self._settled(at)

    def _on_log(self, controller: str, payload: bytes, at: datetime) -> list[Outgoing]:
        note, sealed = detach(payload)
        batch = self._roll.open(note, LogBatch, controller=controller)
        log_key = self._roll.keys_of(controller).log
        tree = held = held_tree(self._connection, LogId(controller, batch.log_epoch))
        try:
            tree = take_in(self._connection, batch, sealed, log_key=log_key, box=self._identity.box)
        except Refused as refusal:
            if refusal.refusal != "log-gap":
                raise
            self.count(refusal, Address(Channel.LOG, controller))
        if tree.size > held.size:
            self._roll.heard(controller, at)
        ack = LogAck(
            site=batch.site, controller=controller, log_epoch=batch.log_epoch, size=tree.size, root=tree.root.hex()
        )
        return [Outgoing(Address(Channel.LOG_ACK, controller), signed(self._identity, ack))]

    def _on_link_state(self, controller: str, payload: bytes, _: datetime) -> list[Outgoing]:
        self._roll.link_said(controller, payload)
        return []

    def _news(self, after: int, at: datetime) -> list[Outgoing]:
        head = signed(self._identity, head_of(self._connection, at=int(at.timestamp())))
        return [*self._deltas(max(after, 0)), Outgoing(Address(Channel.HEAD), head)]

    def _deltas(self, after: int) -> list[Outgoing]:
        notes = delta_notes(self._connection, self._identity.signer, after=after)
        return [Outgoing(Address(Channel.DELTA), note) for note in islice(notes, NOTES_PER_ASK)]

    def _settled(self, at: datetime) -> list[Outgoing]:
        return [self._final(settled) for settled in self._settlement.settle(self._roll.lacking, at)]

    def _final(self, settled: Settled) -> Outgoing:
        total, missing = len(self._trust.trust.controllers), settled.lacking
        text = f"in force at {total - len(missing)} of {total} controllers"
        if missing:
            text = f"{text}; no answer yet from {', '.join(missing)}"
        response = Response(
            site=self._trust.trust.site,
            admin=settled.waiting.admin,
            command=settled.waiting.command,
            verdict="partial" if missing else "done",
            text=text[:1000],
            revision=settled.waiting.revision,
        )
        return Outgoing(Address(Channel.RESPONSE, settled.waiting.admin), signed(self._identity, response))

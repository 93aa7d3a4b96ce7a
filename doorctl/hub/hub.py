"""The hub of a site: what comes from controllers and admins goes in, what is to be published comes out.

No broker and no clock in here: whoever drives the hub brings both. What was returned may be lost on its way, at
any time; every loss is repaired by a repeated command, a repeated batch, or a keeper that asks.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.alerts.watch import Watch
from doorctl.hub.answers import Answered
from doorctl.hub.card_ring import CardRing
from doorctl.hub.chronicle import Chronicle
from doorctl.hub.command_records import entries_of_hub, watch
from doorctl.hub.controllers.followers import Followers
from doorctl.hub.controllers.presence import load_presences
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.desk import Desk
from doorctl.hub.erasure.sweeping import Erasing
from doorctl.hub.history import changes_after, commit_operations
from doorctl.hub.log_desk import LogDesk
from doorctl.hub.means import USUAL_MEANS, Means
from doorctl.hub.orders.acting import Acting
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.own_log import OwnLog
from doorctl.hub.own_pins.deciding import OwnPins
from doorctl.hub.refusals import Refusals
from doorctl.hub.restored.kept_reductions import Kept, KeptReductions
from doorctl.hub.restored.recovery import Recovery
from doorctl.hub.retention import Retention
from doorctl.hub.settlement import Settlement, Step, Waiting
from doorctl.hub.site_db import checkpoint
from doorctl.hub.uploads import Uploads
from doorctl.hub.verdicts import response_to
from doorctl.journal import Level, say
from doorctl.keys.card_keys import CardKeys
from doorctl.keys.identity import Identity
from doorctl.policy.apply import find_row, position_of
from doorctl.policy.rows import SiteRow
from doorctl.trust.verify import SignedTrust, rank
from doorctl.wire.messages import Put
from doorctl.wire.notes import MAX_PAYLOAD_BYTES
from doorctl.wire.topics import RETAINED, Address, Channel

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
        store_card_keys: Callable[[CardKeys], None],
        means: Means = USUAL_MEANS,
    ) -> None:
        """Serve the site of this database under this trust, which the caller has verified.

        ``store_card_keys`` makes a longer ring durable.
        """
        self.refusals = Refusals()
        self.count = self.refusals.count
        self._connection = connection
        self._identity = identity
        self._trust = trust
        self._means = means
        self._timezone: str | None = None
        self._own_log = OwnLog(connection, identity.signer, site=trust.trust.site, clock=means.clock)
        self.chronicle = Chronicle(connection, self._own_log)
        ring = CardRing(card_keys, store_card_keys)
        ring.tell_what_lacks(connection)
        self._roll = Roll(trust.trust, load_presences(connection))
        self._recovery = Recovery(connection, identity, self._roll, self._own_log)
        self._recovery.take_epoch(trust.trust.epoch)
        self._followers = self._followers_by(ring)
        self._settlement = Settlement(means.settle_seconds)
        self._desk = self._desk_by(ring)
        self._logs = self._log_desk()
        self.watch = self._watch()
        self._acting = Acting(connection, identity, self._roll)
        self._kept = KeptReductions(connection)
        self._erasing = self._erasing_by(ring)
        self._own_pins = OwnPins(connection, self._own_log, ring, refusals=self.refusals, news=self._followers.news)
        self._retention = Retention(connection, self._own_log, site=trust.trust.site, signer=identity.signer)
        self._handlers = self._handlers_by_channel()

    def set_timezone(self, timezone: str, at: datetime) -> list[Outgoing]:
        """Make the policy say in which time zone the site is; a change only if it is news, and not while behind."""
        self._timezone = timezone
        row = SiteRow(id=self._trust.trust.site, timezone=timezone)
        if find_row(self._connection, row) == row or self._recovery.additions_barred():
            return []
        with transaction(self._connection):
            watched = watch(self._connection, [Put(row)])
            position = commit_operations(self._connection, [Put(row)], at=int(at.timestamp()))
            entries = entries_of_hub("timezone", position.revision, watched.changes())
            self._own_log.append(*entries, at=at.timestamp())
        return self._followers.news(position.revision - 1, at)

    def greet(self, at: datetime) -> list[Outgoing]:
        """Return what a broker must hold, and the newest change once more: those who have it acknowledge again.

        Trust that we know to be replaced takes no newer trust's place.
        """
        trust = [] if self._roll.lost_trust else [Outgoing(Address(Channel.TRUST), self._trust.note)]
        news = self._followers.news(position_of(self._connection).revision - 1, at)
        return [*trust, *news, *self.watch.standing()]

    @property
    def is_told(self) -> bool:
        """Whether everybody whom trust names has said how far they are, or need not."""
        return self._recovery.is_told

    def lacks_trust(self, version: int) -> None:
        """Note that the root has signed newer trust than ours, until it is taken."""
        say("trust_behind", Level.ALARM, version=version, own=self._trust.trust.version)
        self._roll.lost_trust = version

    def take_trust(self, trust: SignedTrust, at: datetime) -> list[Outgoing]:
        """Go on under newer trust; what is not newer is refused with ``old-trust``."""
        if rank(trust.trust) <= rank(self._trust.trust):
            self.count(Refused("old-trust", "the hub holds this version of trust, or a newer one"))
            return []
        self.chronicle.take_trust(trust, at)
        self._trust = trust
        self._roll.take_trust(trust.trust)
        told = [Outgoing(Address(Channel.TRUST), trust.note)]
        if self._recovery.take_epoch(trust.trust.epoch):
            told += self._followers.news(position_of(self._connection).revision, at)
        return [*told, *self._settled(at)]

    def handle(self, address: Address, payload: bytes, at: datetime, *, retained: bool = False) -> list[Outgoing]:
        """Take what came from a topic; whatever its effect is, it is durable when this returns."""
        return self._guarded(
            address, lambda: self._handler_for(address, payload, retained)(address.name, payload, at)
        )

    def _guarded(self, address: Address, act: Callable[[], list[Outgoing]]) -> list[Outgoing]:
        try:
            return act()
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
        """Tell those who wait, fetch back what was lost, and write down what was learned; some times a second."""
        try:
            told = [*self._recovery.tick(at), *self._acting.tick(at), *self._settled(at), *self._progress()]
            told += [*self._admit_kept(at), *self.watch.turn(at), *self._followers.tick(at)]
            is_barred = self._bars_additions() is not None or self._roll.trust_bars_additions(at)
            told += self._own_pins.tick(at, is_barred=is_barred)
            self._erasing.tick(at)
            self._retention.tick(at)
            if self._followers.has_memories:
                with transaction(self._connection):
                    self._followers.store()
        except sqlite3.Error as error:
            self.count(Refused("storage-failed", str(error)))
            return []
        return told

    def tidy(self, at: datetime) -> None:
        """Forget old commands and move commits into the database file; when there is time, about once a minute.

        Nothing is forgotten by its age while the clock is in doubt.
        """
        try:
            with transaction(self._connection):
                self._followers.tidy()
                if not self._retention.doubts_clock(int(at.timestamp())):
                    self._desk.tidy(at)
                    self.watch.tidy(at)
            checkpoint(self._connection)
        except sqlite3.Error as error:
            self.count(Refused("storage-failed", str(error)))

    def _followers_by(self, ring: CardRing) -> Followers:
        return Followers(
            self._connection,
            self._identity,
            roll=self._roll,
            ring=ring,
            recovery=self._recovery,
            trust=lambda: self._trust,
            refusals=self.refusals,
            shelf=self._means.shelf,
            clock_ms=self._means.clock.mono_ms,
        )

    def _log_desk(self) -> LogDesk:
        return LogDesk(
            self._connection,
            self._identity,
            own=self._own_log,
            roll=self._roll,
            refusals=self.refusals,
            uploads=Uploads(self._means.disk),
        )

    def _desk_by(self, ring: CardRing) -> Desk:
        disk = self._means.disk
        return Desk(
            self._connection,
            self._identity,
            ring=ring,
            roll=self._roll,
            refusals=self.refusals,
            additions_barred=self._bars_additions,
            disk=disk,
            keeps_reductions=lambda: self._recovery.keeps_reductions,
            limits=self._means.limits,
            own=self._own_log,
        )

    def _bars_additions(self) -> Refused | None:
        return self._recovery.additions_barred() or self._means.disk.additions_barred()

    def _watch(self) -> Watch:
        return Watch(
            self._connection,
            self._identity,
            own=self._own_log,
            roll=self._roll,
            refusals=self.refusals,
            disk=self._means.disk,
        )

    def _erasing_by(self, ring: CardRing) -> Erasing:
        return Erasing(
            self._connection,
            self._own_log,
            site=self._trust.trust.site,
            ring=ring,
            shelf=self._means.shelf,
            disk=self._means.disk,
        )

    def _handlers_by_channel(self) -> Mapping[Channel, Handler]:
        return {
            Channel.COMMAND: self._on_command,
            Channel.ASK: self._followers.on_ask,
            Channel.ACK: self._on_ack,
            Channel.LOG: self._on_log,
            Channel.STATE: self._on_link_state,
            Channel.CARRIED: self._acting.on_carried,
            Channel.HEAD: self._on_head,
            Channel.NOTES: self._on_notes,
        }

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
        return self._tell(lambda: self._desk.obey(payload, topic_admin=admin, at=at), at)

    def _tell(self, obey: Callable[[], Answered], at: datetime) -> list[Outgoing]:
        """Return what everybody is told of a command, once it has been obeyed."""
        before = position_of(self._connection).revision
        answered = obey()
        response = Outgoing(Address(Channel.RESPONSE, answered.admin), answered.payload)
        if answered.orders:
            return [*self._acting.order(answered, at), response]
        if position_of(self._connection).revision == before:
            urgent = self._acting.deny_meanwhile(answered, self._recovery.newest_known + 1, at)
            return [*urgent, response, *self._begin_to_wait(answered, at)]
        urgent = self._acting.deny_first(answered, changes_after(self._connection, before), at)
        return [*urgent, response, *self._followers.news(before, at), *self._begin_to_wait(answered, at)]

    def _begin_to_wait(self, answered: Answered, at: datetime) -> list[Outgoing]:
        if answered.revision is None:
            return []
        self._settlement.wait(Waiting(answered.admin, answered.command, answered.revision), at)
        return self._settled(at)

    def _on_ack(self, controller: str, payload: bytes, at: datetime) -> list[Outgoing]:
        return [*self._followers.on_ack(controller, payload, at), *self._settled(at)]

    def _on_log(self, controller: str, payload: bytes, at: datetime) -> list[Outgoing]:
        told = self._logs.take(controller, payload, at)
        if told.is_news:
            self._roll.heard(controller, int(at.timestamp()))
        return [Outgoing(Address(Channel.LOG_ACK, controller), signed(self._identity, told.ack))]

    def _on_link_state(self, controller: str, payload: bytes, _: datetime) -> list[Outgoing]:
        self._roll.link_said(controller, payload)
        return []

    def _on_head(self, _: str, payload: bytes, at: datetime) -> list[Outgoing]:
        self._recovery.take_head(payload, at)
        return self._recovery.tick(at)

    def _on_notes(self, _: str, payload: bytes, at: datetime) -> list[Outgoing]:
        self._recovery.take_notes(payload, at)
        return self._admit_kept(at)

    def _admit_kept(self, at: datetime) -> list[Outgoing]:
        """Go on as ever once we are no longer behind: carry out what was kept, and say where we are."""
        has_caught_up = self._recovery.take_caught_up()
        told = [] if self._recovery.keeps_reductions else self._carry_out_kept(at)
        if not has_caught_up:
            return told
        if self._timezone is not None:
            told += self.set_timezone(self._timezone, at)
        return [*told, *self.greet(at)]

    def _carry_out_kept(self, at: datetime) -> list[Outgoing]:
        """Carry out what was kept; what the disk does not let us is tried again."""
        told: list[Outgoing] = []
        for kept in self._kept.all():
            told += self._guarded(Address(Channel.COMMAND, kept.admin), partial(self._carry_out, kept, at))
        return told

    def _carry_out(self, kept: Kept, at: datetime) -> list[Outgoing]:
        return self._tell(lambda: self._desk.obey_kept(kept, at), at)

    def _settled(self, at: datetime) -> list[Outgoing]:
        return [self._told(step) for step in self._settlement.settle(self._lacking, at)]

    def _progress(self) -> list[Outgoing]:
        return [self._told(step) for step in self._settlement.progress(self._lacking)]

    def _lacking(self, revision: int) -> Iterator[str]:
        return self._roll.lacking(revision, epoch=max(1, position_of(self._connection).epoch))

    def _told(self, step: Step) -> Outgoing:
        response = response_to(step, self._connection, self._roll, alarm=self._acting.alarm_about(step))
        return Outgoing(Address(Channel.RESPONSE, step.waiting.admin), signed(self._identity, response))

"""What follows from whatever has happened: for the door, for our questions, for what is owed to the hub."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from doorctl.errors import PolicyUnavailable
from doorctl.journal import Level, say
from doorctl.keeper.acking import Acking
from doorctl.keeper.asking import Asking
from doorctl.keeper.following import Following
from doorctl.keeper.freshness import Freshness
from doorctl.keeper.orders_desk import TellsDoor, TellsTime
from doorctl.keeper.policy_terms import NO_TERMS, Terms, terms_of
from doorctl.keeper.possessions import Possessions
from doorctl.keeper.renewal import Renewal
from doorctl.policy.apply import Position
from doorctl.wire.bell import Forked, Look


@dataclass(frozen=True, slots=True)
class Parts:
    """What a keeper has in memory of its conversation with hub and door."""

    following: Following
    asking: Asking
    freshness: Freshness
    acking: Acking
    renewal: Renewal


class Review:
    """Draws the consequences; ``terms`` are those of the policy that is held."""

    def __init__(self, has: Possessions, parts: Parts, *, site: str, door: TellsDoor, clock: TellsTime) -> None:
        """Look at what is held for the first time; the hub is owed no word of it."""
        self.terms = NO_TERMS
        self._has = has
        self._parts = parts
        self._site = site
        self._door = door
        self._clock = clock
        self._looked_at: tuple[Position, bool] | None = None
        self._told_of: tuple[int, int] | None = None
        self.draw(0)

    def draw(self, now: float) -> None:
        """Draw the consequences of whatever has happened since the last time."""
        parts, own = self._parts, self._has.store.position
        if (own, parts.following.is_forked) != self._looked_at:
            self._take_news(own, now)
        if parts.freshness.review(own, all_applied=not self.terms.withheld):
            self._tell_confirmed(now)
            parts.acking.owe(now)
        self._let_doors_answer(own)
        parts.renewal.old_is_done(parts.acking.in_force(own))
        if parts.following.is_missing or self._has.ring.is_wanted or self.terms.is_outgrown:
            parts.asking.missing(now)
        else:
            parts.asking.complete(now)

    def tell_new_door(self, now: float) -> None:
        """A door process is there: tell it what another may have been told."""
        if self._parts.following.is_forked:
            self._door.send(Forked())
        else:
            self._tell_confirmed(now)

    def _take_news(self, own: Position, now: float) -> None:
        """Another policy is committed, or a fork was found: the door first."""
        before, parts = self._looked_at, self._parts
        self._looked_at = (own, parts.following.is_forked)
        self._door.send(Look())
        if parts.following.is_forked:
            parts.freshness.forget()
            self._door.send(Forked())
        self.terms = self._read_terms()
        self._has.ring.need(self.terms.ring_keys)
        parts.asking.keep_fresh(self.terms.max_age_seconds, now)
        if before is None:
            return
        parts.acking.owe(now)
        if own.epoch != before[0].epoch > 0 or own.revision < before[0].revision:
            parts.freshness.forget()

    def _read_terms(self) -> Terms:
        store = self._has.store
        try:
            return store.read(partial(terms_of, site=self._site, level=store.level))
        except PolicyUnavailable as error:
            say("policy_unavailable", Level.ALARM, why=error)
            return self.terms

    def _let_doors_answer(self, own: Position) -> None:
        """Let a policy that was begun from nothing count, once the hub has confirmed it and we never had more."""
        store = self._has.store
        if not store.awaits_confirmation or not self._parts.freshness.is_confirmed:
            return
        if (kept := self._has.kept.beyond(own)) is not None:
            self._tell_of_lost_changes(kept, own)
            return
        with suppress(PolicyUnavailable):  # the disk may do in the next turn
            store.confirm()
            self._door.send(Look())

    def _tell_of_lost_changes(self, kept: tuple[int, int], own: Position) -> None:
        """Say, once, that the hub holds for the newest what is not: our doors deny until it has its changes back."""
        if kept != self._told_of:
            self._told_of = kept
            epoch, revision = kept
            say("policy_before_ours", Level.ALARM, had_epoch=epoch, had=revision, confirmed=own.revision)

    def _tell_confirmed(self, now: float) -> None:
        if (confirmed := self._parts.freshness.confirmed(now)) is not None:
            self._door.send(confirmed)
            self._clock.confirm(confirmed.hub_time)

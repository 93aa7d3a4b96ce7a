"""What is known about one controller, and how it is kept across restarts of the hub."""

import sqlite3
from collections.abc import Mapping

import msgspec

from doorctl.journal import Level, say
from doorctl.wire.link_state import LinkState, LinkWord
from doorctl.wire.loop_state import LoopState
from doorctl.wire.messages import Ack


class Presence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known about a controller; times in seconds since 1970.

    ``revision`` is committed; by ``in_force`` its door process answers, None while there is none. ``reached`` is the
    highest revision that was in force at some time: it goes back with the policy alone. ``had_door``: a door process
    was there once. ``asked_at`` is when it last asked a question that the hub answered: what its doors reckon
    freshness from is never later. ``confirmed_at`` is from when, by its newest word, they do reckon it; None when
    its policy was not confirmed since it started. ``key`` is its ack key: of another controller with its name nothing
    is known. ``ask_counter`` and ``ack_counter`` number the newest question and acknowledgement. ``unsigned`` is what
    its link says. ``hub_forked``: it knows another history of the hub's own log. ``loop``: how late its door's was.
    """

    epoch: int = 0
    revision: int | None = None
    in_force: int | None = None
    reached: int | None = None
    digest_agrees: bool | None = None
    doors: tuple[str, ...] = ()
    strict_zones: dict[str, str] = {}
    had_door: bool = False
    level: int = 1
    withheld: int = 0
    clock: str = ""
    trust: int = 0
    forked: bool = False
    hub_forked: bool = False
    heard_at: int | None = None
    asked_at: int | None = None
    confirmed_at: int | None = None
    key: str = ""
    ask_counter: int = 0
    ack_counter: int = 0
    unsigned: LinkState = LinkState()
    loop: LoopState | None = None

    @property
    def is_online(self) -> bool:
        """Whether its link says so."""
        return self.unsigned.link is LinkWord.ONLINE

    @property
    def awaits_first_door(self) -> bool:
        """Whether nobody has ever heard of a door process there: then no strike can stand as it should not."""
        return not self.had_door and not self.doors

    def is_at(self, *, epoch: int, revision: int) -> bool:
        """Tell whether its doors have answered by this revision, or by a later one."""
        return self.epoch == epoch and (self.reached or 0) >= revision

    def is_done_with(self, *, epoch: int, revision: int) -> bool:
        """Tell whether there is nothing to wait for: its doors have answered, or it has it and no door yet."""
        has_it = self.epoch == epoch and (self.revision or 0) >= revision
        return self.is_at(epoch=epoch, revision=revision) or (self.awaits_first_door and has_it)

    def is_back(self, ack: Ack) -> bool:
        """Tell whether a controller is not as far any more as it was; only one that counts its words can tell."""
        return ack.counter > 0 and (ack.epoch, ack.revision) < (self.epoch, self.revision or 0)

    def back_at(self, ack: Ack, at: int) -> "Presence":
        """Return what is known of a controller that went back: what it had, it has no longer."""
        return msgspec.structs.replace(
            self,
            epoch=ack.epoch,
            revision=ack.revision,
            in_force=ack.in_force,
            reached=min(ack.in_force or 0, ack.revision),
            digest_agrees=None,
            heard_at=at,
            confirmed_at=_confirmed_at(ack, at),
        )

    def after(self, ack: Ack, *, agrees: bool | None, at: int) -> "Presence":
        """Return what is known after an acknowledgement; one that is late or repeated takes nothing back."""
        place, known = (ack.epoch, ack.revision), (self.epoch, self.revision or 0)
        if place < known:
            return self
        before = (self.reached if self.epoch == ack.epoch else None) or 0
        reached = min(ack.in_force or 0, ack.revision)
        is_news = place > known or self.revision is None or reached > before
        return msgspec.structs.replace(
            self,
            epoch=ack.epoch,
            revision=ack.revision,
            in_force=ack.in_force,
            reached=max(reached, before),
            digest_agrees=agrees,
            doors=ack.doors or self.doors,
            strict_zones=ack.strict_zones if ack.in_force else self.strict_zones,
            had_door=self.had_door or ack.in_force is not None,
            level=ack.level,
            withheld=ack.withheld,
            clock=ack.clock,
            loop=ack.loop,
            trust=ack.trust,
            forked=ack.forked,
            heard_at=at if is_news or ack.counter else self.heard_at,
            confirmed_at=_confirmed_at(ack, at),
        )


def _confirmed_at(ack: Ack, at: int) -> int | None:
    return None if ack.fresh_seconds is None else at - ack.fresh_seconds


NOBODY = Presence()
_encode = msgspec.json.Encoder().encode


def load_presences(connection: sqlite3.Connection) -> dict[str, Presence]:
    """Read what was known when the hub last wrote it down; what cannot be read is not known."""
    found = {}
    for controller, stored in connection.execute("SELECT controller, presence FROM presences"):
        try:
            found[controller] = msgspec.json.decode(stored, type=Presence)
        except msgspec.DecodeError:
            say("presence_unreadable", Level.WARNING, controller=controller)
    return found


def store_presences(connection: sqlite3.Connection, presences: Mapping[str, Presence]) -> None:
    """Write down what is known; the caller owns the transaction."""
    connection.executemany(
        "INSERT INTO presences (controller, presence) VALUES (?, ?) "
        "ON CONFLICT (controller) DO UPDATE SET presence = excluded.presence",
        [(controller, _encode(presence)) for controller, presence in presences.items()],
    )

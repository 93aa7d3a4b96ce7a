"""Somebody asks to pass: what they bring, what is known of it, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from doorctl.core.areas import Inside, Way
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.model import (
    CardLimits,
    CardUsed,
    Credential,
    Door,
    Grant,
    HeldCode,
    HeldPin,
    Holder,
    HolderTimes,
    RosterLine,
    Schedule,
    Zone,
    require_aware,
)
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.visitors import USUAL_ESCORTING, Escorting, Visitor


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody else who has just asked at this door, and only lacked company.

    `breaks_glass`: to break the glass; `leads`: and belongs to the zone's `persons_group`. They go this `way`.
    """

    holder: str
    breaks_glass: bool = False
    leads: bool = False
    way: Way = Way.IN


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Somebody asks to pass a door.

    `credentials` are the keys of the card, made with one key of the ring, with two, and so on; none when none could
    be made. `strict_zone` is the zone that a strict door must lead into, `companions` are those who wait here for
    company, `escorts` the holders who were let in here so short ago that they may bring visitors, the last one first.

    `pins` are the keys of the PIN that was entered after the card, made for its holder in the same way; None before
    one is. `pin_alone`: no card was read, and `pins` are the keys by which a PIN alone names its holder.

    `way` is that of the reader; at one that leads out, `egress_is_wired` tells that people get out without us.
    `reader_class` is that of the reader, `card_class` what the reader says of the card; None is unknown.
    `own_pin`: it is to set a PIN, and not to pass.
    """

    door: str
    credentials: tuple[bytes, ...]
    at: datetime
    strict_zone: str | None = None
    companions: tuple[Companion, ...] = ()
    pins: tuple[bytes, ...] | None = None
    pin_alone: bool = False
    way: Way = Way.IN
    egress_is_wired: bool = False
    escorts: tuple[str, ...] = ()
    reader_class: ReaderClass | None = None
    card_class: CardClass | None = None
    own_pin: bool = False

    def __post_init__(self) -> None:
        """Refuse a naive time; turn any other to UTC.

        Two times of one time zone Python compares by what its wall clock shows, as if no hour came twice.
        """
        require_aware(self.at)
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    def credential(self, ring_keys: int) -> bytes | None:
        """The key of the card that is made with so many keys of the ring, None when there are not so many."""
        return made_with(ring_keys, self.credentials)

    def pin(self, ring_keys: int) -> bytes | None:
        """The key of the PIN that is made with so many keys of the ring, None when there are not so many."""
        return made_with(ring_keys, self.pins or ())


NEVER_USED = CardUsed()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one request; None is unknown, and unknown denies.

    From the policy: `grants` are those of the holder, own or by a group, in the order in which they are tried;
    `ring_keys` tells which key of the card the policy knows it by; `roster` holds the lines for this holder and card,
    None without a valid roster; `may_break_glass` that the holder is of the zone's break-glass group, `leads` of its
    `persons_group`, `may_toggle` of the door's `office_group`; `needs_upgrade` that the zone has rules we cannot
    read; `pin` is the holder's, `pin_code` what sets one, `limits` are those of the card, `times` what the holder
    needs, and `trained` when they last took which course. A request by a PIN alone has no credential, and the
    holder whose PIN it is. `visitor` is what is known of a holder who is one, `escorting` what the zone asks of
    who brings them. `card_class` is what the policy says of the card, `clearance` how far the holder is cleared;
    both are looked up where the zone asks for them.

    From the door: the age of the policy, whether its history has forked, how far the wall clock can be believed and
    how long ago the boot was, whether an order denies the holder or the card, and whether too many wrong PINs were
    entered of late with this card (`credential_blocked`) or at this reader (`reader_blocked`); `interlocked` that a
    door with which this one is interlocked is unlocked or open; how often a card with limits was `used`; `inside` is
    who is inside.
    """

    door: Door | None
    zone: Zone | None
    credential: Credential | None
    holder: Holder | None
    grants: tuple[Grant, ...]
    schedules: Mapping[str, Schedule]
    holidays: frozenset[date]
    timezone: tzinfo
    policy_known: bool = True
    ring_keys: int = 1
    roster: tuple[RosterLine, ...] | None = None
    may_break_glass: bool = False
    leads: bool = False
    may_toggle: bool = False
    locked_down: bool = False
    needs_upgrade: bool = False
    policy_age_seconds: float | None = None
    policy_forked: bool = False
    clock_trusted: bool = False
    boot_seconds: float | None = None
    denied_by_order: bool = False
    disk_almost_full: bool = False
    pin: HeldPin | None = None
    pin_code: HeldCode | None = None
    credential_blocked: bool = False
    reader_blocked: bool = False
    interlocked: bool = False
    limits: CardLimits | None = None
    used: CardUsed = NEVER_USED
    times: HolderTimes | None = None
    trained: Mapping[str, date] = field(default_factory=dict)
    inside: Inside | None = None
    visitor: Visitor | None = None
    escorting: Escorting = USUAL_ESCORTING
    card_class: CardClass = CardClass.UNKNOWN
    clearance: int = 0

    @property
    def whose(self) -> str | None:
        """The holder whom the card names, known or not, or whose PIN it is; None when nobody can be told."""
        if self.credential is not None:
            return self.credential.holder
        return None if self.holder is None else self.holder.id


NO_POLICY = Facts(
    door=None,
    zone=None,
    credential=None,
    holder=None,
    grants=(),
    schedules={},
    holidays=frozenset(),
    timezone=UTC,
    policy_known=False,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request: the reason, and all reasons that deny; behind them whether it was under duress."""

    outcome: Outcome
    reason: Reason
    reasons: tuple[Reason, ...] = ()

    @property
    def is_granted(self) -> bool:
        """Whether the request may pass."""
        return self.outcome is Outcome.GRANTED


def made_with(ring_keys: int, keys: tuple[bytes, ...]) -> bytes | None:
    """Pick what is made with so many keys of the ring."""
    return keys[ring_keys - 1] if 1 <= ring_keys <= len(keys) else None

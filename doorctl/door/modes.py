"""The mode of one door at work: what unlocks it by the clock, by command or by a holder, and what ends that.

1. A change of mode is recorded, with what must outlast a restart; only when that is on disk does the strike follow.
   What secures the strike goes before its record. A record that fails is tried again each second.
2. Nothing is left unlocked before the policy has told of the door, nor while that is unreadable or another door of an
   airlock is open.
3. What a holder has begun ends with the window, with their own validity, with a mode that is another, with an order
   that denies them, or when another policy no longer lets them in there. After a restart the policy is asked first.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from doorctl.audit.state import ModeKept
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.lasting import admitted_until, earliest
from doorctl.core.machines.door_events import DoorEvent, Record, UnlockedByMode, UnlockEnded
from doorctl.core.model import Holder
from doorctl.core.modes import BY_CARD, Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.clock_rules import clock_counts
from doorctl.core.rules.company import AWAITING
from doorctl.core.rules.door_mode import CLOCK, USUAL, ModeNow, mode_at, window_ends_at
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.core.visitors import Visitor
from doorctl.door.asking.asked import Asked, decided
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import DoorPlace, PolicyPosition

LOOK_SECONDS = 1.0
OFFICE_SECONDS = 5.0
"""Whoever is let in twice within this time unlocks an office, or locks it again."""
_WINDOW_DAYS = 8
_MOST_RING_KEYS = 64
_STILL_MAY = AWAITING | {
    *(Reason.PIN_AWAITED, Reason.INTERLOCKED, Reason.OUTSIDE_SCHEDULE, Reason.DURESS),
    *(Reason.PASSBACK, Reason.ZONE_FULL, Reason.ESCORT_AWAITED, Reason.STALE_POLICY, Reason.CLOCK_UNTRUSTED),
}
"""What does not end what a holder has begun: a PIN or company to be brought again, their own hours, who is inside.

Nor what only holds it up: the hub's word, or the time, may come in a moment, as after a restart.
"""
_WHO_IS_INSIDE = frozenset({Reason.PASSBACK, Reason.ZONE_FULL, Reason.MINIMUM_AWAITED})
"""What keeps nobody from locking again: who has left by an unlocked door still counts as inside."""
_NOT_READ_AGAIN = frozenset({Reason.READER_CLASS, Reason.CARD_CLASS})
"""After a restart nobody knows any more at which reader it was begun, nor what that said of the card."""
_HELD_UP = frozenset({CLOCK, Reason.STALE_POLICY.value})


class ModedDoor(Protocol):
    """The door whose mode it is."""

    door: str
    place: DoorPlace | None

    @property
    def zone(self) -> str:
        """The zone that the policy leads the door into."""

    @property
    def is_interlocked(self) -> bool:
        """Whether the door stays locked because another is unlocked or open."""

    @property
    def is_left_unlocked(self) -> bool:
        """Whether its mode leaves it unlocked now."""

    def step(self, event: DoorEvent) -> None:
        """Tell the core of it, and do what it answers."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A holder has unlocked the door: in which mode, who, how they ask, until when (Unix seconds), which record.

    `visitor` names the sponsor of a guest; after a restart only the policy knows.
    """

    now: ModeNow
    holder: str
    request: AccessRequest
    credential: str
    ring_keys: int
    until: int | None
    of: int | None = None
    visitor: Visitor | None = None


class DoorMode:
    """Keeps one door in its mode; used from the loop's thread alone."""

    def __init__(self, at: ModedDoor, *, around: Surroundings, strict_zone: str | None) -> None:
        """Go on from what is remembered; the strike stays secured until the policy has told of the door."""
        self._at = at
        self._around = around
        self._bare = AccessRequest(at.door, (), around.clock(), strict_zone)
        self._first = ModeKept(at.door, Mode.CARD.value, USUAL)
        self._kept, record = around.kept_modes.get(at.door, (self._first, 0))
        self._of = record or None
        self._begun = _begun_in(self._kept, self._bare)
        self._is_confirmed = self._begun is None
        self._is_told = self._is_recording = self._is_settled = False
        self._next_look = 0.0
        self._swiped: tuple[str, float] | None = None

    def tick(self, now: float) -> None:
        """Look about once a second what the mode is; follow other doors at once."""
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self.look()
        elif self._kept.unlocked:
            self._follow()

    def take_policy(self) -> None:
        """Learn that the place of the door is told anew: whoever has unlocked it may not open it any more."""
        self._is_told = True
        self.judge_anew()

    def judge_anew(self) -> None:
        """Ask whether whoever has unlocked the door may open it still: a policy, or an order, may deny them."""
        if self._is_told and self._begun is not None:
            request = replace(self._begun.request, at=self._around.clock())
            self._around.ask(request, partial(self._judge, self._begun, request))
        self.look()

    def let_in(self, asked: Asked, record: int) -> None:
        """Note who was let in: the first of a window, or a member of the office group for the second time.

        Who breaks the glass lets nobody else in by that.
        """
        now, facts = self._now(), asked.facts
        if not self._is_told or facts.holder is None or asked.position != self._around.position():
            return
        if breaks_glass(facts):
            return
        if now.mode is Mode.FIRST_PERSON_IN and self._begun is None:
            self._begin(now, asked, record)
        elif now.mode is Mode.OFFICE and facts.may_toggle and self._is_second(facts.holder.id, asked.presented.at):
            if self._begun is None:
                self._begin(now, asked, record)
            else:
                self._begun = None
        self.look()

    def may_lock(self, asked: Asked) -> bool:
        """Tell whether a keeper of an office that is left unlocked is denied only for who is inside."""
        denied = {*asked.decision.reasons} - {Reason.DURESS}
        is_unlocked = self._begun is not None and self._now().mode is Mode.OFFICE
        return is_unlocked and asked.facts.may_toggle and bool(denied) and _WHO_IS_INSIDE.issuperset(denied)

    def deny(self, asked: Asked) -> None:
        """Note who was denied: a keeper who comes twice locks the office all the same."""
        holder = asked.facts.holder
        if holder is None or not self.may_lock(asked) or asked.position != self._around.position():
            return
        if self._is_second(holder.id, asked.presented.at):
            self._begun = None
        self.look()

    def look(self) -> None:
        """Find the mode as it is now: secure what is over at once, and have recorded what is new."""
        if not self._is_told or self._has_none():
            return
        now = self._now()
        if self._begun is not None and now.by not in _HELD_UP and not self._stands(self._begun, now):
            self._begun = None
        wanted = self._wanted(now)
        self._is_settled = wanted == self._kept
        self._follow()
        if not (self._is_settled or self._is_recording):
            self._record(wanted)

    def _has_none(self) -> bool:
        """Tell whether nobody has said anything of this door, now or before."""
        facts = None if self._at.place is None else self._at.place.facts
        door = None if facts is None else facts.door
        return self._begun is None and self._kept == self._first and (door is None or door.modes is BY_CARD)

    def _now(self) -> ModeNow:
        if self._at.place is None:
            return ModeNow(Mode.CARD, Reason.NO_POLICY)
        return mode_at(self._request(), self._facts(self._at.place))

    def _request(self) -> AccessRequest:
        return replace(self._bare, at=self._around.clock())

    def _facts(self, place: DoorPlace) -> Facts:
        return self._around.deny_list.add_to(self._around.standing(place.facts), self._bare)

    def _wanted(self, now: ModeNow) -> ModeKept:
        begun = self._begun
        if begun is None or now != begun.now or not self._knows_end_of(begun):
            return ModeKept(self._at.door, now.mode.value, str(now.by), unlocked=now.mode is Mode.UNLOCKED)
        return ModeKept(
            self._at.door,
            now.mode.value,
            str(now.by),
            unlocked=True,
            until=begun.until,
            holder=begun.holder,
            credential=begun.credential,
            ring_keys=begun.ring_keys,
        )

    def _knows_end_of(self, begun: _Begun) -> bool:
        """Tell whether the clock counts, where what a holder has begun has an end."""
        place = self._at.place
        return begun.until is None or (place is not None and clock_counts(self._bare, self._facts(place)))

    def _follow(self) -> None:
        """Let the strike do what the recorded mode says, while that is the mode and no other door is open."""
        is_unlocked = self._is_settled and self._kept.unlocked and self._is_confirmed
        is_held_up = is_unlocked and self._at.is_interlocked
        if is_unlocked and not is_held_up and not self._at.is_left_unlocked:
            self._at.step(UnlockedByMode(self._around.monotonic(), self._of))
        elif self._at.is_left_unlocked and (is_held_up or not is_unlocked):
            reason = Reason.INTERLOCKED if is_held_up else Reason.MODE
            self._at.step(UnlockEnded(self._around.monotonic(), reason))

    def _record(self, wanted: ModeKept) -> None:
        self._is_recording = True
        detail = f"{wanted.mode}{' unlocked' if wanted.unlocked else ''} by={wanted.by}"
        of = self._begun.of if self._begun is not None else None
        draft = self._around.statements.of_door(
            Record(RecordKind.MODE, Reason.MODE, of, detail),
            door=self._at.door,
            zone=self._at.zone,
            remembered=(wanted,),
        )
        self._around.submit([draft], partial(self._conclude, wanted))

    def _conclude(self, wanted: ModeKept, verdict: Verdict) -> None:
        self._is_recording = False
        if isinstance(verdict, Committed):
            self._kept, self._of = wanted, verdict.numbers[0]
            self.look()

    def _begin(self, now: ModeNow, asked: Asked, record: int) -> None:
        """Let the holder unlock the door until the window or their validity ends."""
        request, facts = asked.presented.request, asked.facts
        window = window_ends_at(now, request, facts, within_days=_WINDOW_DAYS)
        until = earliest((window, admitted_until(request, facts, lambda *_: None)))
        self._is_confirmed = True
        self._begun = _Begun(
            now,
            holder=facts.whose or "",
            request=replace(request, companions=(), pins=request.pins if request.pin_alone else None),
            credential="" if facts.credential is None else facts.credential.key.hex(),
            ring_keys=facts.ring_keys,
            until=None if until is None else int(until.timestamp()),
            of=record,
            visitor=facts.visitor,
        )

    def _is_second(self, holder: str, at: float) -> bool:
        """Tell whether the same holder was let in so shortly before; a third time is a first again."""
        before, self._swiped = self._swiped, (holder, at)
        if before is None or before[0] != holder or at - before[1] > OFFICE_SECONDS:
            return False
        self._swiped = None
        return True

    def _stands(self, begun: _Begun, now: ModeNow) -> bool:
        if self._at.place is None or now != begun.now:
            return False
        facts = replace(self._facts(self._at.place), holder=Holder(begun.holder), visitor=begun.visitor)
        if self._around.deny_list.denies(begun.request, facts):
            return False
        return begun.until is None or self._around.clock().timestamp() < begun.until

    def _judge(self, begun: _Begun, request: AccessRequest, facts: Facts, _: PolicyPosition | None) -> None:
        """End what a holder has begun who may not open the door any more."""
        if begun is not self._begun:
            return
        decision = decided(request, self._around.deny_list.add_to(facts, request))
        borne = _STILL_MAY if request.reader_class is not None else _STILL_MAY | _NOT_READ_AGAIN
        may = facts.whose == begun.holder and borne.issuperset(decision.reasons)
        self._is_confirmed = True
        if not may or (begun.now.mode is Mode.OFFICE and not facts.may_toggle):
            self._begun = None
        self.look()


def _begun_in(kept: ModeKept, bare: AccessRequest) -> _Begun | None:
    """Read what a holder has begun before the restart; without their card nobody can tell that they still may."""
    if not kept.holder or not 1 <= kept.ring_keys <= _MOST_RING_KEYS:
        return None
    try:
        mode, key = Mode(kept.mode), bytes.fromhex(kept.credential)
    except ValueError:
        return None
    keys = (*(b"",) * (kept.ring_keys - 1), key)
    return _Begun(
        ModeNow(mode, kept.by),
        holder=kept.holder,
        request=replace(bare, credentials=keys),
        credential=kept.credential,
        ring_keys=kept.ring_keys,
        until=kept.until,
    )

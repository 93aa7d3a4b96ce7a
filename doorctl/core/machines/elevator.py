"""The cabin of an elevator: one swipe enables the floors that it admits to, for a time; pure, as a door's life is.

* The answer about all floors is one record. When it is on disk they are enabled together, and one record says so.
* Each floor is disabled at its own deadline, which another swipe puts off, or when it is withdrawn.
* A floor that is chosen is recorded once for each swipe that enables it, as nobody knows which of them pressed the
  button, and ends what those swipes enabled but for this floor.
* Fire enables every floor until it is over, where the cabin's settings say so: to bring the cabin down is the
  business of the elevator's own controller (EN 81-73), and firefighters must reach every floor.
* One decision is pending at a time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf

from doorctl.core.machines.denial_shown import denial_shown
from doorctl.core.machines.door_events import FireEnded, FireStarted, Signal, SignalName, Tick
from doorctl.core.machines.door_state import Permit
from doorctl.core.machines.elevator_events import (
    ChoiceRecord,
    DisableFloors,
    ElevatorEffect,
    ElevatorEvent,
    EnableFloors,
    FloorChosen,
    FloorsDecided,
    FloorsNotRecorded,
    FloorsRecord,
    FloorsRecorded,
    FloorsWithdrawn,
)
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.holder_times import release_seconds


class OnFire(StrEnum):
    """What becomes of the floors while the fire alarm is on."""

    ENABLED = "enabled"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class CabinSettings:
    """How one cabin behaves: its floors, by the doors that they are to the policy, and how long one enables them."""

    floors: tuple[str, ...]
    enable_seconds: float = 8.0
    on_fire: OnFire = OnFire.ENABLED

    def __post_init__(self) -> None:
        """Refuse a time in which nobody could choose, or after which nothing would end."""
        if not 0 < self.enable_seconds < inf:
            raise ValueError("enable_seconds must be more than 0 and finite")


@dataclass(frozen=True, slots=True)
class Enabled:
    """Why a floor is enabled, by which decision, until when (monotonic seconds), and whether it was chosen.

    `before` are the decisions that enabled it earlier, whose time still runs and by which nobody has chosen it yet.
    """

    reason: Reason
    of: int | None
    until: float
    chosen: bool = False
    before: tuple[Permit, ...] = ()

    @property
    def decisions(self) -> tuple[int | None, ...]:
        """The decisions by which it is enabled, the last one first."""
        return (self.of, *(permit.of for permit in self.before))

    @property
    def ends(self) -> tuple[float, ...]:
        """When each of their times is over."""
        return (self.until, *(permit.until for permit in self.before))

    @property
    def run(self) -> tuple[Permit, ...]:
        """What still lets somebody choose it."""
        return self.before if self.chosen else (*self.before, Permit(self.reason, self.of, self.until))

    def without(self, floor: str, ended: Callable[[str, Permit], bool]) -> "Enabled":
        """Leave out the earlier decisions of which this is so, at this floor."""
        return replace(self, before=tuple(permit for permit in self.before if not ended(floor, permit)))


@dataclass(frozen=True, slots=True)
class CabinState:
    """One cabin: the floors that swipes have enabled, the decision that waits for its record, whether it burns."""

    settings: CabinSettings
    enabled: Mapping[str, Enabled] = field(default_factory=dict)
    pending: FloorsDecided | None = None
    fire: bool = False

    @property
    def all_enabled(self) -> bool:
        """Whether a fire enables every floor."""
        return self.fire and self.settings.on_fire is OnFire.ENABLED

    @property
    def next_deadline(self) -> float | None:
        """When the next `Tick` is due."""
        times = (until for floor in self.enabled.values() for until in floor.ends)
        return min(times, default=None)


Transition = tuple[CabinState, tuple[ElevatorEffect, ...]]
"""The next state, and the effects in the order in which they must happen."""


def step(state: CabinState, event: ElevatorEvent) -> Transition:
    """Give the cabin's next state and the effects of the event, in the order in which they must happen.

    Raises ValueError when a decision comes while another is pending, or a commit while none is.
    """
    return _STEPS[type(event)](state, event)


def _await_record(state: CabinState, event: FloorsDecided) -> Transition:
    """Ask for the decision's record; nothing moves before it is on disk."""
    if state.pending is not None:
        raise ValueError("a decision is pending: keep the next until its record is committed or failed")
    record = FloorsRecord(RecordKind.DECISION, event.granted, event.decision.reason)
    return replace(state, pending=event), (record,)


def _obey(state: CabinState, event: FloorsRecorded) -> Transition:
    """Enable what the recorded decision grants, but what no longer counts."""
    pending, settled = _settle(state)
    if not pending.decision.is_granted:
        return settled, (Signal(denial_shown(pending.decision.reason, pin_alone=pending.pin_alone)),)
    floors = tuple(floor for floor in pending.granted if floor not in event.withheld)
    withheld = _withheld_records(pending.granted, event)
    if floors:
        permit = Permit(pending.decision.reason, event.seq, event.now + _seconds(state, pending))
        enabled, effects = _enable(settled, floors, permit)
        once = _forget(enabled, lambda floor, before: floor in floors and before.of in event.instead_of)
        return once, (*effects, *withheld)
    shown = next(iter(event.withheld.values()))
    return settled, (*withheld, Signal(denial_shown(shown, pin_alone=pending.pin_alone)))


def _withheld_records(granted: Sequence[str], event: FloorsRecorded) -> tuple[FloorsRecord, ...]:
    """Give one record for each reason why floors that were granted are not enabled."""
    return tuple(
        FloorsRecord(
            RecordKind.NOT_RELEASED,
            tuple(floor for floor in granted if event.withheld.get(floor) is reason),
            reason,
            event.seq,
        )
        for reason in dict.fromkeys(event.withheld.values())
    )


def _bear_audit_failure(state: CabinState, event: FloorsNotRecorded) -> Transition:
    """Enable only what zones let into although no record can be written."""
    pending, settled = _settle(state)
    floors = tuple(floor for floor in pending.granted if floor in pending.unrecorded and floor not in event.withheld)
    if not floors:
        return settled, (Signal(SignalName.FAULT),)
    return _enable(settled, floors, Permit(Reason.AUDIT_FAILED, None, event.now + _seconds(state, pending)))


def _settle(state: CabinState) -> tuple[FloorsDecided, CabinState]:
    """Take the pending decision out of the state."""
    if state.pending is None:
        raise ValueError("no decision is pending: a commit or failure belongs to exactly one decision")
    return state.pending, replace(state, pending=None)


def _seconds(state: CabinState, decided: FloorsDecided) -> float:
    """Tell for how long floors are enabled: longer for whom the usual time is too short."""
    return release_seconds(state.settings.enable_seconds, decided.times)


def _enable(state: CabinState, floors: tuple[str, ...], permit: Permit) -> Transition:
    """Enable floors for their time; what is enabled already is prolonged, and never cut short."""
    longest = {floor: max(permit.until, state.enabled[floor].until) for floor in floors if floor in state.enabled}
    before = {floor: state.enabled[floor].run for floor in longest}
    fresh = {
        floor: Enabled(permit.reason, permit.of, longest.get(floor, permit.until), before=before.get(floor, ()))
        for floor in floors
    }
    record = FloorsRecord(RecordKind.RELEASED, floors, permit.reason, permit.of)
    effects = (EnableFloors(floors), Signal(SignalName.GRANTED), record)
    return replace(state, enabled={**state.enabled, **fresh}), effects


def _withdraw(state: CabinState, event: FloorsWithdrawn) -> Transition:
    """End what swipes have enabled: at these floors, all of it or what one decision did."""
    ended = {
        floor: enabled
        for floor, enabled in state.enabled.items()
        if floor in event.floors and event.of in (None, enabled.of)
    }
    left, effects = _disable(state, ended, reason=event.reason)
    return _forget(left, lambda floor, permit: floor in event.floors and permit.of == event.of), effects


def _run_out(state: CabinState, event: Tick) -> Transition:
    """Disable the floors whose time is over."""
    ended = {floor: enabled for floor, enabled in state.enabled.items() if enabled.until <= event.now}
    left, effects = _disable(state, ended)
    return _forget(left, lambda _, permit: permit.until <= event.now), effects


def _forget(state: CabinState, ended: Callable[[str, Permit], bool]) -> CabinState:
    """Forget of each floor the earlier decisions of which this is so."""
    return replace(state, enabled={floor: it.without(floor, ended) for floor, it in state.enabled.items()})


def _disable(state: CabinState, ended: Mapping[str, Enabled], *, reason: Reason | None = None) -> Transition:
    """Disable floors, then record it once for each decision that had enabled them."""
    if not ended:
        return state, ()
    by_decision: dict[tuple[Reason, int | None], list[str]] = {}
    for floor, enabled in ended.items():
        by_decision.setdefault((reason or enabled.reason, enabled.of), []).append(floor)
    records = (FloorsRecord(RecordKind.RELOCKED, tuple(floors), why, of) for (why, of), floors in by_decision.items())
    return _without(state, ended), (*_moves(state, ended), *records)


def _choose(state: CabinState, event: FloorChosen) -> Transition:
    """Record which of the enabled floors was chosen; the others of those swipes are of no use any more."""
    chosen = state.enabled.get(event.floor)
    if chosen is None or chosen.chosen:
        return state, ()
    others = [floor for floor, it in state.enabled.items() if it.of in chosen.decisions and floor != event.floor]
    left = _forget(_without(state, others), lambda _, permit: permit.of in chosen.decisions)
    marked = replace(left, enabled={**left.enabled, event.floor: replace(chosen, chosen=True, before=())})
    records = (ChoiceRecord(event.floor, permit.reason, permit.of) for permit in chosen.run)
    return marked, (*_moves(state, others), *records)


def _start_fire(state: CabinState, _: FireStarted) -> Transition:
    """Enable every floor, if that is what fire does here; another input that tells of it enables them once more."""
    burning = replace(state, fire=True)
    floors = state.settings.floors
    enable = (EnableFloors(floors),) if burning.all_enabled else ()
    if state.fire:
        return burning, enable
    released = (FloorsRecord(RecordKind.RELEASED, floors, Reason.FIRE),) if enable else ()
    return burning, (*enable, FloorsRecord(RecordKind.FIRE, reason=Reason.FIRE, detail="started"), *released)


def _end_fire(state: CabinState, _: FireEnded) -> Transition:
    """Disable every floor that no swipe has just enabled."""
    if not state.fire:
        return state, ()
    calm = replace(state, fire=False)
    ended = FloorsRecord(RecordKind.FIRE, reason=Reason.FIRE, detail="ended")
    if not state.all_enabled:
        return calm, (ended,)
    floors = tuple(floor for floor in state.settings.floors if floor not in state.enabled)
    return calm, (DisableFloors(floors), ended, FloorsRecord(RecordKind.RELOCKED, floors, Reason.FIRE))


def _without(state: CabinState, floors: Iterable[str]) -> CabinState:
    ended = frozenset(floors)
    return replace(state, enabled={floor: it for floor, it in state.enabled.items() if floor not in ended})


def _moves(state: CabinState, floors: Iterable[str]) -> tuple[DisableFloors, ...]:
    """Disable floors, but what a fire enables."""
    ended = tuple(floors)
    return (DisableFloors(ended),) if ended and not state.all_enabled else ()


_STEPS: Mapping[type[ElevatorEvent], Callable[..., Transition]] = {
    FloorsDecided: _await_record,
    FloorsRecorded: _obey,
    FloorsNotRecorded: _bear_audit_failure,
    FloorsWithdrawn: _withdraw,
    FloorChosen: _choose,
    FireStarted: _start_fire,
    FireEnded: _end_fire,
    Tick: _run_out,
}

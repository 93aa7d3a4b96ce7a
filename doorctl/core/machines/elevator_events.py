"""What the cabin of an elevator is told (events, `now` in monotonic seconds) and what it asks for (effects)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorctl.core.machines.door_events import FireEnded, FireStarted, Signal, Tick
from doorctl.core.model import HolderTimes
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision


@dataclass(frozen=True, slots=True)
class FloorsDecided:
    """A swipe was answered about all floors; its record is to be written before anything moves.

    `decision` is the answer that is told, `granted` are the floors it grants, `unrecorded` those of them whose zones
    let in although no record can be written. `times` are what those need whom it lets in.
    """

    decision: Decision
    granted: tuple[str, ...] = ()
    unrecorded: frozenset[str] = frozenset()
    pin_alone: bool = False
    times: HolderTimes | None = None

    def __post_init__(self) -> None:
        """Refuse a grant of no floor, and a denial of some."""
        if self.decision.is_granted is not bool(self.granted):
            raise ValueError("a decision is granted where it grants a floor, and nowhere else")


@dataclass(frozen=True, slots=True)
class FloorsRecorded:
    """The pending decision's record is on disk, as number `seq`; `withheld` tells which floors no longer count.

    `instead_of` are decisions about the same person, who rides once: it takes their place at the floors it enables.
    """

    seq: int
    now: float
    withheld: Mapping[str, Reason] = field(default_factory=dict)
    instead_of: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FloorsNotRecorded:
    """The record of the pending decision could not be written; `withheld` are floors that no longer count anyway."""

    now: float
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FloorsWithdrawn:
    """Nobody may be carried to these floors any more; `of` names the one decision that this is about, None all."""

    floors: frozenset[str]
    reason: Reason
    of: int | None = None


@dataclass(frozen=True, slots=True)
class FloorChosen:
    """The button of a floor was pressed in the cabin."""

    floor: str


ElevatorEvent = (
    FloorsDecided
    | FloorsRecorded
    | FloorsNotRecorded
    | FloorsWithdrawn
    | FloorChosen
    | FireStarted
    | FireEnded
    | Tick
)


@dataclass(frozen=True, slots=True)
class EnableFloors:
    """Let the buttons of these floors count."""

    floors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DisableFloors:
    """Let them count no longer."""

    floors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FloorsRecord:
    """Write a record about the cabin and these floors; `of` is the number of the decision it belongs to."""

    kind: RecordKind
    floors: tuple[str, ...] = ()
    reason: Reason | None = None
    of: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceRecord:
    """Write a record at this floor: it was chosen, by the decision `of`."""

    floor: str
    reason: Reason
    of: int | None


ElevatorEffect = EnableFloors | DisableFloors | FloorsRecord | ChoiceRecord | Signal

"""What a door's inputs mean: changes of pins and of supervised lines become the core's events, egress first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from doorctl.core.machines.door_events import FireEnded, FireStarted, RexPressed
from doorctl.core.machines.inputs import InputRole, InputState, event_of
from doorctl.door.doorway import Doorway
from doorctl.door.elevator import Elevator
from doorctl.door.inputs.input_reports import InputReports
from doorctl.door.inputs.restless import Restless
from firmware_bridge.reader_events import LinesChanged
from hardware.debounce import Debouncer

_REX_AGAIN = 0.8
"""REX that stays active is pressed again after this share of the release time, so that no release ends in it."""
_ORDER = tuple(InputRole)


@dataclass(frozen=True, slots=True)
class _Change:
    door: str
    role: InputRole
    state: InputState


class DoorInputs:
    """Samples and lines become events of the doors. Of one moment fire comes first, then REX, then contacts."""

    def __init__(
        self,
        debouncer: Debouncer,
        doorways: Mapping[str, Doorway],
        unlock_seconds: Mapping[str, float],
        *,
        reports: InputReports,
        elevators: Sequence[Elevator] = (),
        fault_is_fire: bool = False,
        was_burning: bool = False,
        overhear: Callable[[str, InputRole, InputState], None] = lambda _door, _role, _state: None,
    ) -> None:
        """Serve these doors, by id, and these elevators; ``overhear`` is told of each change.

        ``fault_is_fire`` is what the site wants of a fault of the fire line. ``was_burning``: the last process ended
        in a fire, so it burns until the fire input tells that it does not.
        """
        self._debouncer = debouncer
        self._doorways = doorways
        self._unlock_seconds = unlock_seconds
        self._reports = reports
        self._fault_is_fire = fault_is_fire
        self._was_burning = was_burning
        self._elevators = elevators
        self._elevator_of = {floor: elevator for elevator in elevators for floor in elevator.floors}
        self._overhear = overhear
        self._rex_pressed: dict[str, float] = {}
        self._restless = Restless()

    def take(self, sample: Mapping[str, bool], now: float) -> None:
        """Take one sample of every input on a pin, at ``now`` in monotonic seconds."""
        if self._was_burning:
            self._was_burning = False
            self._tell_doors(_Change("", InputRole.FIRE, InputState.ALARM), now)
        changed = self._debouncer.update(sample, now)
        states = ((each.name, InputState.ALARM if each.active else InputState.NORMAL) for each in changed)
        self._tell(states, now)
        self._tell(self._restless.calmed(now), now)
        self._press_again(now)
        self._reports.tick(now)

    def take_lines(self, event: LinesChanged) -> None:
        """Take what supervised lines tell."""
        self._tell(((each.name, InputState(each.state)) for each in event.changes), event.at)

    def close(self, now: float) -> None:
        """Tell what was only counted, before the process ends."""
        self._reports.close(now)

    def _tell(self, states: Iterable[tuple[str, InputState]], now: float) -> None:
        changes = (self._change(name, state, now) for name, state in states)
        for change in sorted(changes, key=lambda change: _ORDER.index(change.role)):
            self._tell_doors(change, now)
            self._overhear(change.door, change.role, change.state)
            self._reports.take(change.door, change.role, change.state, now)

    def _change(self, name: str, state: InputState, now: float) -> _Change:
        door, _, role = name.rpartition(".")
        counts_as = self._restless.judge(name, state, now) if role == InputRole.CONTACT else state
        return _Change(door, InputRole(role), counts_as)

    def _tell_doors(self, change: _Change, now: float) -> None:
        event = event_of(change.role, change.state, now, fault_is_fire=self._fault_is_fire)
        if isinstance(event, FireStarted | FireEnded):
            for doorway in self._doorways.values():
                doorway.step(event)
            for elevator in self._elevators:
                elevator.step(event)
        elif isinstance(event, RexPressed):
            self._press(change.door, now)
        elif event is not None:
            self._doorways[change.door].take(event)
        elif change.role is InputRole.BUTTON and change.state is InputState.ALARM:
            self._elevator_of[change.door].choose(change.door)
        if change.role is InputRole.REX and event is None:
            self._rex_pressed.pop(change.door, None)

    def _press(self, door: str, now: float) -> None:
        self._rex_pressed[door] = now
        self._doorways[door].step(RexPressed(now))

    def _press_again(self, now: float) -> None:
        due: Iterable[str] = [
            door
            for door, pressed in self._rex_pressed.items()
            if now - pressed >= _REX_AGAIN * self._unlock_seconds[door]
        ]
        for door in due:
            self._press(door, now)

"""What a door's inputs mean: debounced changes become the core's events, egress first."""

from collections.abc import Callable, Iterable, Mapping

from doorctl.core.machines.door_events import ContactClosed, ContactOpened, FireEnded, FireStarted, RexPressed
from doorctl.door.config.tables import FIRE_INPUT
from doorctl.door.doorway import Doorway
from hardware.debounce import Debouncer, InputChanged

_REX_AGAIN = 0.8
"""REX that stays active is pressed again after this share of the release time, so that no release ends in it."""


class DoorInputs:
    """Samples become events of the doors. In one sample fire comes first, then REX, then contacts."""

    def __init__(
        self, debouncer: Debouncer, doorways: Mapping[str, Doorway], unlock_seconds: Mapping[str, float]
    ) -> None:
        """Serve these doors, by id."""
        self._debouncer = debouncer
        self._doorways = doorways
        self._unlock_seconds = unlock_seconds
        self._rex_pressed: dict[str, float] = {}

    def take(self, sample: Mapping[str, bool], now: float) -> None:
        """Take one sample of every input, at ``now`` in monotonic seconds."""
        for change in sorted(self._debouncer.update(sample, now), key=_urgency):
            door, _, role = change.name.rpartition(".")
            _MEANING[role](self, door, change, now)
        self._press_again(now)

    def _fire(self, _: str, change: InputChanged, now: float) -> None:
        if change.initial and not change.active:
            return
        for doorway in self._doorways.values():
            doorway.take_at_once(FireStarted(now) if change.active else FireEnded(now))

    def _rex(self, door: str, change: InputChanged, now: float) -> None:
        if change.active:
            self._press(door, now)
        else:
            self._rex_pressed.pop(door, None)

    def _contact(self, door: str, change: InputChanged, now: float) -> None:
        self._doorways[door].take(ContactOpened(now) if change.active else ContactClosed(now))

    def _press(self, door: str, now: float) -> None:
        self._rex_pressed[door] = now
        self._doorways[door].take_at_once(RexPressed(now))

    def _press_again(self, now: float) -> None:
        due: Iterable[str] = [
            door
            for door, pressed in self._rex_pressed.items()
            if now - pressed >= _REX_AGAIN * self._unlock_seconds[door]
        ]
        for door in due:
            self._press(door, now)


_MEANING: Mapping[str, Callable[[DoorInputs, str, InputChanged, float], None]] = {
    FIRE_INPUT: DoorInputs._fire,
    "rex": DoorInputs._rex,
    "contact": DoorInputs._contact,
}
_ORDER = tuple(_MEANING)


def _urgency(change: InputChanged) -> int:
    return _ORDER.index(change.name.rpartition(".")[2])

"""Who has been let through one door and not passed it yet: they count when it opens, else they are forgiven.

1. At a door whose contact does not tell, or that stands open already, they count at once.
2. Several who are let in one after the other before the door opens pass together when it does.
"""

from collections.abc import Iterable

from doorctl.core.machines.door_events import Effect, Record
from doorctl.core.machines.door_orders import LET_OUT
from doorctl.core.machines.door_state import DoorState
from doorctl.core.records import RecordKind
from doorctl.door.presence.occupancy import OccupancyBook, Place


class Passages:
    """Watches one door for those who were let through it; used from the loop's thread alone."""

    def __init__(self, book: OccupancyBook) -> None:
        """Tell this book who passed."""
        self._book = book
        self._expected: list[tuple[Place, int | None]] = []

    def expect(self, place: Place | None, *, of: int | None, state: DoorState) -> None:
        """Expect those for whom a place is reserved: the door is released for them by now, by this decision."""
        if place is None:
            return
        self._expected.append((place, of))
        if not state.passage_awaited:
            self._pass()

    def follow(self, effects: Iterable[Effect], state: DoorState) -> None:
        """See whether somebody passed, or whether nobody may any more."""
        if self._expected and any(map(_is_passage, effects)):
            self._pass()
        elif self._expected and state.passage is None:
            expected, self._expected = self._expected, []
            for place, _ in expected:
                self._book.give_up(place)

    def _pass(self) -> None:
        expected, self._expected = self._expected, []
        for place, of in expected:
            self._book.passed(place, of=of)


def _is_passage(effect: Effect) -> bool:
    """Tell whether the door was opened for somebody whom a decision or an order let through."""
    if not isinstance(effect, Record) or effect.kind is not RecordKind.OPENED:
        return False
    return effect.reason is not None and effect.reason not in LET_OUT

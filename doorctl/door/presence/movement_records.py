"""Records of who entered and left, and others that must not be lost.

They are written strictly in their order, and again if the disk did not take them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from doorctl.audit.leaf import Draft
from doorctl.audit.occupancy import ALL, Forgotten
from doorctl.audit.writer import Committed, Verdict, nobody_waits
from doorctl.door.presence.occupancy import Movement
from doorctl.door.statements import Statements

Submit = Callable[[list[Draft], Callable[[Verdict], None]], None]
MOST_AT_ONCE = 32


class MovementRecords:
    """One commit after the other: what is remembered of somebody later must never be overtaken by what was before."""

    def __init__(self, statements: Statements, submit: Submit) -> None:
        """Hand records to the writer by ``submit``."""
        self._statements = statements
        self._submit = submit
        self._waiting: deque[tuple[Draft, ...]] = deque()
        self._under_way: list[tuple[Draft, ...]] = []
        self._failed = False

    def take(self, movements: list[Movement]) -> None:
        """Have movements recorded after all that were before."""
        self._waiting.extend((self._draft(movement),) for movement in movements)
        self._go_on()

    def insist(self, drafts: Sequence[Draft]) -> None:
        """Have others written, in one commit and after all that were before: what they remember must not be lost."""
        self._waiting.append(tuple(drafts))
        self._go_on()

    def try_again(self) -> None:
        """Record what could not be recorded before."""
        if self._failed:
            self._failed = False
            self._waiting.extendleft(reversed(self._under_way))
            self._under_way = []
            self._go_on()

    def erase(self, holder: str) -> None:
        """Let nothing be recorded any more that leads to somebody who is erased."""
        self._waiting = deque(_without(holder, self._waiting))
        if self._failed:
            self._under_way = list(_without(holder, self._under_way))

    def close(self) -> None:
        """Hand over all that waits before the process ends, and once more what the disk did not take."""
        left = [*(self._under_way if self._failed else ()), *self._waiting]
        if left:
            self._submit(_in_a_row(left), nobody_waits)
        self._waiting.clear()

    def _go_on(self) -> None:
        if self._under_way or not self._waiting:
            return
        count = min(MOST_AT_ONCE, len(self._waiting))
        self._under_way = [self._waiting.popleft() for _ in range(count)]
        self._submit(_in_a_row(self._under_way), self._settle)

    def _settle(self, verdict: Verdict) -> None:
        if isinstance(verdict, Committed):
            self._under_way = []
            self._go_on()
        else:
            self._failed = True

    def _draft(self, movement: Movement) -> Draft:
        moved = movement.moved
        return self._statements.draft(
            movement.kind,
            movement.detail,
            subject="" if moved.holder == ALL else f"holder:{moved.holder}",
            remembered=(moved,),
            door=movement.door,
            zone=movement.zone,
            of=movement.of,
            before=moved.before if isinstance(moved, Forgotten) else None,
        )


def _in_a_row(groups: Iterable[tuple[Draft, ...]]) -> list[Draft]:
    return [draft for group in groups for draft in group]


def _without(holder: str, groups: Iterable[tuple[Draft, ...]]) -> Iterator[tuple[Draft, ...]]:
    """Leave out what leads to somebody, and with the first of a group what belongs to it."""
    for group in groups:
        is_whole = group[0].subject != f"holder:{holder}"
        left = (
            draft for draft in group if draft.subject != f"holder:{holder}" and (is_whole or not draft.places_back)
        )
        if kept := tuple(left):
            yield kept

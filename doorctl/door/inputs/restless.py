"""Contacts that tell too often: a magnet that is shaken, a wire that is loose, a door that swings in the wind.

Each opening and closing is a record, and evidence, so none is left out by the flood rule. A contact that changes more
than `MOST_MOVES` times within a minute tells nothing more, as one whose line has a fault, until a minute has fewer.
Fire and REX are never held back.
"""

from collections import deque
from collections.abc import Iterator

from doorctl.core.machines.inputs import InputState

MOST_MOVES = 240
"""A hundred and twenty openings; people who hurry through a turnstile one by one make half of them."""
A_MINUTE = 60.0


class Restless:
    """Remembers when contacts changed, by their names; times are monotonic seconds."""

    def __init__(self) -> None:
        """Begin with contacts that never moved."""
        self._moves: dict[str, deque[float]] = {}
        self._held_back: dict[str, InputState] = {}

    def judge(self, name: str, state: InputState, now: float) -> InputState:
        """Take what a contact tells now, and give what it counts as."""
        moves = self._moves.setdefault(name, deque(maxlen=MOST_MOVES))
        is_restless = len(moves) == MOST_MOVES and now - moves[0] < A_MINUTE
        moves.append(now)
        if not is_restless:
            self._held_back.pop(name, None)
            return state
        self._held_back[name] = state
        return InputState.UNSTEADY

    def calmed(self, now: float) -> Iterator[tuple[str, InputState]]:
        """Yield the contacts that are no longer restless, and what they told last."""
        for name, state in tuple(self._held_back.items()):
            if now - self._moves[name][0] >= A_MINUTE:
                del self._held_back[name]
                yield name, state

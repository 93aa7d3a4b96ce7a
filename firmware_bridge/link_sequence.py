"""One message under way at a time: sent again until acknowledged, taken once at the other end."""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Generic, TypeVar

MessageT = TypeVar("MessageT")

_NUMBERS = 256


class Arrival(Enum):
    """What a sequence number says about a message."""

    NEW = auto()
    REPEAT = auto()
    WRONG = auto()


class Outbox(Generic[MessageT]):
    """Holds what must arrive; the oldest is under way until its number is acknowledged."""

    def __init__(self, *, capacity: int, resend_seconds: float) -> None:
        self._capacity = capacity
        self._resend_seconds = resend_seconds
        self._waiting: deque[MessageT] = deque()
        self._sequence = 0
        self._sent_at: float | None = None

    def add(self, message: MessageT) -> bool:
        """Queue a message; False where the queue is full."""
        if len(self._waiting) >= self._capacity:
            return False
        self._waiting.append(message)
        return True

    def overtake(self, message: MessageT, *, voids: Callable[[MessageT], bool]) -> None:
        """Queue a message before all that waits, however many; those that it ``voids`` go.

        It also takes the place, and the number, of one under way that it voids. The other end may have that one
        already and takes this for a repeat of it; so it is said once more.
        """
        under_way = [self._waiting.popleft()] if self._sent_at is not None else []
        rest = [each for each in self._waiting if not voids(each)]
        self._waiting = deque([*(message if voids(each) else each for each in under_way), message, *rest])

    def holds(self, asked: Callable[[MessageT], bool]) -> bool:
        """Tell whether such a message is not acknowledged yet."""
        return any(asked(each) for each in self._waiting)

    def due(self, now: float) -> tuple[int, MessageT] | None:
        """Take the message that must be sent now, with its number."""
        waits = self._sent_at is not None and now - self._sent_at < self._resend_seconds
        if not self._waiting or waits:
            return None
        self._sent_at = now
        return self._sequence, self._waiting[0]

    def acknowledge(self, sequence: int) -> MessageT | None:
        """Let the message under way go if this is its number, and return it."""
        if self._sent_at is None or sequence != self._sequence:
            return None
        self._sequence = (self._sequence + 1) % _NUMBERS
        self._sent_at = None
        return self._waiting.popleft()

    def restart(self) -> None:
        """Begin at number 0 again with what still waits: a new session."""
        self._sequence = 0
        self._sent_at = None

    def drop_late(self) -> None:
        """Drop what waits, but not the one under way: its number may already be taken."""
        under_way = self._waiting[0] if self._sent_at is not None else None
        self._waiting.clear()
        if under_way is not None:
            self._waiting.append(under_way)

    def clear(self) -> None:
        """Drop everything and begin at number 0 again: the other end knows none of it."""
        self._waiting.clear()
        self.restart()


class Inbox:
    """Knows the next number to take."""

    def __init__(self) -> None:
        self._expected = 0
        self._anything = False

    def judge(self, sequence: int) -> Arrival:
        """Say what this number is, and take it if it is new."""
        if sequence == self._expected:
            self._expected = (self._expected + 1) % _NUMBERS
            self._anything = True
            return Arrival.NEW
        repeat = self._anything and sequence == (self._expected - 1) % _NUMBERS
        return Arrival.REPEAT if repeat else Arrival.WRONG

    def restart(self) -> None:
        """Begin at number 0 again: a new session."""
        self._expected = 0
        self._anything = False

"""A queue in which what is urgent goes before everything that is not, and each of both in the order it came."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class UrgentFirst(Generic[T]):
    """Two queues that are emptied as one."""

    def __init__(self) -> None:
        """Begin empty."""
        self._urgent: deque[T] = deque()
        self._others: deque[T] = deque()

    def __len__(self) -> int:
        """Count what waits."""
        return len(self._urgent) + len(self._others)

    def put(self, item: T, *, urgent: bool) -> None:
        """Add one at the end of its kind."""
        (self._urgent if urgent else self._others).append(item)

    def take(self) -> T:
        """Return the next and remove it. Raises IndexError when nothing waits."""
        return (self._urgent or self._others).popleft()

    def clear(self) -> None:
        """Forget all that waits."""
        self._urgent.clear()
        self._others.clear()

"""Which controllers say that they serve which door: looked up with every acknowledgement, so kept by door."""

from collections.abc import Iterable, Iterator


class ServedDoors:
    """The controllers that claim a door, by door."""

    def __init__(self) -> None:
        """Begin with nobody at any door."""
        self._by_door: dict[str, set[str]] = {}

    def move(self, controller: str, *, left: Iterable[str], served: Iterable[str]) -> None:
        """Take it that a controller serves these doors, and those no longer."""
        for door in set(left):
            self._by_door[door].discard(controller)
            if not self._by_door[door]:
                del self._by_door[door]
        for door in served:
            self._by_door.setdefault(door, set()).add(controller)

    def claimants(self, door: str) -> frozenset[str]:
        """Name the controllers that claim a door."""
        return frozenset(self._by_door.get(door, ()))

    def contested(self) -> Iterator[str]:
        """Name the doors that more than one controller claims."""
        return (door for door, controllers in self._by_door.items() if len(controllers) > 1)

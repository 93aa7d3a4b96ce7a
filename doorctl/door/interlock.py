"""Doors of one controller of which one stays locked because of another: what each does at the moment decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from doorctl.core.machines.door_state import DoorState
from doorctl.core.rules.interlock import InterlockWhile, keeps_other_locked


@dataclass(frozen=True, slots=True)
class Others:
    """The doors because of which one stays locked, by id, and how long it does."""

    doors: tuple[str, ...]
    lasting: InterlockWhile = InterlockWhile.UNLOCKED_OR_OPEN


class WatchedDoor(Protocol):
    """A door as the interlock sees it."""

    door: str

    @property
    def state(self) -> DoorState:
        """What is known about it now."""


class Interlock:
    """Knows what the doors do; used from the loop's thread alone."""

    def __init__(self, others: Mapping[str, Others]) -> None:
        """Keep these doors locked, by id, because of others; any other door is free."""
        self._others = others
        self._doors: dict[str, WatchedDoor] = {}

    def join(self, door: WatchedDoor) -> None:
        """Look at this door from now on."""
        self._doors[door.door] = door

    def keeps_locked(self, door: str) -> bool:
        """Tell whether a door stays locked because of another; one that has not joined may be open."""
        others = self._others.get(door)
        if others is None:
            return False
        for other in others.doors:
            watched = self._doors.get(other)
            if watched is None or keeps_other_locked(watched.state, others.lasting):
                return True
        return False

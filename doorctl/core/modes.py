"""How a door lets people in: its usual mode, others by the clock, and one that an admin has commanded for a time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """What a door does for those who come.

    First person in: it stays unlocked once somebody was let in. Office: somebody of a group unlocks and locks it.
    """

    LOCKED = "locked"
    CARD = "card"
    UNLOCKED = "unlocked"
    FIRST_PERSON_IN = "first-person-in"
    OFFICE = "office"


OPENING = frozenset({Mode.UNLOCKED, Mode.FIRST_PERSON_IN, Mode.OFFICE})
"""In which the strike may stay released; a strict door takes none of them."""
COMMANDED = frozenset({Mode.LOCKED, Mode.CARD, Mode.UNLOCKED})
"""Those that an admin may command: the others begin by a window or a holder."""


@dataclass(frozen=True, slots=True)
class Override:
    """An admin's command: this mode and no other, from now on, or before a time."""

    mode: Mode
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DoorModes:
    """The mode of a door: that of the override, of the first of its times whose schedule is open, or its usual one.

    Members of the `office_group` unlock and lock it while it is in the mode office.
    """

    usual: Mode = Mode.CARD
    times: tuple[tuple[str, Mode], ...] = ()
    office_group: str | None = None
    override: Override | None = None


BY_CARD = DoorModes()
NOT_UNDERSTOOD = DoorModes(Mode.LOCKED)
"""Of modes that we cannot read."""

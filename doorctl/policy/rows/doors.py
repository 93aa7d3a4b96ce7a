"""How doors let people in: their modes, by the clock too, and what an admin has commanded instead."""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.modes import COMMANDED, Mode
from doorctl.policy.rows.fields import Name, UnixSeconds
from doorctl.policy.rows.policy_row import PolicyRow


class ModeTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """While this schedule is open, a door is in this mode."""

    schedule: Name
    mode: Mode


ModeTimes = Annotated[tuple[ModeTime, ...], msgspec.Meta(max_length=8)]


class DoorModeRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="door-mode"):
    """The modes of a door that leads into this zone; a door without one is opened by cards.

    The first of ``times`` whose schedule is open says the mode, else ``mode``. Members of the ``office_group`` unlock
    and lock the door while that is office.
    """

    table: ClassVar[str] = "door_modes"
    primary_key: ClassVar[tuple[str, ...]] = ("door",)
    level: ClassVar[int] = 5
    door: Name
    zone: Name
    mode: Mode = Mode.CARD
    times: ModeTimes = ()
    office_group: Name | None = None

    def __post_init__(self) -> None:
        """Somebody may unlock an office, and the first person comes into a window."""
        if self.mode is Mode.FIRST_PERSON_IN:
            raise ValueError("first-person-in takes a schedule: it is no usual mode")
        if self.office_group is None and Mode.OFFICE in {self.mode, *(time.mode for time in self.times)}:
            raise ValueError("the mode office takes an office_group")


class DoorOverrideRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="door-override"):
    """A door is in this mode and no other, before ``valid_until`` or until the row is gone: an admin commands it."""

    table: ClassVar[str] = "door_overrides"
    primary_key: ClassVar[tuple[str, ...]] = ("door",)
    level: ClassVar[int] = 5
    door: Name
    zone: Name
    mode: Mode
    valid_until: UnixSeconds | None = None

    def __post_init__(self) -> None:
        """The other modes begin by a window or a holder."""
        if self.mode not in COMMANDED:
            raise ValueError(f"{self.mode} is no mode to command")

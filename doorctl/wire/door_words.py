"""Commands about the modes of doors."""

from doorctl.core.modes import Mode
from doorctl.policy.rows import ModeTimes, Name, UnixSeconds
from doorctl.wire.verb import VerbStruct


class DoorModeSet(VerbStruct, frozen=True, tag="door-mode-set"):
    """Say in which modes a door is, by the clock too, and whose members unlock it as an office: all of it anew."""

    door: Name
    mode: Mode = Mode.CARD
    times: ModeTimes = ()
    office_group: Name | None = None


class DoorOverrideSet(VerbStruct, frozen=True, tag="door-override-set"):
    """Put a door into a mode at once, whatever the clock says, until a time or until that is ended."""

    door: Name
    mode: Mode
    valid_until: UnixSeconds | None = None


class DoorOverrideEnd(VerbStruct, frozen=True, tag="door-override-end"):
    """Let a door be in the mode again that it has by the clock."""

    door: Name


DoorModeVerb = DoorModeSet | DoorOverrideSet | DoorOverrideEnd

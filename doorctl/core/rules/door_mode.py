"""Which mode a door is in, by what, whether it may stay unlocked, and when one that denies every card ends.

1. A mode that depends on the time takes a clock that counts and a schedule that is known. Without, the door asks for
   cards, and is locked where it ever would be; a command to lock it stands.
2. A strict door is never left unlocked. Nor is one whose zone is locked down, has rules that we cannot read, has a
   policy that is too old, or asks for more by the threat level: there the mode is card, until that is over.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from doorctl.core.modes import BY_CARD, OPENING, DoorModes, Mode, Override
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.clock_rules import clock_counts as does_clock_count
from doorctl.core.rules.emergencies import breaks_glass, policy_is_fresh, zone_is_not_locked_down
from doorctl.core.rules.strict import is_strict
from doorctl.core.schedule import is_open, next_change, next_closing

USUAL, COMMAND, CLOCK = "usual", "command", "clock"
_BY_SCHEDULE = "schedule:"


class ModeNow(NamedTuple):
    """A mode, and by what: usual, a command, `schedule:` with its name, or what keeps the door from another."""

    mode: Mode
    by: str = USUAL

    @property
    def schedule(self) -> str | None:
        """The schedule by which the door is in this mode."""
        return self.by.removeprefix(_BY_SCHEDULE) if self.by.startswith(_BY_SCHEDULE) else None


def door_is_not_locked(request: AccessRequest, facts: Facts) -> Reason | None:
    """No card opens a door whose mode is locked; two who break the glass do."""
    if facts.door is None or facts.door.modes is BY_CARD or breaks_glass(facts):
        return None
    return Reason.DOOR_LOCKED if mode_at(request, facts).mode is Mode.LOCKED else None


def mode_at(request: AccessRequest, facts: Facts) -> ModeNow:
    """Tell the mode of the door at the time of the request."""
    now = _by_rows(facts.door.modes if facts.door else BY_CARD, request, facts)
    if now.mode not in OPENING:
        return now
    if is_strict(request, facts):
        return ModeNow(Mode.CARD, "strict")
    if facts.zone is not None and facts.zone.is_raised:
        return ModeNow(Mode.CARD, "threat")
    reason = _kept_shut_by(request, facts)
    return now if reason is None else ModeNow(Mode.CARD, reason)


def window_ends_at(now: ModeNow, request: AccessRequest, facts: Facts, *, within_days: int) -> datetime | None:
    """Return when the window of a mode ends; None where it has none, or its end is further away."""
    schedule = facts.schedules.get(now.schedule or "")
    if schedule is None:
        return None
    return next_closing(schedule, request.at, facts.timezone, facts.holidays, within_days=within_days)


def mode_changes_after(request: AccessRequest, facts: Facts) -> datetime | None:
    """Return the first moment after the request at which the rows may tell another mode; None when none is near."""
    modes = facts.door.modes if facts.door else BY_CARD
    return min(_edges(modes, request, facts), default=None)


def _by_rows(modes: DoorModes, request: AccessRequest, facts: Facts) -> ModeNow:
    counts = does_clock_count(request, facts)
    if modes.override is not None and _holds(modes.override, request.at, clock_counts=counts):
        return ModeNow(modes.override.mode, COMMAND)
    for id_, mode in modes.times:
        schedule = facts.schedules.get(id_)
        if schedule is None or not counts:
            return ModeNow(_at_least(modes), CLOCK)
        if is_open(schedule, request.at, facts.timezone, facts.holidays):
            return ModeNow(mode, f"{_BY_SCHEDULE}{id_}")
    return ModeNow(modes.usual)


def _at_least(modes: DoorModes) -> Mode:
    """Tell the mode of a door where nobody knows what time it is."""
    possible = {modes.usual, *(mode for _, mode in modes.times)}
    return Mode.LOCKED if Mode.LOCKED in possible else Mode.CARD


def _holds(override: Override, at: datetime, *, clock_counts: bool) -> bool:
    """Answer whether a command stands still; where nobody knows the time, one to lock does."""
    if override.until is None:
        return True
    return at < override.until if clock_counts else override.mode is Mode.LOCKED


def _kept_shut_by(request: AccessRequest, facts: Facts) -> Reason | None:
    if not facts.policy_known:
        return Reason.NO_POLICY
    if facts.needs_upgrade:
        return Reason.NEEDS_UPGRADE
    return zone_is_not_locked_down(request, facts) or policy_is_fresh(request, facts)


def _edges(modes: DoorModes, request: AccessRequest, facts: Facts) -> Iterator[datetime]:
    if modes.override is not None and modes.override.until is not None and modes.override.until > request.at:
        yield modes.override.until
    for id_, _ in modes.times:
        schedule = facts.schedules.get(id_)
        edge = None if schedule is None else next_change(schedule, request.at, facts.timezone, facts.holidays)
        if edge is not None:
            yield edge

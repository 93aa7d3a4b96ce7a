"""The modes of a door as people write them, and how a plan changes them."""

from collections.abc import Iterable, Iterator

import msgspec

from doorctl.core.modes import OPENING, Mode
from doorctl.policy.rows import ModeTime
from doorctl.site.state import ModesState, SiteState
from doorctl.site.steps import Step
from doorctl.site.times import written_hours
from doorctl.wire.door_words import DoorModeSet


def mode_time_in(text: str) -> ModeTime:
    """Read ``office=unlocked``. Raises ValueError."""
    schedule, _, mode = text.partition("=")
    try:
        return msgspec.convert({"schedule": schedule, "mode": mode}, ModeTime)
    except msgspec.ValidationError as error:
        raise ValueError(f"{text!r} is not SCHEDULE=MODE: write office=unlocked; a mode is {choices()}") from error


def written_mode_times(times: Iterable[ModeTime]) -> str:
    """Write times as ``mode_time_in`` reads each of them."""
    return ", ".join(f"{time.schedule}={time.mode}" for time in times)


def told_of_mode(mode: Mode, by: str) -> str:
    """Say what the mode of a door means for those who come; nothing of cards."""
    return {
        Mode.CARD: "",
        Mode.LOCKED: f"it is locked ({by})",
        Mode.UNLOCKED: f"it is unlocked ({by}): whoever comes may enter",
        Mode.FIRST_PERSON_IN: f"it stays unlocked once somebody was let in ({by}): the door alone knows",
        Mode.OFFICE: f"its office may be unlocked ({by}): the door alone knows",
    }[mode]


def choices() -> str:
    """Write what modes there are."""
    *others, last = Mode
    return f"{', '.join(others)} or {last}"


def stays_unlocked(modes: ModesState) -> bool:
    """Answer whether a door may stay unlocked at some time."""
    return not OPENING.isdisjoint({modes.mode, *(time.mode for time in modes.times)})


def mode_changes(present: SiteState, wanted: SiteState) -> Iterator[str]:
    """Say which doors are in other modes than before, or by other hours; both states are complete."""
    for door in sorted((present.doors or {}).keys() & (wanted.doors or {}).keys()):
        before, after = _told(door, present), _told(door, wanted)
        if before != after:
            yield f"door {door}: mode {before[0]} -> {after[0]}{' by other hours' if before[0] == after[0] else ''}"


def modes_closing(present: SiteState, wanted: SiteState) -> Iterator[Step]:
    """Yield what leaves doors unlocked no more: before their zone becomes strict, or they lead into one that is."""
    there, stays, zones = present.doors or {}, wanted.doors or {}, wanted.zones or {}
    yield from (step for door, modes, step in _steps(present, wanted) if door in there and not stays_unlocked(modes))
    for door, modes in sorted((present.modes or {}).items(), key=lambda item: item[0]):
        zone = zones.get(there.get(door, ""))
        if door not in stays and zone is not None and zone.strict and stays_unlocked(modes):
            yield Step(DoorModeSet(door))


def modes_opening(present: SiteState, wanted: SiteState) -> Iterator[Step]:
    """Yield what else changes of modes, once the doors are there and lead where they shall."""
    there = present.doors or {}
    return (step for door, modes, step in _steps(present, wanted) if door not in there or stays_unlocked(modes))


def _steps(present: SiteState, wanted: SiteState) -> Iterator[tuple[str, ModesState, Step]]:
    for door in sorted(wanted.doors or {}):
        before, after = ((state.modes or {}).get(door, ModesState()) for state in (present, wanted))
        if before != after:
            yield door, after, Step(DoorModeSet(door, after.mode, after.times, after.office_group))


def _told(door: str, state: SiteState) -> tuple[str, tuple[str, ...]]:
    """Write a door's modes, and the hours of each."""
    modes, schedules = (state.modes or {}).get(door, ModesState()), state.schedules or {}
    named = [schedules[time.schedule] for time in modes.times if time.schedule in schedules]
    group = f" (office of {modes.office_group})" if modes.office_group is not None else ""
    words = ", ".join([str(modes.mode), *(f"{time.schedule}={time.mode}" for time in modes.times)])
    return words + group, tuple(written_hours(each.windows, each.holidays) for each in named)

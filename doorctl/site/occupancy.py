"""What a zone asks of who is inside, as people write it: read, written, compared, and put in an order that works."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from doorctl.core.areas import USUAL_PASSBACK_SECONDS, Passback
from doorctl.policy.areas import around_of
from doorctl.policy.rows import Name, Occupants, Persons, StartTime
from doorctl.site.times import PASSBACKS, span_within, written_span
from doorctl.wire.occupancy_words import ZoneOccupancySet


class OccupancyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands under ``occupancy`` of a zone; spans of time are written like ``10m``."""

    within: Name | None = None
    passback: Passback = Passback.OFF
    passback_for: str | None = None
    most: Occupants | None = None
    least: Persons = 1
    reset_at: StartTime | None = None


@dataclass(frozen=True, slots=True)
class OccupancyState:
    """What a zone asks of who is inside."""

    within: str | None = None
    passback: Passback = Passback.OFF
    passback_seconds: int = USUAL_PASSBACK_SECONDS
    most: int | None = None
    least: int = 1
    reset_at: str | None = None

    def __str__(self) -> str:
        """Write it as a plan shows it."""
        return written_occupancy(self)


NOTHING_ASKED = OccupancyState()


def occupancy_in(entry: OccupancyEntry | None) -> OccupancyState:
    """Read what stands there; nothing asks for nothing. Raises ValueError."""
    if entry is None:
        return NOTHING_ASKED
    if entry.most is not None and entry.most < entry.least:
        raise ValueError(f"occupancy: at most {entry.most} and at least {entry.least}: nobody could enter")
    spelt = entry.passback_for
    return OccupancyState(
        entry.within,
        entry.passback,
        USUAL_PASSBACK_SECONDS if spelt is None else span_within(spelt, PASSBACKS),
        most=entry.most,
        least=entry.least,
        reset_at=entry.reset_at,
    )


def occupancy_entry(state: OccupancyState) -> OccupancyEntry | None:
    """Write it so that ``occupancy_in`` reads it; None where nothing is asked."""
    if state == NOTHING_ASKED:
        return None
    seconds = state.passback_seconds
    return OccupancyEntry(
        state.within,
        state.passback,
        None if seconds == USUAL_PASSBACK_SECONDS else written_span(seconds),
        most=state.most,
        least=state.least,
        reset_at=state.reset_at,
    )


def occupancy_from(row: Mapping[str, Any]) -> OccupancyState:
    """Read it from the list of zones; without a row, or from a hub of level 4, nothing is asked."""
    if row.get("passback") is None:
        return NOTHING_ASKED
    return OccupancyState(
        row["within"],
        Passback(row["passback"]),
        row["passback_seconds"],
        most=row["most"],
        least=row["least"],
        reset_at=row["reset_at"],
    )


def written_occupancy(state: OccupancyState) -> str:
    """Write it in one line."""
    soon = f" for {written_span(state.passback_seconds)}" if state.passback is Passback.TIMED else ""
    parts = [
        *([] if state.within is None else [f"within {state.within}"]),
        f"passback {state.passback}{soon}",
        *([] if state.most is None else [f"most {state.most}"]),
        *([] if state.least == 1 else [f"least {state.least}"]),
        *([] if state.reset_at is None else [f"reset at {state.reset_at}"]),
    ]
    return ", ".join(parts)


def occupancy_set(zone: str, state: OccupancyState) -> ZoneOccupancySet:
    """Return the command that asks for just that."""
    return ZoneOccupancySet(
        zone,
        within=state.within,
        passback=state.passback,
        passback_seconds=state.passback_seconds,
        most=state.most,
        least=state.least,
        reset_at=state.reset_at,
    )


def occupancy_sets(
    present: Mapping[str, OccupancyState], wanted: Mapping[str, OccupancyState]
) -> Iterator[ZoneOccupancySet]:
    """Yield the commands that lead from one to the other, by zone; at no step does a zone lie in itself.

    What goes comes first, then outer zones before those within: what is around them is what it is to be by then.
    """
    for zone, before in present.items():
        if zone not in wanted and before != NOTHING_ASKED:
            yield occupancy_set(zone, NOTHING_ASKED)
    for zone in sorted(wanted, key=lambda each: (len(tuple(_around(each, wanted))), each)):
        if wanted[zone] != present.get(zone, NOTHING_ASKED):
            yield occupancy_set(zone, wanted[zone])


def lies_in_itself(zone: str, states: Mapping[str, OccupancyState]) -> bool:
    """Tell whether a zone, or one around it, lies in itself."""
    try:
        tuple(_around(zone, states))
    except ValueError:
        return True
    return False


def _around(zone: str, states: Mapping[str, OccupancyState]) -> Iterator[str]:
    return around_of(zone, lambda each: states.get(each, NOTHING_ASKED).within)

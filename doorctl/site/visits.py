"""Visitors in a site file: how they enter a zone, who is one, who may invite; read, written and compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from doorctl.core.visitors import USUAL_ESCORT_SECONDS, USUAL_MOST_VISITORS, USUAL_VISIT_SECONDS
from doorctl.policy.row_lists import names_of
from doorctl.policy.rows import MostGuests, MostVisitors, Name, SponsoredZones
from doorctl.site.times import STAYS, VISITS, WAITS, span_within, written_span
from doorctl.wire.visits import SponsorRemove, SponsorSet, VisitorEnd, VisitorSet, ZoneEscortSet


class EscortEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands under ``visitors`` of a zone; spans of time are written like ``30s``."""

    alone: bool = False
    within: str | None = None
    most: MostVisitors = USUAL_MOST_VISITORS
    per: str | None = None
    group: Name | None = None


class VisitorEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands under ``visitor`` of a person: who brings them and in whose name they are here, by handle."""

    escort: str | None = None
    escort_group: Name | None = None
    sponsor: str | None = None

    def __post_init__(self) -> None:
        """One person or one group brings a visitor."""
        if self.escort is not None and self.escort_group is not None:
            raise ValueError("a visitor names an `escort` or an `escort_group`, and not both")


class SponsorEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands under ``sponsor`` of a person: where to they invite, how many at once, for how long each."""

    zones: SponsoredZones
    guests: MostGuests
    stay: str


@dataclass(frozen=True, slots=True)
class EscortState:
    """How visitors enter a zone."""

    alone: bool = False
    seconds: int = USUAL_ESCORT_SECONDS
    most: int = USUAL_MOST_VISITORS
    per_seconds: int = USUAL_VISIT_SECONDS
    group: str | None = None

    def __str__(self) -> str:
        """Write it as a plan shows it."""
        if self.alone:
            return "visitors alone"
        group = "" if self.group is None else f", by {self.group}"
        soon, per = written_span(self.seconds), written_span(self.per_seconds)
        return f"visitors within {soon} of an escort, {self.most} in {per}{group}"


@dataclass(frozen=True, slots=True)
class VisitorState:
    """Who brings a visitor, and in whose name they are here; people by their handles."""

    escort: str | None = None
    escort_group: str | None = None
    sponsor: str | None = None


@dataclass(frozen=True, slots=True)
class SponsorState:
    """Where to somebody invites guests, how many at once and for how long each."""

    zones: frozenset[str]
    many: int
    seconds: int


AS_USUAL = EscortState()
Visits = Mapping[str, tuple[VisitorState | None, SponsorState | None]]
"""By handle: what makes a person a visitor, and where to they invite."""
VisitVerb = SponsorRemove | SponsorSet | VisitorEnd | VisitorSet
NEITHER: tuple[VisitorState | None, SponsorState | None] = (None, None)


def escort_in(entry: EscortEntry | None) -> EscortState:
    """Read how visitors enter a zone; as usual if nothing is said. Raises ValueError."""
    if entry is None:
        return AS_USUAL
    return EscortState(
        entry.alone,
        USUAL_ESCORT_SECONDS if entry.within is None else span_within(entry.within, WAITS),
        entry.most,
        USUAL_VISIT_SECONDS if entry.per is None else span_within(entry.per, VISITS),
        entry.group,
    )


def escort_entry(state: EscortState) -> EscortEntry | None:
    """Write it so that ``escort_in`` reads it; None where it is as usual."""
    if state == AS_USUAL:
        return None
    return EscortEntry(
        state.alone,
        None if state.seconds == USUAL_ESCORT_SECONDS else written_span(state.seconds),
        state.most,
        None if state.per_seconds == USUAL_VISIT_SECONDS else written_span(state.per_seconds),
        state.group,
    )


def escort_from(row: Mapping[str, Any]) -> EscortState:
    """Read it from the list of zones; without a row, or from a hub of level 4, it is as usual."""
    if row.get("escort_seconds") is None:
        return AS_USUAL
    return EscortState(
        bool(row["visitors_alone"]),
        row["escort_seconds"],
        row["escort_most"],
        row["escort_per_seconds"],
        row["escort_group"],
    )


def escort_set(zone: str, state: EscortState) -> ZoneEscortSet:
    """Return the command that asks for just that."""
    return ZoneEscortSet(
        zone,
        state.alone,
        seconds=state.seconds,
        most=state.most,
        per_seconds=state.per_seconds,
        group=state.group,
    )


def visitor_in(entry: VisitorEntry | None) -> VisitorState | None:
    """Read what makes a person a visitor."""
    if entry is None:
        return None
    names = (each and each.casefold() for each in (entry.escort, entry.sponsor))
    escort, sponsor = names
    return VisitorState(escort, entry.escort_group, sponsor)


def visitor_entry(state: VisitorState | None) -> VisitorEntry | None:
    """Write it so that ``visitor_in`` reads it."""
    return None if state is None else VisitorEntry(state.escort, state.escort_group, state.sponsor)


def visitor_from(row: Mapping[str, Any], handles: Mapping[str, str]) -> VisitorState:
    """Read it from the list of visitors; who is gone keeps the opaque id, which is nobody's handle."""
    names = (None if row[each] is None else handles.get(row[each], row[each]) for each in ("escort", "sponsor"))
    escort, sponsor = names
    return VisitorState(escort, row["escort_group"], sponsor)


def visitor_set(holder: str, state: VisitorState, holders: Mapping[str, str]) -> VisitorSet:
    """Return the command that makes a holder such a visitor."""
    escort = None if state.escort is None else holders[state.escort]
    sponsor = None if state.sponsor is None else holders[state.sponsor]
    return VisitorSet(holder, escort, state.escort_group, sponsor)


def sponsor_in(entry: SponsorEntry | None) -> SponsorState | None:
    """Read where to somebody invites. Raises ValueError."""
    if entry is None:
        return None
    if not entry.zones:
        raise ValueError("sponsor: name the zones that guests may be invited to")
    return SponsorState(frozenset(entry.zones), entry.guests, span_within(entry.stay, STAYS))


def sponsor_entry(state: SponsorState | None) -> SponsorEntry | None:
    """Write it so that ``sponsor_in`` reads it."""
    if state is None:
        return None
    return SponsorEntry(tuple(sorted(state.zones)), state.many, written_span(state.seconds))


def sponsor_from(row: Mapping[str, Any]) -> SponsorState:
    """Read it from the list of sponsors."""
    return SponsorState(frozenset(names_of(row["zones"])), row["many"], row["seconds"])


def sponsor_set(holder: str, state: SponsorState) -> SponsorSet:
    """Return the command that lets a holder invite just so."""
    return SponsorSet(holder, tuple(sorted(state.zones)), state.many, state.seconds)


def visit_verbs(present: Visits, wanted: Visits, holders: Mapping[str, str]) -> Iterator[VisitVerb]:
    """Yield the commands that lead from one to the other; at no step is anybody both a visitor and a sponsor."""
    for handle, (visitor, sponsor) in wanted.items():
        before, invited = present.get(handle, NEITHER)
        if before is not None and (visitor is None or (before.sponsor and not visitor.sponsor)):
            yield VisitorEnd(holders[handle])
        if invited is not None and sponsor is None:
            yield SponsorRemove(holders[handle])
    for handle, (_, sponsor) in wanted.items():
        if sponsor is not None and sponsor != present.get(handle, NEITHER)[1]:
            yield sponsor_set(holders[handle], sponsor)
    for is_new in (False, True):  # who becomes a visitor is nobody's sponsor any more by then
        for handle, (visitor, _) in wanted.items():
            before = present.get(handle, NEITHER)[0]
            if visitor is not None and visitor != before and (before is None) is is_new:
                yield visitor_set(holders[handle], visitor, holders)


def wrong_visits(present: Visits, wanted: Visits) -> Iterator[tuple[str, str]]:
    """Find who cannot be what the file says: by handle, and why; what stays as it is, is as it may be."""
    for handle, (visitor, sponsor) in wanted.items():
        if visitor is None or visitor == present.get(handle, NEITHER)[0]:
            continue
        if sponsor is not None:
            yield handle, "a visitor invites nobody: leave `visitor` or `sponsor` out"
        if handle in {visitor.escort, visitor.sponsor}:
            yield handle, "nobody brings or invites themselves"
        if visitor.escort is not None and wanted.get(visitor.escort, NEITHER)[0] is not None:
            yield handle, f"escort: {visitor.escort} is a visitor, and no visitor brings another"
        if visitor.sponsor is not None and wanted.get(visitor.sponsor, NEITHER)[1] is None:
            yield handle, f"sponsor: {visitor.sponsor} may invite nobody: say so under their `sponsor`"


def named_by(visitor: VisitorState | None) -> Iterator[tuple[str, str]]:
    """Yield whom a visitor's entry names, and in which place."""
    for place in ("escort", "sponsor"):
        if visitor is not None and (name := getattr(visitor, place)) is not None:
            yield place, name

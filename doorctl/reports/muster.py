"""Who is inside now, as far as readers tell: where each person was let in last, and how sure that is.

1. At a door that tells when it opens, an entry counts when it was opened after it was granted; a grant that nobody
   used moves nobody. A door that never told counts by its grants, and is said to be less sure.
2. A door into a zone that is called outside is a way out.
3. Who left a zone by a reader inside is not there any more, but in the zone that they had entered before, if any.
4. Who walked out behind somebody, or by a door without a reader outside, is still listed: nobody is missed for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from doorctl.reports.shown import Shown
from doorctl.reports.tables import Table
from doorctl.reports.tallies import ENTERED, GRANTED, LEFT, OPENED, Counts
from doorctl.wire.report_words import Tally


@dataclass(frozen=True, slots=True, order=True)
class Whereabouts:
    """Where somebody was let in last; ``was_seen`` if the door opened for it, ``tried`` where they asked later."""

    at: int
    was_seen: bool
    zone: str
    door: str
    tried: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """A controller that is not in touch: since when in seconds since 1970, and its doors."""

    controller: str
    heard_at: int | None
    doors: tuple[str, ...]


def whereabouts(counts: Counts) -> dict[str, Whereabouts]:
    """Return where each person was let in last."""
    entries = [(words, last) for (tally, words), (_, _, last) in counts.items() if tally is Tally.ENTRIES]
    telling = {door for (_, _, door, how), _ in entries if how == OPENED}
    found: dict[str, Whereabouts] = {}
    for (holder, zone, door, how), last in entries:
        if how == OPENED or (how == GRANTED and door not in telling):
            here = Whereabouts(last, how == OPENED, zone, door)
            found[holder] = max(found.get(holder, here), here)
    tries, still = _tries(counts), _not_left(entries)
    here_now = {holder: _unless_left(here, still.get(holder)) for holder, here in found.items()}
    return {holder: _with_try(here, tries.get(holder)) for holder, here in here_now.items() if here is not None}


def muster(
    counts: Counts, shown: Shown, *, outside: frozenset[str] = frozenset(), zone: str | None = None
) -> tuple[Table, Table]:
    """List who is inside by zone, and how many are in each; ``outside`` are zones that are none of ours."""
    inside = [
        (here.zone, shown.person(holder), here)
        for holder, here in whereabouts(counts).items()
        if here.zone not in outside and zone in {None, here.zone}
    ]
    inside.sort(key=lambda row: (row[0], row[1], row[2].at))
    people = Table(
        "Inside now",
        ("zone", "person", "since", "door", "how sure"),
        tuple((name, who, shown.time(here.at), here.door, _how_sure(here)) for name, who, here in inside),
        empty="No entry in this time: nobody is known to be inside.",
        says="Where each person was let in last. Somebody who left without a reader is listed still.",
    )
    zones = sorted({name for name, _, _ in inside})
    totals = tuple((name, sum(each == name for each, _, _ in inside)) for name in zones)
    return Table("How many", ("zone", "people"), totals, empty="Nobody."), people


def silences(silent: Iterable[Silence], shown: Shown) -> tuple[str, ...]:
    """Say whose word is missing: whoever passed there since is not listed, or listed elsewhere."""
    return tuple(_silence(each, shown) for each in silent)


def _silence(silence: Silence, shown: Shown) -> str:
    doors = ", ".join(silence.doors) or "doors not known"
    since = "" if silence.heard_at is None else f" since {shown.time(silence.heard_at)}"
    return f"{silence.controller} ({doors}) is silent{since}: who passed there meanwhile is missing here."


@dataclass(frozen=True, slots=True)
class _Moves:
    """When somebody last left each zone, and the zones that they entered and have not left since."""

    left: Mapping[str, int]
    inside: tuple[Whereabouts, ...]


def _not_left(entries: Iterable[tuple[tuple[str, ...], int]]) -> dict[str, _Moves]:
    left: defaultdict[str, dict[str, int]] = defaultdict(dict)
    entered: defaultdict[str, dict[str, Whereabouts]] = defaultdict(dict)
    for (holder, zone, door, how), last in entries:
        if how == LEFT:
            left[holder][zone] = max(last, left[holder].get(zone, last))
        elif how == ENTERED:
            here = Whereabouts(last, True, zone, door)
            entered[holder][zone] = max(here, entered[holder].get(zone, here))
    return {
        holder: _Moves(zones, tuple(it for it in entered[holder].values() if it.at > zones.get(it.zone, -1)))
        for holder, zones in left.items()
    }


def _unless_left(here: Whereabouts, moves: _Moves | None) -> Whereabouts | None:
    """Say where somebody is who may have left there by a reader since: in the zone entered last of those not left."""
    if moves is None or moves.left.get(here.zone, -1) < here.at:
        return here
    return max(moves.inside, default=None)


def _tries(counts: Counts) -> dict[str, tuple[int, str]]:
    tries: dict[str, tuple[int, str]] = {}
    for (tally, words), (_, _, last) in counts.items():
        if tally is Tally.ENTRIES and words[3] == GRANTED:
            tries[words[0]] = max(tries.get(words[0], (last, words[2])), (last, words[2]))
    return tries


def _with_try(here: Whereabouts, tried: tuple[int, str] | None) -> Whereabouts:
    return here if tried is None or tried[0] <= here.at else replace(here, tried=tried[1])


def _how_sure(here: Whereabouts) -> str:
    seen = "the door was opened" if here.was_seen else "granted; this door does not tell whether it was opened"
    return f"{seen}; later granted at {here.tried}, not opened" if here.tried else seen

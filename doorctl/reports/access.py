"""Who may enter a zone and why, with the last use: what was used never, or longest ago, comes first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from doorctl.core.model import Factor
from doorctl.reports.shown import Shown
from doorctl.reports.tables import Cell, Table
from doorctl.reports.tallies import GRANTED, Counts
from doorctl.wire.report_words import Tally

_BY_CARD = frozenset({Factor.CARD})
_COLUMNS = (
    *("person", "why", "schedule", "from", "until", "since", "given by", "counts now", "last use"),
    "uses",
)


@dataclass(frozen=True, slots=True)
class GrantHeld:
    """A grant as it stands: to a holder or a group; times are seconds since 1970."""

    grant: str
    zone: str
    holder: str | None = None
    group: str | None = None
    schedule: str | None = None
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A holder as they stand, how many cards they have, and whether they have a PIN, and it counts alone."""

    holder: str
    status: str = "active"
    valid_from: int | None = None
    valid_until: int | None = None
    cards: int = 0
    has_pin: bool = False
    pin_alone: bool = False


@dataclass(frozen=True, slots=True)
class Giving:
    """When something was given, and by which admin."""

    at: int
    admin: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What the policy says, and who gave it: by grant, and by holder and group for who joined.

    ``asks`` tells all that a zone asks for at its doors, at one time or another; a zone that is not there, a card.
    """

    grants: tuple[GrantHeld, ...]
    members: frozenset[tuple[str, str]]
    people: Mapping[str, Person]
    granted: Mapping[str, Giving] = field(default_factory=dict)
    joined: Mapping[tuple[str, str], Giving] = field(default_factory=dict)
    asks: Mapping[str, frozenset[Factor]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in of one person: by a grant, as a member of ``group`` if there is one."""

    holder: str
    grant: GrantHeld

    @property
    def why(self) -> str:
        """In words."""
        return f"group {self.grant.group}" if self.grant.group else "own grant"


def ways_into(zone: str, rights: Rights) -> Iterator[Way]:
    """Yield every way in: each holder of a grant, and each member of a group that has one."""
    by_group: dict[str, list[str]] = {}
    for holder, group in rights.members:
        by_group.setdefault(group, []).append(holder)
    for grant in rights.grants:
        if grant.zone == zone:
            holders = [grant.holder] if grant.holder else by_group.get(grant.group or "", [])
            yield from (Way(holder, grant) for holder in holders)


def access(zone: str, rights: Rights, counts: Counts, shown: Shown, *, at: int) -> Table:
    """List who may enter, the longest unused first: never used, then by the last use."""
    used = last_uses(zone, counts)
    ways = sorted(
        ways_into(zone, rights), key=lambda way: (used.get(way.holder, (0, 0))[1], way.holder, way.grant.grant)
    )
    return Table(
        f"Access to {zone}",
        _COLUMNS,
        tuple(_row(way, rights, used.get(way.holder), shown, at) for way in ways),
        empty=f"No grant lets anybody into {zone}.",
        says="Who may enter and why; what was never used, or not for longest, comes first.",
    )


def last_uses(zone: str, counts: Counts) -> dict[str, tuple[int, int]]:
    """Return how often each holder was let into a zone, and when last."""
    uses: dict[str, tuple[int, int]] = {}
    for (tally, words), (number, _, last) in counts.items():
        if tally is Tally.ENTRIES and words[1] == zone and words[3] == GRANTED:
            before = uses.get(words[0], (0, last))
            uses[words[0]] = before[0] + number, max(before[1], last)
    return uses


def why_not(way: Way, rights: Rights, *, at: int) -> str:
    """Say why a way does not count now, whatever the hour; an empty text if it does."""
    person = rights.people.get(way.holder, Person(way.holder, status="unknown"))
    checks: Iterable[tuple[bool, str]] = (
        (person.status != "active", person.status),
        (_is_before(at, person.valid_from), "person not valid yet"),
        (_is_over(at, person.valid_until), "person expired"),
        (not _has_enough(person, rights.asks.get(way.grant.zone, _BY_CARD)), "no PIN" if person.cards else "no card"),
        (_is_before(at, way.grant.valid_from), "grant not valid yet"),
        (_is_over(at, way.grant.valid_until), "grant expired"),
    )
    return next((words for is_so, words in checks if is_so), "")


def _row(way: Way, rights: Rights, used: tuple[int, int] | None, shown: Shown, at: int) -> tuple[Cell, ...]:
    given = _given(way, rights)
    not_now = why_not(way, rights, at=at)
    return (
        shown.person(way.holder),
        way.why,
        way.grant.schedule or "always",
        shown.maybe(way.grant.valid_from),
        shown.maybe(way.grant.valid_until),
        None if given is None else shown.time(given.at),
        None if given is None else given.admin,
        f"no: {not_now}" if not_now else "yes",
        "never" if used is None else shown.time(used[1]),
        0 if used is None else used[0],
    )


def _given(way: Way, rights: Rights) -> Giving | None:
    """Return who gave it: for a member, whoever put them into the group after it had the grant, or gave it that."""
    granted = rights.granted.get(way.grant.grant)
    if way.grant.holder:
        return granted
    joined = rights.joined.get((way.holder, way.grant.group or ""))
    if granted is None or joined is None:  # a group or a membership from before the hub's log, or by a plan
        return None
    return max(granted, joined, key=lambda giving: giving.at)


def _has_enough(person: Person, asks: frozenset[Factor]) -> bool:
    """Answer whether somebody has what a zone asks for at one time or another."""
    by_card, by_pin = person.cards > 0, person.pin_alone
    by_both = by_card and person.has_pin
    enough = {
        Factor.CARD: by_card,
        Factor.CARD_OR_PIN: by_card or by_pin,
        Factor.CARD_AND_PIN: by_both,
        Factor.PIN: by_both or by_pin,
    }
    return any(enough[factor] for factor in asks)


def _is_before(at: int, valid_from: int | None) -> bool:
    return valid_from is not None and at < valid_from


def _is_over(at: int, valid_until: int | None) -> bool:
    return valid_until is not None and at >= valid_until

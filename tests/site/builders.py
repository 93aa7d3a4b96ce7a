"""Random sites and small ones, as states."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from doorctl.core.areas import Passback
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.model import Factor, HolidayRule, Status, Weekday, ZoneKind
from doorctl.core.modes import OPENING, Mode
from doorctl.core.record_classes import EVERY, RecordClass
from doorctl.policy.rows import FactorTime, ModeTime, WindowRow
from doorctl.site.bars import ThreatEntry
from doorctl.site.occupancy import NOTHING_ASKED, OccupancyState
from doorctl.site.state import (
    GROUP,
    PERSON,
    CardState,
    ModesState,
    PersonState,
    RetentionState,
    ScheduleState,
    SiteState,
    Subject,
    Terms,
    ZoneState,
)
from doorctl.site.training import TrainingsAsked
from doorctl.site.visits import AS_USUAL, EscortState, SponsorState, VisitorState

EMPTY = SiteState({}, frozenset(), {}, {}, {}, frozenset(), {}, {}, {})
HANDLES, GROUPS, ZONES = ("ada", "alan", "grace"), ("guards", "staff"), ("floor-3", "server-room")
SCHEDULES, HOLIDAYS = ("night", "office"), ("2027-12-25", "2028-01-01")
NOON = 1_900_000_000

times = st.one_of(st.none(), st.integers(NOON, NOON + 3))
statuses = st.sampled_from(Status)
card_classes = st.sampled_from([CardClass.UNKNOWN, CardClass.PROX, CardClass.SEOS])
steps = st.lists(
    st.builds(ThreatEntry, st.integers(1, 5), st.sampled_from([Factor.CARD, Factor.CARD_AND_PIN]), st.integers(0, 9)),
    max_size=2,
    unique_by=lambda step: step.threat,
)


def a_person(**said: object) -> PersonState:
    return PersonState(**{"name": "Ada", "cards": {"aa" * 32: CardState()}} | said)  # type: ignore[arg-type]


@st.composite
def sites(draw: st.DrawFn) -> SiteState:
    """Make a whole site whose parts refer to parts that it has."""
    groups = draw(st.frozensets(st.sampled_from(GROUPS)))
    schedules = {id_: draw(_schedules) for id_ in draw(st.frozensets(st.sampled_from(SCHEDULES)))}
    zones = {
        id_: draw(_zones(groups) | _zones_by_factor(sorted(schedules), groups))
        for id_ in draw(st.frozensets(st.sampled_from(ZONES)))
    }
    people = draw(_visiting(draw(_people(groups)), groups, sorted(zones)))
    zones = {
        id_: replace(
            draw(_visited(zone, groups)), occupancy=draw(_counted(id_, frozenset(zones))), trainings=draw(_asked)
        )
        for id_, zone in zones.items()
    }
    doors = {f"door-{zone}": zone for zone in zones if draw(st.booleans())}
    shut = {door for door, zone in doors.items() if zones[zone].strict}
    modes = {
        door: draw(_modes(sorted(schedules), groups, shut=door in shut)) for door in doors if draw(st.booleans())
    }
    subjects = [*(Subject(PERSON, each) for each in sorted(people)), *(Subject(GROUP, g) for g in sorted(groups))]
    pairs = [(subject, zone) for subject in subjects for zone in sorted(zones)]
    terms = st.builds(Terms, st.sampled_from([None, *sorted(schedules)]), st.none(), times)
    return SiteState(
        people=people,
        groups=groups,
        zones=zones,
        doors=doors,
        modes={door: each for door, each in modes.items() if each != ModesState()},
        schedules=schedules,
        holidays=draw(st.frozensets(st.sampled_from(HOLIDAYS))),
        grants={pair: draw(st.frozensets(terms, min_size=1, max_size=2)) for pair in pairs if draw(st.booleans())},
        retention=draw(rules(sorted(zones))),
    )


@st.composite
def sites_of_two_admins(draw: st.DrawFn) -> SiteState:
    """Make a whole site where zones, if there are any, ask for two admins."""
    site = draw(sites())
    return replace(site, zones={id_: replace(zone, approvals=2) for id_, zone in (site.zones or {}).items()})


def _counted(zone: str, zones: frozenset[str]) -> st.SearchStrategy[OccupancyState]:
    """Say what a zone asks of who is inside; it may lie in one whose name comes later."""
    return st.just(NOTHING_ASKED) | st.builds(
        OccupancyState,
        st.sampled_from([None, *sorted(each for each in zones if each > zone)]),
        st.sampled_from(Passback),
        st.sampled_from([600, 60]),
        most=st.sampled_from([None, 8]),
        least=st.sampled_from([1, 2]),
        reset_at=st.sampled_from([None, "04:00"]),
    )


_asked = st.lists(
    st.tuples(st.sampled_from(["gas", "ladder"]), st.sampled_from([30, 365])), max_size=2, unique_by=lambda it: it[0]
).map(lambda found: TrainingsAsked(tuple(sorted(found))))
_days = st.lists(
    st.tuples(st.sampled_from(["gas", "ladder"]), st.sampled_from(["2026-02-28", "2026-12-01"])),
    max_size=2,
    unique_by=lambda it: it[0],
).map(lambda found: tuple(sorted(found)))


@st.composite
def _people(draw: st.DrawFn, groups: frozenset[str]) -> dict[str, PersonState]:
    """Make people of these groups, with cards that are each one person's."""
    owners = {f"{number:02x}" * 32: draw(st.sampled_from(HANDLES)) for number in range(3)}
    return {
        handle: PersonState(
            draw(st.sampled_from(["", "Ada", "Grace Ö."])),
            draw(st.sampled_from([Status.ACTIVE, Status.SUSPENDED])),
            valid_until=draw(times),
            groups=draw(st.frozensets(st.sampled_from(sorted(groups)))) if groups else frozenset(),
            cards={key: draw(_cards) for key, who in owners.items() if who == handle},
            clearance=draw(st.sampled_from([0, 2, 9])),
            trained=draw(_days),
        )
        for handle in draw(st.frozensets(st.sampled_from(HANDLES)))
    }


@st.composite
def _visiting(
    draw: st.DrawFn, people: dict[str, PersonState], groups: frozenset[str], zones: list[str]
) -> dict[str, PersonState]:
    """Make some of the people visitors whom others bring, in the name of others who may invite."""
    visitors = draw(st.frozensets(st.sampled_from(sorted(people)))) if people else frozenset[str]()
    hosts = sorted(people.keys() - visitors)
    may_invite = st.frozensets(st.sampled_from(zones), min_size=1) if zones else st.nothing()
    invites = st.none() | st.builds(SponsorState, may_invite, st.integers(1, 9), st.sampled_from([60, 3600]))
    made = {handle: replace(people[handle], sponsor=draw(invites)) for handle in hosts}
    sponsors = [handle for handle in hosts if made[handle].sponsor is not None]
    ways = [
        (None, None),
        *((host, None) for host in hosts),
        *((None, group) for group in sorted(groups)),
    ]
    for handle in sorted(visitors):
        escort, group = draw(st.sampled_from(ways))
        visitor = VisitorState(escort, group, draw(st.sampled_from([None, *sponsors])))
        made[handle] = replace(people[handle], visitor=visitor)
    return made


def _visited(zone: ZoneState, groups: frozenset[str]) -> st.SearchStrategy[ZoneState]:
    """Say how visitors enter a zone; a strict one never alone."""
    escorting = st.builds(
        EscortState,
        st.just(False) if zone.strict else st.booleans(),
        st.sampled_from([30, 45]),
        st.sampled_from([5, 2]),
        st.sampled_from([3600, 600]),
        st.sampled_from([None, *sorted(groups)]),
    )
    return (st.just(AS_USUAL) | escorting).map(lambda asked: replace(zone, visitors=asked))


@st.composite
def _modes(draw: st.DrawFn, schedules: Sequence[str], groups: frozenset[str], *, shut: bool) -> ModesState:
    """Make modes of a door; one that must stay shut never stays unlocked."""
    group = draw(st.sampled_from([None, *sorted(groups)]))
    never = (OPENING if shut else frozenset()) | (frozenset() if group else {Mode.OFFICE})
    by_clock = sorted(set(Mode) - never)
    times = st.lists(st.builds(ModeTime, st.sampled_from(schedules), st.sampled_from(by_clock)), max_size=2)
    usual = st.sampled_from(sorted({*by_clock} - {Mode.FIRST_PERSON_IN}))
    return ModesState(draw(usual), tuple(draw(times)) if schedules else (), group)


def rules(zones: Sequence[str]) -> st.SearchStrategy[dict[tuple[str, str], RetentionState]]:
    """Make rules of retention for these zones and for all."""
    days = st.none() | st.integers(1, 9)
    kept = st.builds(RetentionState, days, days).filter(_ends_with_its_record)
    places = st.tuples(st.sampled_from([EVERY, *zones]), st.sampled_from(RecordClass).map(str))
    return st.dictionaries(places, kept, max_size=4)


def _ends_with_its_record(kept: RetentionState) -> bool:
    return kept.leaf_days is None or (kept.openings_days or 0) <= kept.leaf_days


_cards = st.builds(
    CardState,
    statuses,
    st.none(),
    times,
    st.sampled_from([None, None, 1, 1000]),
    st.sampled_from([None, None, 60, 28_800]),
    card_classes,
)


def _zones(groups: frozenset[str]) -> st.SearchStrategy[ZoneState]:
    plain = st.builds(ZoneState, st.sampled_from(ZoneKind))
    stale = st.builds(
        ZoneState, st.sampled_from(ZoneKind), max_age_seconds=st.just(900), mechanical_key=st.just(True)
    )
    broken = st.builds(
        ZoneState,
        st.just(ZoneKind.SERVER_ROOM),
        max_age_seconds=st.just(900),
        break_glass=st.sampled_from([*sorted(groups), None]),
        mechanical_key=st.just(True),
        grace_after_boot_seconds=st.just(60),
    )
    return st.one_of(plain, stale, broken)


def _zones_by_factor(schedules: Sequence[str], groups: frozenset[str]) -> st.SearchStrategy[ZoneState]:
    """Make zones that ask for PINs, or for less by the clock; a strict one takes none without a card."""
    strict = _zones_asking([Factor.CARD, Factor.CARD_AND_PIN], schedules, groups, strict=True)
    return strict | _zones_asking(list(Factor), schedules, groups)


def _zones_asking(
    factors: Sequence[Factor], schedules: Sequence[str], groups: frozenset[str], *, strict: bool = False
) -> st.SearchStrategy[ZoneState]:
    factor = st.sampled_from(factors)
    times = (
        st.lists(st.builds(FactorTime, st.sampled_from(schedules), factor), max_size=2) if schedules else st.just([])
    )
    return st.builds(
        ZoneState,
        st.sampled_from(ZoneKind),
        strict=st.just(strict),
        factor=factor,
        factor_times=times.map(tuple),
        pin_tries=st.sampled_from([1, 5]),
        pin_block_seconds=st.sampled_from([60, 90, 300]),
        persons=st.sampled_from([1, 2]),
        persons_seconds=st.sampled_from([30, 60]),
        reader_classes=st.sampled_from([(), (ReaderClass.WIEGAND,), (ReaderClass.OSDP_SC, ReaderClass.TEXT)]),
        card_classes=st.sampled_from([(), (CardClass.SEOS,), (CardClass.DESFIRE, CardClass.PROX)]),
        threats=steps.map(lambda found: tuple(sorted(found))),
        persons_group=st.sampled_from([*sorted(groups), None]),
    )


_schedules = st.builds(
    ScheduleState,
    st.just((WindowRow((Weekday.MONDAY, Weekday.FRIDAY), "07:00", "19:00"),)),
    st.sampled_from(HolidayRule),
)

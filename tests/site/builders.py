"""Random sites and small ones, as states."""

from collections.abc import Sequence

from hypothesis import strategies as st

from doorctl.core.model import Factor, HolidayRule, Status, Weekday, ZoneKind
from doorctl.core.record_classes import EVERY, RecordClass
from doorctl.policy.rows import FactorTime, WindowRow
from doorctl.site.state import (
    GROUP,
    PERSON,
    CardState,
    PersonState,
    RetentionState,
    ScheduleState,
    SiteState,
    Subject,
    Terms,
    ZoneState,
)

EMPTY = SiteState({}, frozenset(), {}, {}, {}, frozenset(), {}, {})
HANDLES, GROUPS, ZONES = ("ada", "alan", "grace"), ("guards", "staff"), ("floor-3", "server-room")
SCHEDULES, HOLIDAYS = ("night", "office"), ("2027-12-25", "2028-01-01")
NOON = 1_900_000_000

times = st.one_of(st.none(), st.integers(NOON, NOON + 3))
statuses = st.sampled_from(Status)


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
    handles = draw(st.frozensets(st.sampled_from(HANDLES)))
    owners = {f"{number:02x}" * 32: draw(st.sampled_from(HANDLES)) for number in range(3)}
    people = {
        handle: PersonState(
            draw(st.sampled_from(["", "Ada", "Grace Ö."])),
            draw(st.sampled_from([Status.ACTIVE, Status.SUSPENDED])),
            valid_until=draw(times),
            groups=draw(st.frozensets(st.sampled_from(sorted(groups)))) if groups else frozenset(),
            cards={key: CardState(draw(statuses), None, draw(times)) for key, who in owners.items() if who == handle},
        )
        for handle in handles
    }
    subjects = [*(Subject(PERSON, each) for each in sorted(handles)), *(Subject(GROUP, g) for g in sorted(groups))]
    pairs = [(subject, zone) for subject in subjects for zone in sorted(zones)]
    terms = st.builds(Terms, st.sampled_from([None, *sorted(schedules)]), st.none(), times)
    return SiteState(
        people=people,
        groups=groups,
        zones=zones,
        doors={f"door-{zone}": zone for zone in zones if draw(st.booleans())},
        schedules=schedules,
        holidays=draw(st.frozensets(st.sampled_from(HOLIDAYS))),
        grants={pair: draw(st.frozensets(terms, min_size=1, max_size=2)) for pair in pairs if draw(st.booleans())},
        retention=draw(rules(sorted(zones))),
    )


def rules(zones: Sequence[str]) -> st.SearchStrategy[dict[tuple[str, str], RetentionState]]:
    """Make rules of retention for these zones and for all."""
    days = st.none() | st.integers(1, 9)
    kept = st.builds(RetentionState, days, days).filter(_ends_with_its_record)
    places = st.tuples(st.sampled_from([EVERY, *zones]), st.sampled_from(RecordClass).map(str))
    return st.dictionaries(places, kept, max_size=4)


def _ends_with_its_record(kept: RetentionState) -> bool:
    return kept.leaf_days is None or (kept.openings_days or 0) <= kept.leaf_days


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
        persons_group=st.sampled_from([*sorted(groups), None]),
    )


_schedules = st.builds(
    ScheduleState,
    st.just((WindowRow((Weekday.MONDAY, Weekday.FRIDAY), "07:00", "19:00"),)),
    st.sampled_from(HolidayRule),
)

"""Values of the rules at random: grants, zones, times and whatever else a request and its facts are made of."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from doorctl.core.areas import CountedBy, Inside, Occupancy, Passback, Way
from doorctl.core.classes import NOT_CLONABLE, CardClass, ReaderClass
from doorctl.core.model import (
    Credential,
    Door,
    Factor,
    Grant,
    Holder,
    HolidayRule,
    OnAuditFailure,
    RosterLine,
    Schedule,
    Status,
    Weekday,
    Window,
    Zone,
    ZoneKind,
)
from doorctl.core.modes import DoorModes, Mode, Override
from doorctl.core.request import Companion
from doorctl.core.visitors import Escorting, Sponsor, Visitor
from tests.core.builders import ADAS_PIN, FRONT, KEY, a_window

RIGHT, DURESS, WRONG = ADAS_PIN.key, b"d" * 32, b"w" * 32
HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
PARIS = ZoneInfo("Europe/Paris")
TIMEZONES = (UTC, PARIS, *map(ZoneInfo, ("America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati")))
MOMENTS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        "2026-06-03T12:00",
        "2026-03-29T00:59:59",
        "2026-03-29T01:00",
        "2026-10-25T00:30",
        "2026-10-25T01:30",
        "2026-04-04T15:00",
        "2026-12-31T23:59:59.999999",
        "2028-02-28T23:30",
        "2028-02-29T12:00",
        "2028-03-01T00:00",
        "2100-02-28T23:59",
    )
)
"""Noon of a Wednesday, both sides of clock changes in Paris and on Lord Howe, a year's end, leap days and none."""
ALWAYS = Schedule("always", (a_window("00:00", "24:00", Weekday),))
NEVER = Schedule("never", ())
WAYS = (Way.IN, Way.IN, Way.OUT)
SCHEDULES = ("always", "always", "office", "never", "gone")
"""By their names; nobody knows the last one."""
LONG_AGO = date(2000, 1, 1)
PEOPLE = ("ada", "grace", "alan")

Bounds = tuple[datetime | None, datetime | None]
T = TypeVar("T")


def mostly(chance: Random, usual: T, *others: T) -> T:
    """Choose the usual nine times in ten."""
    return usual if chance.random() < 0.9 else chance.choice(others)


def any_bounds(chance: Random, at: datetime) -> Bounds:
    """Choose from and until; most are none, or keep the moment within."""
    kept = ((at, at + HOUR), (at - HOUR, None), (None, at + TICK), *(((None, None),) * 6))
    broken = ((at + HOUR, None), (None, at), (at - 2 * HOUR, at - HOUR))
    return chance.choice(kept if chance.random() < 0.95 else broken)


def a_status(chance: Random) -> Status:
    """Choose a status."""
    return chance.choice((Status.ACTIVE,) * 6 + (Status.SUSPENDED, Status.LOST))


def a_grant(chance: Random, at: datetime) -> Grant:
    """Make a grant of Ada or her group, mostly for this zone, with or without schedule and bounds."""
    schedule = chance.choice((None, None, None, "always", "always", "office", "never", "gone"))
    zone = mostly(chance, "floor-3", "lobby")
    return Grant(
        f"g{chance.randrange(100)}", chance.choice(("ada", "guards")), zone, schedule, *any_bounds(chance, at)
    )


def any_grants(chance: Random, at: datetime) -> tuple[Grant, ...]:
    """Make none, or up to three."""
    return tuple(a_grant(chance, at) for _ in range(chance.randrange(4)))


def any_card(chance: Random, at: datetime) -> Credential | None:
    """Choose a card, mostly Ada's."""
    card = Credential(mostly(chance, KEY, WRONG), mostly(chance, *PEOPLE), a_status(chance), *any_bounds(chance, at))
    return mostly(chance, card, None)


def any_holder(chance: Random, at: datetime) -> Holder | None:
    """Choose a holder, mostly Ada."""
    return mostly(chance, Holder(mostly(chance, *PEOPLE), a_status(chance), *any_bounds(chance, at)), None)


def a_visitor(chance: Random, at: datetime) -> Visitor:
    """Make a visitor, mostly Ada, whom Grace may bring; every other is a guest of Joan's."""
    full = mostly(chance, frozenset[str](), frozenset({"grace"}))
    visitor = Visitor(mostly(chance, "ada", "alan"), mostly(chance, frozenset({"grace"}), frozenset()), full)
    if chance.random() < 0.5:
        return visitor
    joan = Holder("joan", a_status(chance), *any_bounds(chance, at))
    grants = tuple(a_grant(chance, at) for _ in range(chance.choice((1, 1, 2))))
    sponsor = Sponsor(joan, mostly(chance, frozenset({"floor-3", "lobby"}), frozenset({"lobby"})), grants)
    return replace(visitor, sponsor=mostly(chance, "joan", "alan"), sponsored_by=mostly(chance, sponsor, None))


def a_line(chance: Random, at: datetime) -> RosterLine:
    """Make a line of the roster for Ada and her card."""
    schedule = mostly(chance, None, ALWAYS, ALWAYS, NEVER, an_office(chance))
    return RosterLine(schedule, mostly(chance, None, at + TICK, at), chance.choice(TIMEZONES))


def any_roster(chance: Random, at: datetime) -> tuple[RosterLine, ...] | None:
    """Choose a roster of up to two lines."""
    return mostly(chance, tuple(a_line(chance, at) for _ in range(chance.randrange(3))), None)


def a_zone(chance: Random) -> Zone:
    """Make the zone, that asks for a few things of all that it may."""
    names = chance.sample(list(ZONES), chance.choice((0, 0, 1, 2, 3, 4)))
    return Zone(**{"id": "floor-3", "break_glass": "guards"} | {name: ZONES[name](chance) for name in names})


def an_occupancy(chance: Random) -> Occupancy:
    """Choose what a zone asks of who is inside."""
    return Occupancy(
        around=chance.choice(((), ("building",))),
        passback=chance.choice(list(Passback)),
        passback_seconds=chance.choice((1, 600)),
        limits=chance.choice(((), (("floor-3", 3),), (("floor-3", 1), ("building", 9)))),
        least=chance.choice((1, 1, 2, 3)),
        reset_minute=chance.choice((None, 180)),
    )


def any_inside(chance: Random, at: datetime) -> Inside | None:
    """Choose what is known of who is inside."""
    zones = {zone: at - chance.choice((TICK, HOUR)) for zone in ("floor-3", "building") if chance.random() < 0.3}
    others = chance.randrange(4)
    company = chance.choice((frozenset[tuple[str, str]](), frozenset({("grace", "floor-3")})))
    inside = Inside(
        chance.random() < 0.8, zones, {"floor-3": others}, others, company, chance.choice(list(CountedBy))
    )
    return mostly(chance, inside, None)


def any_company(chance: Random) -> tuple[Companion, ...]:
    """Choose who waits at the door, some of them twice, perhaps Ada among them."""
    return tuple(
        Companion(chance.choice((*PEOPLE, "joan")), chance.random() < 0.5, chance.random() < 0.5, chance.choice(WAYS))
        for _ in range(chance.randrange(5))
    )


def any_escorting(chance: Random) -> Escorting:
    """Choose what a zone asks of escorts."""
    return Escorting(chance.random() < 0.5, *(chance.choice((1, 60)) for _ in range(3)))


def any_door(chance: Random, at: datetime) -> Door | None:
    """Choose a door, mostly the one in front, in any mode."""
    return mostly(
        chance, replace(FRONT, modes=any_modes(chance, at)), None, Door("back", "floor-3"), Door("front", "lobby")
    )


def any_modes(chance: Random, at: datetime) -> DoorModes:
    """Choose the modes of a door; most leave it to cards."""
    modes = (Mode.CARD, Mode.CARD, Mode.CARD, *Mode)
    times = tuple((chance.choice(("always", "office", "never", "gone")), chance.choice(modes)) for _ in range(2))
    override = Override(chance.choice(modes), chance.choice((None, at, at + TICK, at - HOUR)))
    return DoorModes(
        chance.choice(modes),
        times[: chance.choice((0, 1, 2))],
        office_group="guards",
        override=mostly(chance, None, override),
    )


def an_office(chance: Random) -> Schedule:
    """Make a schedule of any windows."""
    windows = tuple(a_random_window(chance) for _ in range(chance.randrange(4)))
    return Schedule("office", windows, chance.choice(list(HolidayRule)))


def a_random_window(chance: Random) -> Window:
    """Make a window; many begin or end at midnight, when clocks change, or when they begin."""
    start = chance.choice((0, 60, 90, 120, 180, 1439, chance.randrange(1440)))
    end = chance.choice((0, 120, 150, 180, 1440, start, chance.randrange(1441)))
    return Window(frozenset(chance.sample(list(Weekday), chance.randrange(1, 8))), start, end)


ZONES: Mapping[str, Callable[[Random], Any]] = {
    "id": lambda chance: mostly(chance, "floor-3", "lobby"),
    "kind": lambda chance: chance.choice(list(ZoneKind)),
    "on_audit_failure": lambda chance: chance.choice(list(OnAuditFailure)),
    "max_age_seconds": lambda _: 60.0,
    "strict": lambda _: True,
    "break_glass": lambda _: None,
    "grace_after_boot_seconds": lambda chance: chance.choice((0.0, 3600.0)),
    "factor": lambda chance: chance.choice(list(Factor)),
    "factor_times": lambda chance: tuple((chance.choice(SCHEDULES), chance.choice(list(Factor))) for _ in range(2)),
    "pin_tries": lambda _: 3,
    "pin_block_seconds": lambda _: 60,
    "persons": lambda chance: chance.choice((2, 2, 3)),
    "persons_seconds": lambda _: 10,
    "persons_group": lambda _: "guards",
    "trainings": lambda chance: chance.choice(((("ladder", 365),), (("ladder", 1), ("gas", 365)))),
    "occupancy": an_occupancy,
    "reader_classes": lambda chance: frozenset({chance.choice((*(ReaderClass.WIEGAND,) * 3, *ReaderClass))}),
    "card_classes": lambda chance: chance.choice((NOT_CLONABLE, NOT_CLONABLE, frozenset({CardClass.SEOS}))),
    "clearance": lambda chance: chance.choice((1, 2, 3)),
    "raised_to": lambda chance: chance.choice(list(Factor)),
    "is_raised": lambda _: True,
}
"""What a zone may ask for, each by itself."""

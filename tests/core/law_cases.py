"""Requests with facts at random, most of them good, so that a third of the cases is granted; laws hold for all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import (
    Credential,
    Door,
    Factor,
    Grant,
    HeldPin,
    Holder,
    HolidayRule,
    RosterLine,
    Schedule,
    Status,
    Weekday,
    Window,
    Zone,
)
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Decision, Facts
from tests.core.builders import ADAS_PIN, FRONT, KEY, WITH_ADA, WITH_GRACE, a_window

SO_MANY = pytest.mark.parametrize(
    "number", [1_000, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(600)])]
)
RIGHT, DURESS, WRONG = ADAS_PIN.key, b"d" * 32, b"w" * 32
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
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
FLAGS = (
    "locked_down",
    "needs_upgrade",
    "denied_by_order",
    "policy_forked",
    "disk_almost_full",
    "credential_blocked",
    "reader_blocked",
    "interlocked",
)

Bounds = tuple[datetime | None, datetime | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """A request and what is known of it."""

    request: AccessRequest
    facts: Facts

    @property
    def decision(self) -> Decision:
        """What the rules make of it."""
        return decide(self.request, self.facts)

    @property
    def denials(self) -> tuple[Reason, ...]:
        """The reasons that deny; duress denies nothing, and may be told beside them."""
        return tuple(reason for reason in self.decision.reasons if reason is not Reason.DURESS)

    @property
    def is_granted(self) -> bool:
        """Whether it opens."""
        return self.decision.is_granted

    def asked(self, **changes: Any) -> "Case":  # noqa: ANN401 (as dataclasses.replace has it)
        """Give the case with another request."""
        return replace(self, request=replace(self.request, **changes))

    def known(self, **changes: Any) -> "Case":  # noqa: ANN401 (as dataclasses.replace has it)
        """Give the case with other facts."""
        return replace(self, facts=replace(self.facts, **changes))

    def in_zone(self, **changes: Any) -> "Case":  # noqa: ANN401 (as dataclasses.replace has it)
        """Give the case with another zone; one that is not known stays so."""
        return self if self.facts.zone is None else self.known(zone=replace(self.facts.zone, **changes))


def cases(chance: Random, number: int) -> Iterator[Case]:
    """Make so many cases."""
    return (a_case(chance) for _ in range(number))


def a_case(chance: Random) -> Case:
    """Make any request at the front door, with facts that may stand together or not."""
    at = chance.choice(MOMENTS)
    pin_alone = chance.random() < 0.1
    request = AccessRequest(
        "front",
        () if pin_alone else (KEY,),
        at,
        strict_zone=mostly(chance, None, "floor-3", "floor-3", "floor-3", "lobby"),
        companions=chance.choice((WITH_GRACE, WITH_GRACE, WITH_GRACE, WITH_ADA, ())),
        pins=chance.choice(((RIGHT,),) * 12 + ((DURESS,), (DURESS,), None, None, None, None, (WRONG,), ())),
        pin_alone=pin_alone,
    )
    zone = a_zone(chance)
    card = Credential(KEY, mostly(chance, "ada", "ada", "alan"), a_status(chance), *any_bounds(chance, at))
    holder = Holder("ada", a_status(chance), *any_bounds(chance, at))
    clock_trusted, boot_seconds = chance.choice(
        ((True, None),) * 12 + ((False, 10.0), (False, 3600.0), (False, None))
    )
    facts = Facts(
        door=mostly(chance, FRONT, FRONT, FRONT, None, Door("back", "floor-3"), Door("front", "lobby")),
        zone=chance.choice((zone,) * 30 + (None,)),
        credential=None if pin_alone else chance.choice((card,) * 30 + (None,)),
        holder=chance.choice((holder,) * 30 + (None,)),
        grants=tuple(a_grant(chance, at) for _ in range(chance.choice((0, 1, 2, 3)))),
        schedules={schedule.id: schedule for schedule in (ALWAYS, NEVER, an_office(chance))},
        holidays=frozenset(mostly(chance, (), (at.date(),))),
        timezone=chance.choice(TIMEZONES),
        policy_known=mostly(chance, True, True, True, False),
        ring_keys=mostly(chance, 1, 1, 1, 2),
        roster=mostly(chance, tuple(a_line(chance, at) for _ in range(chance.choice((0, 1, 2)))), None),
        may_break_glass=chance.random() < 0.5,
        policy_age_seconds=mostly(chance, 10.0, 61.0, None),
        clock_trusted=clock_trusted,
        boot_seconds=boot_seconds,
        pin=mostly(chance, ADAS_PIN, HeldPin(RIGHT), HeldPin(RIGHT), HeldPin(RIGHT), None),
    )
    return Case(request, facts).known(**{flag: True for flag in FLAGS if chance.random() < 0.02})


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
    return chance.choice((Status.ACTIVE,) * 28 + (Status.SUSPENDED, Status.LOST))


def a_grant(chance: Random, at: datetime) -> Grant:
    """Make a grant of Ada, mostly for this zone, with or without schedule and bounds."""
    schedule = chance.choice((None, None, None, "always", "always", "office", "never", "gone"))
    zone = mostly(chance, "floor-3", "lobby")
    return Grant(f"g{chance.randrange(100)}", "ada", zone, schedule, *any_bounds(chance, at))


def a_line(chance: Random, at: datetime) -> RosterLine:
    """Make a line of the roster for Ada and her card."""
    schedule = mostly(chance, None, ALWAYS, ALWAYS, NEVER, an_office(chance))
    return RosterLine(schedule, mostly(chance, None, at + TICK, at), chance.choice(TIMEZONES))


def a_zone(chance: Random) -> Zone:
    """Make the zone, that may ask for anything."""
    times = [(chance.choice(("always", "office", "never", "gone")), chance.choice(list(Factor))) for _ in range(2)]
    return Zone(
        "floor-3",
        max_age_seconds=chance.choice((None, 60.0)),
        strict=mostly(chance, False, True, True),
        break_glass="guards",
        factor=chance.choice((Factor.CARD, Factor.CARD, *Factor)),
        factor_times=tuple(times[: chance.choice((0, 0, 1, 2))]),
        persons=mostly(chance, 1, 2),
        persons_group=chance.choice((None, "guards")),
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

"""Builders for the rules' tests: Ada may enter floor-3 by the front door, and each test says what differs."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo

from doorctl.core.model import (
    CardLimits,
    CardUsed,
    Credential,
    Door,
    Grant,
    HeldPin,
    Holder,
    HolidayRule,
    RosterLine,
    Schedule,
    Weekday,
    Window,
    Zone,
)
from doorctl.core.request import NEVER_USED, AccessRequest, Companion, Facts

NOON = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)
"""A Wednesday."""

WORKDAYS = frozenset(list(Weekday)[:5])
EVERY_DAY = frozenset(list(Weekday)[:7])
KEY = b"k" * 32
FRONT = Door("front", "floor-3")
FLOOR_3 = Zone("floor-3")
ADA = Holder("ada")
ADAS_CARD = Credential(KEY, "ada")
WITH_ADA = (Companion("ada", breaks_glass=True),)
WITH_GRACE = (Companion("grace", breaks_glass=True),)
ADAS_PIN = HeldPin(b"p" * 32, duress=b"d" * 32)
ADAS_GRANT = Grant("g1", "ada", "floor-3")


def a_window(start: str, end: str, days: Iterable[Weekday] = EVERY_DAY) -> Window:
    """Make a window of times such as `22:00` and `24:00`."""
    return Window(frozenset(days), _minutes(start), _minutes(end))


def a_schedule(*windows: Window, holidays: HolidayRule = HolidayRule.REPLACE) -> Schedule:
    """Make the schedule named office."""
    return Schedule("office", windows, holidays)


def a_request(
    at: datetime = NOON,
    *credentials: bytes,
    door: str = "front",
    strict_zone: str | None = None,
    companions: tuple[Companion, ...] = (),
    pin: bytes | None = None,
) -> AccessRequest:
    """Make Ada's request at the front door."""
    return AccessRequest(door, credentials or (KEY,), at, strict_zone, companions, None if pin is None else (pin,))


def a_request_by_pin(pin: bytes, at: datetime = NOON) -> AccessRequest:
    """Make a request at the front door by a PIN alone."""
    return AccessRequest("front", (), at, pins=(pin,), pin_alone=True)


def facts(
    *grants: Grant,
    door: Door | None = FRONT,
    zone: Zone | None = FLOOR_3,
    credential: Credential | None = ADAS_CARD,
    holder: Holder | None = ADA,
    schedules: Iterable[Schedule] = (),
    holidays: Iterable[date] = (),
    timezone: tzinfo = UTC,
    policy_known: bool = True,
    policy_age_seconds: float | None = None,
    roster: tuple[RosterLine, ...] | None = None,
    may_break_glass: bool = False,
    clock_trusted: bool = True,
    boot_seconds: float | None = None,
    pin: HeldPin | None = None,
    limits: CardLimits | None = None,
    used: CardUsed = NEVER_USED,
    trained: Mapping[str, date] | None = None,
) -> Facts:
    """Make the facts of Ada's request; exactly the given grants count."""
    return Facts(
        door=door,
        zone=zone,
        credential=credential,
        holder=holder,
        grants=grants,
        schedules={schedule.id: schedule for schedule in schedules},
        holidays=frozenset(holidays),
        timezone=timezone,
        policy_known=policy_known,
        policy_age_seconds=policy_age_seconds,
        roster=roster,
        may_break_glass=may_break_glass,
        clock_trusted=clock_trusted,
        boot_seconds=boot_seconds,
        pin=pin,
        limits=limits,
        used=used,
        trained=trained or {},
    )


def _minutes(text: str) -> int:
    """Read minutes since midnight."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)

"""Who may enter where, and when."""

from datetime import date
from typing import Annotated, ClassVar

import msgspec

from doorctl.core.model import HolidayRule, Weekday
from doorctl.policy.rows.fields import ClockTime, IsoDate, Name, StartTime, UnixSeconds
from doorctl.policy.rows.policy_row import PolicyRow


class WindowRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days and local clock times; an end at or before the start is on the next day."""

    days: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1, max_length=8)]
    start: StartTime
    end: ClockTime


class ScheduleRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="schedule"):
    """A weekly schedule in the site's time zone."""

    table: ClassVar[str] = "schedules"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    windows: Annotated[tuple[WindowRow, ...], msgspec.Meta(max_length=64)]
    holidays: HolidayRule = HolidayRule.REPLACE


class HolidayRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="holiday"):
    """A date on which ordinary weekly windows do not start."""

    table: ClassVar[str] = "holidays"
    primary_key: ClassVar[tuple[str, ...]] = ("date",)
    date: IsoDate

    def __post_init__(self) -> None:
        """The date is one of the calendar."""
        date.fromisoformat(self.date)


class GrantRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="grant"):
    """A holder or a group may enter a zone."""

    table: ClassVar[str] = "grants"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    zone: Name
    holder: Name | None = None
    group: Name | None = None
    schedule: Name | None = None
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None

    def __post_init__(self) -> None:
        """A grant is to one holder or to one group."""
        if (self.holder is None) == (self.group is None):
            raise ValueError("a grant names a holder or a group, and not both")

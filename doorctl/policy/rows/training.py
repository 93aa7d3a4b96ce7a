"""What zones ask somebody to have been trained in, and who has been."""

from datetime import date
from typing import ClassVar

from doorctl.policy.rows.fields import IsoDate, Name, TrainingDays
from doorctl.policy.rows.policy_row import PolicyRow


class ZoneTrainingRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone-training"):
    """Whoever enters a zone has taken this course within so many days."""

    table: ClassVar[str] = "zone_trainings"
    primary_key: ClassVar[tuple[str, ...]] = ("zone", "course")
    level: ClassVar[int] = 5
    zone: Name
    course: Name
    within_days: TrainingDays


class TrainingRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="training"):
    """A holder has taken a course, the last time on this day."""

    table: ClassVar[str] = "trainings"
    primary_key: ClassVar[tuple[str, ...]] = ("holder", "course")
    level: ClassVar[int] = 5
    holder: Name
    course: Name
    day: IsoDate

    def __post_init__(self) -> None:
        """The day is one of the calendar."""
        date.fromisoformat(self.day)

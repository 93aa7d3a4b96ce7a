"""What a zone asks somebody to have been trained in, and how recently."""

from datetime import date, datetime, time, timedelta

from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts


def training_is_recent(request: AccessRequest, facts: Facts) -> Reason | None:
    """Each course that the zone names was taken, and not longer ago than it says, by the days of the site."""
    if facts.zone is None or not facts.zone.trainings:
        return None
    try:
        today = request.at.astimezone(facts.timezone).date()
    except OverflowError:  # after the last day of the calendar
        return Reason.TRAINING_EXPIRED
    is_over = False
    for day, within in _taken(facts):
        if day is None or day > today:
            return Reason.TRAINING_MISSING
        is_over = is_over or (today - day).days > within
    return Reason.TRAINING_EXPIRED if is_over else None


def training_depends_on_clock(facts: Facts) -> bool:
    """Answer whether the zone asks for any."""
    return facts.zone is not None and bool(facts.zone.trainings)


def training_ends(facts: Facts) -> datetime | None:
    """Return the midnight at which the first of the trainings is too long ago; None where none will be."""
    try:
        ends = [day + timedelta(days=within + 1) for day, within in _taken(facts) if day is not None]
        return datetime.combine(min(ends), time(), facts.timezone) if ends else None
    except OverflowError:  # beyond the last day of the calendar
        return None


def _taken(facts: Facts) -> list[tuple[date | None, int]]:
    """Give for each course of the zone when it was taken, and how many days that counts."""
    asked = () if facts.zone is None else facts.zone.trainings
    return [(facts.trained.get(course), within) for course, within in asked]

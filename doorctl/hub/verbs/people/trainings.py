"""The commands that say what a zone asks somebody to have been trained in, and who was trained when."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import HolderRow, TrainingRow, ZoneRow, ZoneTrainingRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.training_words import TrainingSet, ZoneTrainingSet

_WITHOUT = """
SELECT count(DISTINCT h.id), count(DISTINCT h.id) FILTER (WHERE t.day IS NULL OR t.day < :first) FROM grants AS g
LEFT JOIN members AS m ON m."group" = g."group" JOIN holders AS h ON h.id = coalesce(g.holder, m.holder)
LEFT JOIN trainings AS t ON t.holder = h.id AND t.course = :course WHERE g.zone = :zone
"""
"""How many have a grant for the zone, and how many of them did not take the course since a day."""


def zone_training_set(do: ZoneTrainingSet, asked: Asked) -> Intent:
    """Put what a zone asks of one course in the place of what it asked."""
    the(asked, ZoneRow, do.zone)
    before = rows_where(asked.connection, ZoneTrainingRow, zone=do.zone, course=do.course)
    if do.within_days is None:
        return Intent(tuple(map(Drop, before)), f"{do.zone} asks for no {do.course}")
    wanted = ZoneTrainingRow(do.zone, do.course, do.within_days)
    if before == [wanted]:
        return Intent((), f"{do.zone} asks for that already")
    return Intent((Put(wanted),), f"{do.zone} asks for {do.course} within {do.within_days} d{_denied(wanted, asked)}")


def training_set(do: TrainingSet, asked: Asked) -> Intent:
    """Note when a holder was trained; a day that has not begun at the site is none."""
    the(asked, HolderRow, do.holder)
    before = rows_where(asked.connection, TrainingRow, holder=do.holder, course=do.course)
    if do.day is None:
        return Intent(tuple(map(Drop, before)), f"no {do.course} is noted")
    if _day(do.day) > _today(asked):
        raise Refused("bad-date", "nobody has been trained on a day that is still to come")
    wanted = TrainingRow(do.holder, do.course, do.day)
    if before == [wanted]:
        return Intent((), "that is noted already")
    return Intent((Put(wanted),), f"{do.course} noted on {do.day}")


def refuse_trained_zone(zone: str, asked: Asked) -> None:
    """Refuse to take a zone away that asks for a training: ``zone-in-use``."""
    if rows := rows_where(asked.connection, ZoneTrainingRow, zone=zone):
        course = rows[0].course
        raise Refused(
            "zone-in-use",
            f"officers ask for {course} there: one ends that first, `doorctl zone training {zone} --course {course} "
            "--none`",
        )


def _denied(wanted: ZoneTrainingRow, asked: Asked) -> str:
    """Tell who is denied though they have a grant, so that somebody sees to it before they stand there."""
    first = date.fromordinal(max(1, _today(asked).toordinal() - wanted.within_days)).isoformat()
    question = {"zone": wanted.zone, "course": wanted.course, "first": first}
    people, without = asked.connection.execute(_WITHOUT, question).fetchone()
    return f"; {without} of {people} with a grant have not, and are denied" if without else ""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("bad-date", "there is no such day") from error


def _today(asked: Asked) -> date:
    row = asked.connection.execute("SELECT timezone FROM sites").fetchone()
    return datetime.fromtimestamp(asked.at, UTC).astimezone(ZoneInfo(row[0]) if row else UTC).date()

"""What zones ask somebody to have been trained in, and who may be let in by a command about it."""

import sqlite3
from collections.abc import Iterator

from doorctl.hub.rights.reach import Zones, of_holder
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import Row, TrainingRow, ZoneTrainingRow
from doorctl.wire.training_words import TrainingSet, TrainingVerb, ZoneTrainingSet


def trained_less(do: ZoneTrainingSet, connection: sqlite3.Connection) -> Zones:
    """Find the zone if it lets in whose training was longer ago, or who had none."""
    before = rows_where(connection, ZoneTrainingRow, zone=do.zone, course=do.course)
    less = before and (do.within_days is None or do.within_days > before[0].within_days)
    return frozenset({do.zone}) if less else frozenset()


def let_in_as_trained(do: TrainingSet, connection: sqlite3.Connection) -> Zones:
    """Find the zones of a holder that ask for a course, if it was taken later than was noted before."""
    before = rows_where(connection, TrainingRow, holder=do.holder, course=do.course)
    if do.day is None or (before and do.day <= before[0].day):
        return frozenset()
    asking = frozenset(row.zone for row in rows_where(connection, ZoneTrainingRow, course=do.course))
    return asking & (of_holder(do, connection) or frozenset())


def trainings_before(do: TrainingVerb, connection: sqlite3.Connection) -> Iterator[Row]:
    """Find the rows that a command would change, as they stand."""
    match do:
        case ZoneTrainingSet(zone=zone):
            yield from rows_where(connection, ZoneTrainingRow, zone=zone)
        case TrainingSet(holder=holder, course=course):
            yield from rows_where(connection, TrainingRow, holder=holder, course=course)

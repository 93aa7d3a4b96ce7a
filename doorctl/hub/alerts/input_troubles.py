"""What the hub knows of inputs that are in trouble now: by the records of their controllers, from their start on."""

import sqlite3

from doorctl.core.machines.inputs import trouble_told
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import Seen
from doorctl.wire.results import InputTrouble

MOST_TROUBLES = 200
"""Of so many inputs of one controller troubles are kept: it may write what it likes."""
_OVER = "DELETE FROM input_troubles WHERE controller = ? AND door = ? AND what = ?"
_FORGET = "DELETE FROM input_troubles WHERE controller = ?"
_IS_FULL = "SELECT count(*) >= ? FROM input_troubles WHERE controller = ?"
_NOTE = "INSERT INTO input_troubles (controller, door, what, trouble, at) VALUES (?, ?, ?, ?, ?)"
_OF = "SELECT door, what, trouble, at FROM input_troubles WHERE controller = ? ORDER BY door, what"


def note_trouble(connection: sqlite3.Connection, seen: Seen) -> None:
    """Remember what a record tells of an input; in the caller's transaction.

    A door process begins with every input at rest, and records the others.
    """
    if seen.kind == RecordKind.BOOT:
        connection.execute(_FORGET, (seen.controller,))
    told = trouble_told(seen.kind, seen.detail, seen.reader)
    if told is None:
        return
    what, trouble = told
    connection.execute(_OVER, (seen.controller, seen.door, what))
    if trouble and not connection.execute(_IS_FULL, (MOST_TROUBLES, seen.controller)).fetchone()[0]:
        connection.execute(_NOTE, (seen.controller, seen.door, what, trouble, int(seen.at)))


def troubles_of(connection: sqlite3.Connection, controller: str) -> tuple[InputTrouble, ...]:
    """Return the inputs of a controller that are in trouble."""
    return tuple(InputTrouble(*row) for row in connection.execute(_OF, (controller,)))

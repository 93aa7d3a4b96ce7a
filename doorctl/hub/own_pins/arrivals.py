"""Own PINs as they come, in openings of records: kept until they are decided, and never stored as openings.

A keyed hash of a PIN stands in no opening that the hub holds: whom such a record is about, the hub's own log says.
"""

import sqlite3
from collections.abc import Sequence

from doorctl.audit.leaf import Opening
from doorctl.core.records import RecordKind
from doorctl.hub.strict_leaves import ControllerLeaf
from doorctl.wire.own_pin import read_own_pin
from doorctl.wire.topics import is_name

_OWN_PIN = RecordKind.OWN_PIN.value
MOST_KEPT = 1000
"""So many wait to be decided at most: a stolen controller may write what it likes."""
_KEEP = """
INSERT INTO own_pins (controller, door, holder, text, made_at)
SELECT :controller, :door, :holder, :text, :made_at WHERE (SELECT count(*) FROM own_pins) < :most
AND NOT EXISTS (SELECT 1 FROM erasures WHERE holder = :holder)
"""


def without_own_pins(openings: Sequence[Opening], leaves: Sequence[ControllerLeaf]) -> Sequence[Opening]:
    """Leave out what records of own PINs are opened by."""
    brings = _bringing(leaves)
    return [opening for opening in openings if opening.seq not in brings]


def keep_own_pins(
    connection: sqlite3.Connection,
    openings: Sequence[Opening],
    leaves: Sequence[ControllerLeaf],
    *,
    times: Sequence[int],
) -> None:
    """Keep the own PINs of these records, made at these times; in the caller's transaction."""
    brings = _bringing(leaves)
    for opening in openings:
        found = read_own_pin(opening.subject)
        if opening.seq in brings and found is not None:
            number = brings[opening.seq]
            leaf = leaves[number]
            door = leaf.door if is_name(leaf.door) else ""
            values = {"door": door, "holder": found[0].holder, "text": opening.subject, "made_at": times[number]}
            connection.execute(_KEEP, {"controller": leaf.controller, **values, "most": MOST_KEPT})


def _bringing(leaves: Sequence[ControllerLeaf]) -> dict[int, int]:
    """Return where among the leaves those stand that bring own PINs, by their numbers."""
    return {leaf.seq: number for number, leaf in enumerate(leaves) if leaf.kind == _OWN_PIN}

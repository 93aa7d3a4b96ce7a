"""What an admin must know of a change beyond that it was made: whom it does not let in yet, and what to do next."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from doorctl.core.model import Status
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.history import Operation
from doorctl.hub.rights.reach import of_group, of_holder, of_zone, strict_zones
from doorctl.hub.two_admins.zone_asks import rule_of
from doorctl.policy.rows import CredentialRow, DoorRow, GrantRow, MemberRow, Row, ZoneRuleRow
from doorctl.wire.messages import Put

MOST_NAMED = 5

_ADMITTED_TO: dict[type[object], Callable[[Any, sqlite3.Connection], frozenset[str] | None]] = {
    GrantRow: of_zone,
    MemberRow: of_group,
    CredentialRow: of_holder,
}
"""The zones that a row lets somebody into."""


def remarks_on(operations: Sequence[Operation], connection: sqlite3.Connection, roll: Roll) -> str:
    """Return sentences to put behind what is said of these operations, before they are carried out."""
    rows = [each.row for each in operations if isinstance(each, Put)]
    told = [*_await_a_roster(rows, connection), *_become_strict(rows, connection), *_unserved(rows, roll)]
    return "".join(f"; {each}" for each in told)


def _await_a_roster(rows: Iterable[Row], connection: sqlite3.Connection) -> Iterator[str]:
    strict = strict_zones(connection)
    if not strict:
        return
    zones: set[str] = set()
    for row in rows:
        if (find := _ADMITTED_TO.get(type(row))) and getattr(row, "status", Status.ACTIVE) is Status.ACTIVE:
            zones |= strict & (find(row, connection) or frozenset())
    for zone in sorted(zones)[:MOST_NAMED]:
        yield f"{zone} is strict: its doors open only once an officer has signed: doorctl roster sign {zone}"
    if len(zones) > MOST_NAMED:
        yield f"the same goes for {len(zones) - MOST_NAMED} more strict zones: doorctl list zones"


def _become_strict(rows: Iterable[Row], connection: sqlite3.Connection) -> Iterator[str]:
    for row in rows:
        if isinstance(row, ZoneRuleRow) and row.strict and not rule_of(connection, row.zone).strict:
            yield (
                f"nobody enters {row.zone} from now on until an officer has signed: doorctl roster sign {row.zone}; "
                f'strict_zone = "{row.zone}" must stand in the controller.toml of its doors'
            )


def _unserved(rows: Iterable[Row], roll: Roll) -> Iterator[str]:
    doors = [row.id for row in rows if isinstance(row, DoorRow) and not roll.serving(row.id)]
    if doors:
        more = f" and {len(doors) - MOST_NAMED} more" if len(doors) > MOST_NAMED else ""
        named = ", ".join(doors[:MOST_NAMED])
        yield f"no controller serves a door {named}{more} yet: is that its id in controller.toml?"

"""What records are about, as rules of retention tell them apart, and which rule is the most exact."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from doorctl.core.records import RecordKind

R = TypeVar("R")
EVERY = "*"
"""Every zone, or every class, in the place of a rule."""


class RecordClass(StrEnum):
    """One class of records, or all of them; no record is of the class ``ALL`` itself."""

    DECISIONS = "decisions"
    DOORS = "doors"
    FAULTS = "faults"
    ADMIN = "admin"
    SYSTEM = "system"
    ALL = "*"


_CLASSES: Mapping[RecordClass, frozenset[RecordKind]] = {
    RecordClass.DECISIONS: frozenset(
        {
            *(RecordKind.DECISION, RecordKind.SPONSOR, RecordKind.CARD_USED),
            *(RecordKind.RELEASED, RecordKind.NOT_RELEASED),
            *(RecordKind.ENTERED, RecordKind.LEFT, RecordKind.OCCUPANCY_RESET),
        }
    ),
    RecordClass.DOORS: frozenset(
        {
            *(RecordKind.OPENED, RecordKind.NOT_OPENED, RecordKind.CLOSED, RecordKind.HELD_OPEN),
            *(RecordKind.HELD_ENDED, RecordKind.FORCED_OPEN, RecordKind.RELOCKED, RecordKind.REX, RecordKind.FIRE),
            *(RecordKind.MODE, RecordKind.FLOOR_CHOSEN),
        }
    ),
    RecordClass.FAULTS: frozenset(
        {
            *(RecordKind.READER_ONLINE, RecordKind.READER_OFFLINE, RecordKind.READER_TAMPER, RecordKind.READ_FAULT),
            *(RecordKind.TAMPER, RecordKind.INPUT_FAULT, RecordKind.POWER),
            *(RecordKind.FLOOD_SUMMARY, RecordKind.BOARD_FAULT, RecordKind.AUDIT_FAILED),
        }
    ),
    RecordClass.ADMIN: frozenset(
        {
            *(RecordKind.COMMAND, RecordKind.ORDER, RecordKind.EXPORT_MADE, RecordKind.ROSTER_ACCEPTED),
            *(RecordKind.ENROLMENT, RecordKind.OWN_PIN, RecordKind.OSDP_PAIRING),
            *(RecordKind.TECHNICIAN_BEGAN, RecordKind.TECHNICIAN_PULSE, RecordKind.TECHNICIAN_ENDED),
        }
    ),
}
_CLASS_OF = {str(kind): each for each, kinds in _CLASSES.items() for kind in kinds}


def class_of(kind: str) -> RecordClass:
    """Return the class of a kind of record; what is in no other, or of a newer version, is ``system``."""
    return _CLASS_OF.get(kind, RecordClass.SYSTEM)


def most_exact(rules: Mapping[tuple[str, str], R], zone: str, records: str) -> R | None:
    """Return the rule for records of a zone and class: the one for both, for its zone, its class, or for all."""
    places = (zone, records), (zone, EVERY), (EVERY, records), (EVERY, EVERY)
    return next((rules[place] for place in places if place in rules), None)

"""What records say of the uses of cards with limits: written at doors and in cabins, read at the hub."""

from doorctl.core.areas import Way
from doorctl.core.model import CardLimits
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Decision, Facts

FORGIVEN = "use forgiven"
"""What a record says by which a use is given back."""
_BETWEEN = "; "
_USES = frozenset({RecordKind.DECISION, RecordKind.CARD_USED})
_GIVES_BACK = frozenset({RecordKind.NOT_OPENED, RecordKind.NOT_RELEASED, RecordKind.CARD_USED})
MAY_CHANGE = _USES | _GIVES_BACK
"""The kinds of records that may change a number of uses."""


def use_told(request: AccessRequest, facts: Facts, decision: Decision) -> str:
    """Say which use of a card with limits a decision is; nothing where it is none."""
    limits = facts.limits
    if limits is None or not decision.is_granted or request.way is not Way.IN:
        return ""
    return use_of(limits, facts.used.count + 1)


def use_of(limits: CardLimits, number: int) -> str:
    """Say which use of a card with limits it is."""
    return f"use {number}" + ("" if limits.uses is None else f" of {limits.uses}")


def put_together(*parts: str) -> str:
    """Put what a record says together, without what is empty."""
    return _BETWEEN.join(filter(None, parts))


def parts_of(detail: str) -> list[str]:
    """Take apart what a record says."""
    return detail.split(_BETWEEN)


def change_told(kind: str, detail: str) -> int:
    """Read by how much a record changes the number of uses: 1 for a use, -1 for one given back, 0 for any other."""
    parts = parts_of(detail)
    if kind in _USES and any(part.startswith("use ") and part.split(" ")[1].isdecimal() for part in parts):
        return 1
    return -1 if kind in _GIVES_BACK and FORGIVEN in parts else 0

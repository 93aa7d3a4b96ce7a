"""Orders at the door: each is carried out once, recorded before the strike moves, refused by name when it may not be.

1. What became of an order is written in the commit of its record, so that it is never carried out again, also not
   after a restart. Whoever hands it on again is told what became of it.
2. To deny a holder or a card counts at once, before the record is on disk. To open waits for the record.
3. An order that is over by the door's clock, or lies too far ahead of it, is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from doorctl.audit.leaf import Draft
from doorctl.audit.state import MOST_ORDERS, OrderAnswered
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.door.deny_list import DenyList
from doorctl.door.doorway import Doorway
from doorctl.door.statements import Statements
from doorctl.policy.building import PolicyPosition
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.orders import (
    MAX_HOLD_OPEN_SECONDS,
    NO_LONGER,
    ORDER_SECONDS,
    Deed,
    DenyCard,
    DenyHolder,
    HoldOpenUntil,
    OpenNow,
)

CLOCK_DIFFERENCE_SECONDS = 300
"""The door's clock may be so far behind the hub's."""
DONE, REFUSED = "done", "refused"
_WITHHELD_AS = {"lockdown": Reason.LOCKDOWN, "needs-upgrade": Reason.NEEDS_UPGRADE}


class Orders:
    """Carries out the orders of one controller; used from the loop's thread alone."""

    def __init__(
        self,
        doorways: Mapping[str, Doorway],
        *,
        deny_list: DenyList,
        answered: Mapping[str, tuple[OrderAnswered, int]],
        statements: Statements,
        submit: Callable[[list[Draft], Callable[[Verdict], None]], None],
        tell: Callable[[CarriedOut], None],
        position: Callable[[], PolicyPosition | None],
        clock: Callable[[], datetime],
    ) -> None:
        """Order these doors, by id; ``answered`` is what was carried out or refused before."""
        self._doorways = doorways
        self._deny_list = deny_list
        self._answered = dict(answered)
        self._statements = statements
        self._submit = submit
        self._tell = tell
        self._position = position
        self._clock = clock
        self._under_way: set[str] = set()

    def take(self, order: CarryOut) -> None:
        """Take one order that the keeper has verified."""
        if order.id in self._answered:
            self._tell_answer(order.id)
        elif order.id not in self._under_way:
            self._under_way.add(order.id)
            self._begin(order, self._refusal(order))

    def _begin(self, order: CarryOut, refusal: str) -> None:
        if not refusal and isinstance(order.deed, DenyHolder | DenyCard):
            self._deny(order.deed)
        answer = OrderAnswered(order.id, REFUSED if refusal else DONE, refusal)
        self._submit([self._draft(order, answer)], partial(self._conclude, order, answer))

    def _conclude(self, order: CarryOut, answer: OrderAnswered, verdict: Verdict) -> None:
        """Do what the recorded order says, unless it may not any more; tell the keeper."""
        self._under_way.discard(order.id)
        if not isinstance(verdict, Committed):
            counts = not answer.reason and isinstance(order.deed, DenyHolder | DenyCard)
            self._tell(CarriedOut(order.id, DONE if counts else REFUSED, "" if counts else "audit-failed"))
            return
        record = verdict.numbers[0]
        if answer.outcome == DONE and isinstance(order.deed, OpenNow | HoldOpenUntil):
            answer = self._open(order, order.deed, answer, record)
        self._answered[order.id] = (answer, record)
        while len(self._answered) > MOST_ORDERS:
            self._answered.pop(next(iter(self._answered)))
        self._tell_answer(order.id)

    def _open(
        self, order: CarryOut, deed: OpenNow | HoldOpenUntil, answer: OrderAnswered, record: int
    ) -> OrderAnswered:
        doorway = self._doorways[deed.door]
        refusal = self._refusal(order)
        if refusal:
            answer = replace(answer, outcome=REFUSED, reason=refusal)
            doorway.withhold_order(record, _WITHHELD_AS.get(refusal, Reason.LATE), answer=answer)
        elif _ends(deed):
            doorway.end_hold()
        elif isinstance(deed, HoldOpenUntil):
            doorway.hold_open(record, seconds=deed.until - self._now(), admin=order.admin)
        else:
            doorway.open(record)
        return answer

    def _deny(self, deed: DenyHolder | DenyCard) -> None:
        self._deny_list.add(deed, self._position())
        self._deny_list.forget(self._position())
        for doorway in self._doorways.values():
            doorway.end_what_is_denied()

    def _tell_answer(self, id_: str) -> None:
        answer, record = self._answered[id_]
        self._tell(CarriedOut(id_, answer.outcome, answer.reason, record))

    def _now(self) -> float:
        return self._clock().timestamp()

    def _refusal(self, order: CarryOut) -> str:
        """Name what forbids the order, nothing if it may be carried out now."""
        ahead = order.expires - self._now()
        if ahead <= 0:
            return "expired"
        if ahead > ORDER_SECONDS + CLOCK_DIFFERENCE_SECONDS:
            return "too-far-ahead"
        return self._refusal_at_door(order) if isinstance(order.deed, OpenNow | HoldOpenUntil) else ""

    def _refusal_at_door(self, order: CarryOut) -> str:
        assert isinstance(order.deed, OpenNow | HoldOpenUntil)
        doorway = self._doorways.get(order.deed.door)
        if doorway is not None and _ends(order.deed):
            return ""
        refusals = {
            "unknown-door": doorway is None,
            "suspended-admin": self._deny_list.has_suspended(order.admin),
            "no-policy": doorway is not None and doorway.place is None,
            "lockdown": doorway is not None and doorway.place is not None and doorway.place.locked_down,
            "needs-upgrade": doorway is not None and doorway.place is not None and doorway.place.needs_upgrade,
            "officers-only": doorway is not None and doorway.is_strict and not order.by_officer,
            "over": self._hold_seconds(order.deed) <= 0,
            "too-long": self._hold_seconds(order.deed) > MAX_HOLD_OPEN_SECONDS,
        }
        return next((name for name, applies in refusals.items() if applies), "")

    def _hold_seconds(self, deed: OpenNow | HoldOpenUntil) -> float:
        return deed.until - self._now() if isinstance(deed, HoldOpenUntil) else 1.0

    def _draft(self, order: CarryOut, answer: OrderAnswered) -> Draft:
        door = order.deed.door if isinstance(order.deed, OpenNow | HoldOpenUntil) else ""
        doorway = self._doorways.get(door)
        words = (_word_of(order.deed), answer.reason, f"admin={order.admin}", f"id={order.id}")
        draft = self._statements.draft(
            RecordKind.ORDER,
            " ".join(word for word in words if word),
            door=door,
            zone=doorway.zone if doorway else "",
            outcome=Outcome.DENIED if answer.reason else Outcome.GRANTED,
            reason=Reason.ORDER,
            subject=_subject_of(order.deed),
        )
        return replace(draft, remembered=answer)


def _word_of(deed: Deed) -> str:
    """Say what is ordered, as the order itself does."""
    if _ends(deed):
        return "hold-end"
    return str(type(deed).__struct_config__.tag)


def _ends(deed: Deed) -> bool:
    """Answer whether a door shall be held open no longer: that takes nothing but an admin."""
    return isinstance(deed, HoldOpenUntil) and deed.until == NO_LONGER


def _subject_of(deed: Deed) -> str:
    """Say whom an order is about."""
    match deed:
        case DenyHolder(holder):
            return f"holder:{holder}"
        case DenyCard(credential):
            return f"credential:{credential.hex()}"
        case _:
            return ""

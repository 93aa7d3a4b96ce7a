"""Orders at the door: each is carried out once, recorded before the strike moves, refused by name when it may not be.

1. What became of an order to open is written in the commit of its record, so that it is never carried out again, also
   not after a restart. Whoever hands it on again is told what became of it.
2. To deny somebody counts at once, before the record is on disk. To open waits for the record.
3. An order that is over by the door's clock, or lies too far ahead of it, is refused.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from doorctl.audit.leaf import Draft
from doorctl.audit.state import OrderAnswered
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.order_rules import (
    OrderFacts,
    OrderOutcome,
    OrderRefusal,
    refused_at_door,
    refused_by_time,
    refused_enrolment,
)
from doorctl.door.asking.enrolments import Enrolments
from doorctl.door.doorway import Doorway
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.orders.order_memory import Answered, OrderMemory, key_of
from doorctl.door.statements import Statements
from doorctl.policy.building import PolicyPosition
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.orders import (
    NO_LONGER,
    AtDoor,
    Deed,
    Denial,
    DenyAdmin,
    DenyCard,
    DenyHolder,
    Enrol,
    HoldOpenUntil,
    LockDown,
    OpenNow,
)

_WITHHELD_AS = {
    OrderRefusal.EXPIRED: Reason.LATE,
    OrderRefusal.OVER: Reason.LATE,
    OrderRefusal.NO_POLICY: Reason.NO_POLICY,
    OrderRefusal.LOCKDOWN: Reason.LOCKDOWN,
    OrderRefusal.NEEDS_UPGRADE: Reason.NEEDS_UPGRADE,
    OrderRefusal.INTERLOCKED: Reason.INTERLOCKED,
}
"""The reason why a recorded order moved nothing; of any other refusal the detail alone tells."""


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
        enrolments: Enrolments,
    ) -> None:
        """Order these doors, by id; ``answered`` is which orders to open were carried out or refused before."""
        self._doorways = doorways
        self._deny_list = deny_list
        self._memory = OrderMemory(answered)
        self._statements = statements
        self._submit = submit
        self._tell = tell
        self._position = position
        self._clock = clock
        self._enrolments = enrolments
        self._under_way: set[tuple[str, Denial | None]] = set()

    def take(self, order: CarryOut) -> None:
        """Take one order that the keeper has verified."""
        if (known := self._memory.find(order)) is not None:
            self._tell_answer(known)
        elif key_of(order) not in self._under_way:
            self._under_way.add(key_of(order))
            self._begin(order, self._refusal(order))

    def _begin(self, order: CarryOut, refusal: OrderRefusal | None) -> None:
        if not refusal and isinstance(order.deed, Denial):
            refusal = self._deny(order.deed, epoch=order.epoch)
        outcome = OrderOutcome.REFUSED if refusal else OrderOutcome.DONE
        answer = OrderAnswered(order.id, outcome, refusal or "")
        self._submit([self._draft(order, answer)], partial(self._conclude, order, answer))

    def _conclude(self, order: CarryOut, answer: OrderAnswered, verdict: Verdict) -> None:
        """Do what the recorded order says, unless it may not any more; tell the keeper."""
        self._under_way.discard(key_of(order))
        if not isinstance(verdict, Committed):
            self._tell_unrecorded(order, answer)
            return
        record = verdict.numbers[0]
        if answer.outcome == OrderOutcome.DONE and isinstance(order.deed, OpenNow | HoldOpenUntil):
            answer = self._open(order, order.deed, answer, record)
        elif answer.outcome == OrderOutcome.DONE and isinstance(order.deed, Enrol):
            self._enrol(order.deed)
        self._memory.put(order, Answered(answer, record))
        self._tell_answer(Answered(answer, record))

    def _tell_unrecorded(self, order: CarryOut, answer: OrderAnswered) -> None:
        if isinstance(order.deed, Denial) and not answer.reason:
            self._tell(CarriedOut(order.id, OrderOutcome.DONE))
        else:
            self._tell(CarriedOut(order.id, OrderOutcome.REFUSED, OrderRefusal.AUDIT_FAILED))

    def _open(
        self, order: CarryOut, deed: OpenNow | HoldOpenUntil, answer: OrderAnswered, record: int
    ) -> OrderAnswered:
        doorway = self._doorways[deed.door]
        refusal = self._refusal(order)
        if refusal:
            answer = replace(answer, outcome=OrderOutcome.REFUSED, reason=refusal)
            doorway.withhold_order(record, _WITHHELD_AS.get(refusal, Reason.ORDER), answer=answer)
        elif _ends(deed):
            doorway.end_hold()
        elif isinstance(deed, HoldOpenUntil):
            doorway.hold_open(record, seconds=deed.until - self._now(), admin=order.admin)
        else:
            doorway.open(record)
        return answer

    def _enrol(self, deed: Enrol) -> None:
        reader = self._enrolments.reader_of(deed.door, deed.reader)
        if reader is not None:
            doorway = self._doorways[deed.door]
            self._enrolments.begin(doorway, reader, id_=deed.enrolment, seconds=deed.seconds)

    def _deny(self, deed: Denial, *, epoch: int) -> OrderRefusal | None:
        """Deny at once; where the policy is beyond the order already, whoever gave it must hear that it is void.

        Also then it ends what is under way for a person since a policy of before.
        """
        position = self._position()
        if self._deny_list.add(deed, position, epoch=epoch):
            self._end_what_is_denied()
            return None
        with self._deny_list.overtaken(deed, position, epoch=epoch):
            self._end_what_is_denied()
        return OrderRefusal.PASSED

    def _end_what_is_denied(self) -> None:
        for doorway in self._doorways.values():
            doorway.end_what_is_denied()

    def _tell_answer(self, known: Answered) -> None:
        answer, record = known
        self._tell(CarriedOut(answer.id, answer.outcome, answer.reason, record))

    def _now(self) -> float:
        return self._clock().timestamp()

    def _refusal(self, order: CarryOut) -> OrderRefusal | None:
        """Name what forbids the order, None if it may be carried out now."""
        return refused_by_time(order.expires - self._now()) or self._refusal_at_door(order)

    def _refusal_at_door(self, order: CarryOut) -> OrderRefusal | None:
        deed = order.deed
        if not isinstance(deed, AtDoor):
            return None
        doorway = self._doorways.get(deed.door)
        if doorway is None:
            return OrderRefusal.UNKNOWN_DOOR
        if isinstance(deed, Enrol):
            reader = self._enrolments.reader_of(deed.door, deed.reader)
            lets_out = reader is not None and doorway.way_out.is_only(reader)
            return refused_enrolment(self._facts(order, deed, doorway), reader=reader, lets_out=lets_out)
        return None if _ends(deed) else refused_at_door(self._facts(order, deed, doorway))

    def _facts(self, order: CarryOut, deed: AtDoor, doorway: Doorway) -> OrderFacts:
        place = doorway.place
        return OrderFacts(
            admin_suspended=self._deny_list.has_suspended(order.admin),
            by_officer=order.by_officer,
            policy_known=place is not None,
            locked_down=doorway.is_locked_down,
            needs_upgrade=place is not None and place.needs_upgrade,
            strict=doorway.is_strict,
            interlocked=doorway.is_interlocked,
            hold_seconds=deed.until - self._now() if isinstance(deed, HoldOpenUntil) else None,
        )

    def _draft(self, order: CarryOut, answer: OrderAnswered) -> Draft:
        door = order.deed.door if isinstance(order.deed, AtDoor) else ""
        doorway = self._doorways.get(door)
        its_id = f"command={order.command}" if order.command else f"id={order.id}"
        words = (_word_of(order.deed), answer.reason, f"admin={order.admin}", its_id)
        return self._statements.draft(
            RecordKind.ORDER,
            " ".join(word for word in words if word),
            door=door,
            zone=doorway.zone if doorway else "",
            outcome=Outcome.DENIED if answer.reason else Outcome.GRANTED,
            reason=Reason.ORDER,
            subject=_subject_of(order.deed),
            remembered=() if isinstance(order.deed, Denial) else (answer,),
        )


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
        case DenyAdmin() | LockDown():
            return ""
        case _:
            return ""

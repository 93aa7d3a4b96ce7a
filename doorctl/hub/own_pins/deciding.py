"""Own PINs decided: one that the right code proves takes the place of the PIN before, and uses up the code.

1. Each is decided once, in the transaction of the change and of its record in the hub's own log.
2. After `MOST_TRIES` that the code does not prove, the code is used up: of its four last digits, which no controller
   knows, nobody tries many.
3. While nothing may be added to what people may do, be it because trust has expired, they wait.
"""

import hmac
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.card_ring import CardRing, keys_in_use
from doorctl.hub.command_records import entries_of_hub, watch
from doorctl.hub.history import Operation, commit_operations
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.own_log import Entry, OwnLog, subject_of
from doorctl.hub.refusals import Refusals
from doorctl.hub.verbs.people.pins import remember_length
from doorctl.keys.card_keys import wrap
from doorctl.policy.apply import position_of, rows_where
from doorctl.policy.rows import PinCodeRow, PinRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.own_pin import VERB, OwnPin, read_own_pin
from doorctl.wire.verdict import Verdict

MOST_TRIES = 3
LATE_SECONDS = 7 * 86_400
"""A controller that was offline may bring so late what was set while the code counted."""
_NEXT = "SELECT number, controller, door, text, made_at FROM own_pins ORDER BY number LIMIT 1"
_DECIDED = "DELETE FROM own_pins WHERE number = ?"
_KEPT = "SELECT secret, tries FROM pin_secrets WHERE holder = ?"
_TRIED = "UPDATE pin_secrets SET tries = tries + 1 WHERE holder = ?"


@dataclass(frozen=True, slots=True)
class _Arrived:
    number: int
    controller: str
    door: str
    text: str
    made_at: int


class OwnPins:
    """Decides about own PINs as they come."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        own: OwnLog,
        ring: CardRing,
        *,
        refusals: Refusals,
        news: Callable[[int, datetime], list[Outgoing]],
    ) -> None:
        """Decide in the hub's name; ``news`` tells everybody what follows a revision."""
        self._connection = connection
        self._own = own
        self._ring = ring
        self._refusals = refusals
        self._news = news

    def tick(self, at: datetime, *, is_barred: bool) -> list[Outgoing]:
        """Decide about one that has come, unless that is barred; return what is told. Raises sqlite3.Error."""
        row = self._connection.execute(_NEXT).fetchone()
        if row is None or is_barred:
            return []
        arrived, seconds = _Arrived(*row), int(at.timestamp())
        before = position_of(self._connection).revision
        with transaction(self._connection):
            self._connection.execute(_DECIDED, (arrived.number,))
            found = read_own_pin(arrived.text)
            if found is not None:
                self._decide(arrived, *found, at=seconds)
        return self._news(before, at) if position_of(self._connection).revision > before else []

    def _decide(self, arrived: _Arrived, pin: OwnPin, proof: bytes, *, at: int) -> None:
        """Change the PIN, or say why not; in the caller's transaction."""
        codes = rows_where(self._connection, PinCodeRow, holder=pin.holder)
        try:
            code = self._code_for(arrived, pin, proof, codes, at=at)
            row = self._row(pin, code)
        except Refused as refusal:
            self._refuse(arrived, pin.holder, refusal, codes, at=at)
            return
        self._write(arrived, pin.holder, (Put(row), Drop(code)), at=at)
        self._connection.execute(*remember_length(pin.holder, pin.digits))

    def _code_for(
        self, arrived: _Arrived, pin: OwnPin, proof: bytes, codes: Sequence[PinCodeRow], *, at: int
    ) -> PinCodeRow:
        """Return the code that proves this PIN. Raises Refused."""
        secret = self._connection.execute(_KEPT, (pin.holder,)).fetchone()
        if not codes or secret is None:
            raise Refused("no-code", "nobody has given this person a code, or it is used up, or the hub has lost it")
        if not hmac.compare_digest(pin.proof(bytes(secret[0])), proof):
            raise Refused("wrong-code", "the code that was entered is another")
        if arrived.made_at >= codes[0].valid_until or at >= codes[0].valid_until + LATE_SECONDS:
            raise Refused("code-expired", "the time of the code was over")
        return codes[0]

    def _row(self, pin: OwnPin, code: PinCodeRow) -> PinRow:
        """Return the row that the PIN makes; the one for duress stays. Raises Refused."""
        in_use = keys_in_use(self._connection)
        if pin.ring_keys > in_use or code.digits not in (0, pin.digits):
            raise Refused("bad-own-pin", "no door in good order makes such a PIN")
        key = wrap(pin.key, self._ring.in_use(self._connection).ring[pin.ring_keys :])
        held = rows_where(self._connection, PinRow, holder=pin.holder)
        if held and (held[0].alone is not None or held[0].duress == key):
            raise Refused("pin-alone", "the PIN counts without a card by now, or is the one for duress")
        if not held:
            return PinRow(holder=pin.holder, ring_keys=in_use, key=key)
        return replace(held[0], key=key) if held[0].ring_keys == in_use else _newer(held[0], key, in_use, self._ring)

    def _refuse(
        self, arrived: _Arrived, holder: str, refusal: Refused, codes: Sequence[PinCodeRow], *, at: int
    ) -> None:
        """Count it, and use up a code that is tried too often; without a code nothing is recorded of it."""
        self._refusals.count(refusal)
        if not codes:
            return
        operations: tuple[Operation, ...] = ()
        if refusal.refusal == "wrong-code":
            self._connection.execute(_TRIED, (holder,))
            (_, tries) = self._connection.execute(_KEPT, (holder,)).fetchone()
            operations = (Drop(codes[0]),) if tries >= MOST_TRIES else ()
        self._write(arrived, holder, operations, at=at, refusal=refusal.refusal)

    def _write(
        self, arrived: _Arrived, holder: str, operations: tuple[Operation, ...], *, at: int, refusal: str = ""
    ) -> None:
        """Write a change, if there is one, and what became of the PIN."""
        watched = watch(self._connection, operations)
        revision = commit_operations(self._connection, operations, at=at).revision if operations else None
        about = Entry(
            RecordKind.COMMAND,
            f"controller={arrived.controller}",
            door=arrived.door,
            subject=subject_of(holder),
        )
        verdict = Verdict.REFUSED if refusal else Verdict.ACCEPTED
        entries = entries_of_hub(VERB, revision, watched.changes(), reason=refusal, verdict=verdict, about=about)
        self._own.append(*entries, at=at)


def _newer(held: PinRow, key: bytes, in_use: int, ring: CardRing) -> PinRow:
    """Put a PIN beside one for duress that is made with fewer keys of the ring, once that is made with as many."""
    duress = None if held.duress is None else wrap(held.duress, ring.keys.ring[held.ring_keys : in_use])
    return replace(held, key=key, ring_keys=in_use, duress=duress)

"""What the hub tells all controllers of who is inside: changes at most once a second, the whole to one that asks."""

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice

from doorctl.errors import Refused
from doorctl.hub.card_ring import CardRing
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.movers import Movers
from doorctl.hub.outgoing import Outgoing
from doorctl.keys.identity import Identity
from doorctl.wire.messages import Ask
from doorctl.wire.site_occupancy import MOST_PARTS, OccupancyNote, parts_of, sealed_note
from doorctl.wire.topics import Address, Channel

PACE_MS = 1000
SIGN_OF_LIFE_MS = 20_000


class OccupancyNotes:
    """One run of the hub: what it has told so far is known by a number alone."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        *,
        ring: CardRing,
        roll: Roll,
        clock_ms: Callable[[], int],
    ) -> None:
        """Begin a run; ``clock_ms`` counts milliseconds and is never set."""
        self._connection = connection
        self._identity = identity
        self._ring = ring
        self._roll = roll
        self._movers = Movers(connection, roll)
        self._clock_ms = clock_ms
        self._began_ms = self._told_ms = clock_ms()
        self._run = secrets.token_hex(16)
        self._number = 0

    def tick(self, at: datetime) -> list[Outgoing]:
        """Tell who has moved, if it is time; that nobody has, now and then."""
        elapsed = self._clock_ms() - self._told_ms
        if elapsed < PACE_MS or not (ring := self._ring_keys()):
            return []
        plain, holders = next(parts_of(self._movers.moved(int(at.timestamp()))))
        if not holders and elapsed < SIGN_OF_LIFE_MS:
            return []
        self._told_ms += elapsed
        self._number += 1
        note = self._sealed(plain, ring)
        self._movers.told(holders)
        return [Outgoing(Address(Channel.OCCUPANCY), note)]

    def whole(self, ask: Ask, at: datetime, *, most: int) -> list[Outgoing]:
        """Tell one controller where everybody is, if that takes at most so many notes; first those who are inside."""
        parts = [plain for plain, _ in islice(parts_of(self._movers.everybody(int(at.timestamp()))), MOST_PARTS)]
        if len(parts) > most or not (ring := self._ring_keys()):
            return []
        to = Address(Channel.WHOLE_OCCUPANCY, ask.controller)
        return [
            Outgoing(to, self._sealed(plain, ring, nonce=ask.nonce, part=part, parts=len(parts)))
            for part, plain in enumerate(parts)
        ]

    def _ring_keys(self) -> tuple[bytes, ...]:
        """The keys in use; none where some of them are not here, which is an alarm of its own."""
        with suppress(Refused):
            return self._ring.in_use(self._connection).ring
        return ()

    def _sealed(
        self, plain: bytes, ring: Sequence[bytes], *, nonce: str | None = None, part: int = 0, parts: int = 1
    ) -> bytes:
        note = OccupancyNote(
            site=self._roll.trust.site,
            run=self._run,
            number=self._number,
            ran_ms=self._clock_ms() - self._began_ms,
            ring=len(ring),
            sha256="",
            nonce=nonce,
            part=part,
            parts=parts,
        )
        return sealed_note(note, plain, ring_key=ring[-1], signer=self._identity.signer)

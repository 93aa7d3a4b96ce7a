"""An access point as its readers see it: one door, or one elevator's cabin. What it does is recorded in its name.

What can come in any number from a reader, cards, faults and what else nobody has to be known for, is under the flood
rule: each reader has a gate for each kind of record, and what the gates keep back is counted and told.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, repeat

from doorctl.audit.state import Remembered
from doorctl.audit.writer import nobody_waits
from doorctl.core.machines.door_events import Record, SignalName
from doorctl.core.records import RecordKind
from doorctl.core.uses_told import FORGIVEN, put_together
from doorctl.door.asking.asked import Keyed, Presented
from doorctl.door.asking.uses import Forgiven
from doorctl.door.flood import FloodRule
from doorctl.door.surroundings import Surroundings

MAX_WAITING = 32
"""A card is dropped and counted when so much waits for a decision; contact events, bounded by debounce, never."""


class AccessPoint:
    """Records what happens at one door or in one cabin; used from the loop's thread alone."""

    def __init__(self, door: str, around: Surroundings) -> None:
        """Begin with every gate open; ``door`` is the name that records have."""
        self.door = door
        self._around = around
        self._floods = FloodRule(around.room)

    @property
    def zone(self) -> str:
        """The zone that it leads into; a cabin leads into none of its own."""
        return ""

    def admits(self, kind: RecordKind, what: str, *, reader: str) -> bool:
        """Tell whether the flood rule records this by itself."""
        return self._floods.admits(reader, kind, what, self._around.monotonic())

    def report_fault(self, reader: str, what: str, detail: str) -> None:
        """Record that a reader sent something unreadable, under the flood rule, and show it."""
        if self.admits(RecordKind.READ_FAULT, what, reader=reader):
            self._record(Record(RecordKind.READ_FAULT, detail=detail), reader=reader)
            self._around.signal(self.door, SignalName.DENIED)

    def close(self, now: float) -> None:
        """Tell what the flood rule only counted, before the process ends."""
        self._tell_counted(self._floods.close(now))

    def _drops(self, event: Presented | Keyed, *, waiting: int) -> bool:
        """Drop and count a card or a PIN where too much waits for a decision already, and show that."""
        if waiting < MAX_WAITING:
            return False
        self._floods.count(event.reader, RecordKind.DECISION, "dropped", self._around.monotonic())
        self._around.signal(self.door, SignalName.DENIED)
        return True

    def _record(
        self,
        record: Record,
        *,
        door: str = "",
        zone: str = "",
        reader: str = "",
        subject: str = "",
        remembered: tuple[Remembered, ...] = (),
    ) -> None:
        """Have something recorded that nobody waits for; it is of this access point where nothing else is said."""
        where = {"door": door or self.door, "zone": zone or self.zone, "reader": reader}
        draft = self._around.statements.of_door(record, **where, subject=subject, remembered=remembered)
        self._around.submit([draft], nobody_waits)

    def _forgive(self, record: Record, forgiven: Forgiven, *, zone: str = "") -> None:
        """Have it recorded that uses of cards are forgiven, and again if the disk does not take it: they are owed.

        Each but the first is told by a record of its own, for one is about one holder.
        """
        said = replace(record, detail=put_together(record.detail, FORGIVEN))
        more = Record(RecordKind.CARD_USED, of=record.of, detail=FORGIVEN)
        where = {"door": self.door, "zone": zone or self.zone}
        drafts = [
            self._around.statements.of_door(told, **where, subject=f"holder:{use.holder}", remembered=(use,))
            for told, use in zip(chain((said,), repeat(more)), forgiven.uses, strict=False)
        ]
        self._around.insist(drafts)

    def _tell_counted(self, counted: Iterable[tuple[str, str]]) -> None:
        for reader, text in counted:
            self._record(Record(RecordKind.FLOOD_SUMMARY, detail=text), reader=reader)

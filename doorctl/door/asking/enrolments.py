"""Readers in enrolment: no card opens anything there meanwhile, and the unknown one that comes twice is told.

1. An order begins it, whose record is on disk. It ends with the card, with its time, with another order for that
   reader, or with the process: a restart restores nothing.
2. The card stands in no leaf: its key is whom the record is about, and travels sealed.
3. Keys, other readers, orders, REX and fire go on as ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from doorctl.audit.writer import Committed, Verdict, nobody_waits
from doorctl.core.machines.door_events import SignalName
from doorctl.core.machines.enrolment import Enrolment, Shown, show, unknown_card
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.door.asking.asked import Presented
from doorctl.door.doorway import Doorway
from doorctl.door.statements import mark_of, subject_of
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import PolicyPosition

SHOWN_SECONDS = 10.0
"""So often it is shown again that a reader is in enrolment."""


@dataclass(slots=True)
class _Reader:
    doorway: Doorway
    enrolment: Enrolment
    shown_at: float


class Enrolments:
    """Knows the readers in enrolment; used from the loop's thread alone."""

    def __init__(
        self,
        around: Surroundings,
        readers: Mapping[str, Sequence[str]],
        *,
        inside: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Begin with none; ``readers`` are those of each door, and others ``inside`` of some."""
        self._around = around
        self._outside, self._inside = readers, inside or {}
        self._readers: dict[str, _Reader] = {}

    def reader_of(self, door: str, named: str | None) -> str | None:
        """Return the reader of a door that is named, or the only one outside; None where there is none such."""
        outside = self._outside.get(door, ())
        if named is None and len(outside) == 1:
            return outside[0]
        return named if named in (*outside, *self._inside.get(door, ())) else None

    def begin(self, doorway: Doorway, reader: str, *, id_: str, seconds: float) -> None:
        """Put a reader in enrolment, in the place of one that it may be in."""
        now = self._around.monotonic()
        self._readers[reader] = _Reader(doorway, Enrolment(id_, now + seconds), now)
        self._around.signal(doorway.door, SignalName.ENROL)

    def takes(self, reader: str) -> bool:
        """Tell whether the cards of this reader are for us."""
        return reader in self._readers and self._around.monotonic() < self._readers[reader].enrolment.until

    def take(self, presented: Presented) -> bool:
        """Take a card that was shown at a reader in enrolment, and tell whether it was."""
        is_ours = self.takes(presented.reader)
        if is_ours:
            self._around.ask(presented.request, partial(self._answer, presented))
        return is_ours

    def tick(self) -> None:
        """End what is over, and go on showing what is not."""
        now = self._around.monotonic()
        for name, reader in list(self._readers.items()):
            if now >= reader.enrolment.until:
                del self._readers[name]
                self._record(name, reader, "over")
            elif now - reader.shown_at >= SHOWN_SECONDS:
                reader.shown_at = now
                self._around.signal(reader.doorway.door, SignalName.ENROL)

    def _answer(self, presented: Presented, facts: Facts, position: PolicyPosition | None) -> None:
        reader = self._readers.get(presented.reader)
        if reader is None:
            return
        card = unknown_card(presented.request, facts)
        reader.enrolment, shown = show(reader.enrolment, card, presented.at)
        match shown:
            case Shown.ONCE:
                self._around.signal(reader.doorway.door, SignalName.ENROL)
            case Shown.KNOWN:
                self._refuse(presented, reader, facts)
            case Shown.TWICE:
                self._tell(presented, reader, facts, position)

    def _refuse(self, presented: Presented, reader: _Reader, facts: Facts) -> None:
        self._around.signal(reader.doorway.door, SignalName.DENIED)
        if reader.doorway.admits(RecordKind.ENROLMENT, Shown.KNOWN, reader=presented.reader):
            subject = subject_of(facts, presented.request)
            self._record(presented.reader, reader, Shown.KNOWN, subject=subject)

    def _tell(self, presented: Presented, reader: _Reader, facts: Facts, position: PolicyPosition | None) -> None:
        """End the enrolment with the card that came twice; who stands there sees it once it is on disk."""
        del self._readers[presented.reader]
        draft = self._around.statements.draft(
            RecordKind.ENROLMENT,
            f"card id={reader.enrolment.id}",
            door=reader.doorway.door,
            zone=reader.doorway.zone,
            reader=presented.reader,
            reason=Reason.UNKNOWN_CARD,
            policy=mark_of(position, facts),
            subject=subject_of(facts, presented.request),
        )
        self._around.submit([draft], partial(self._conclude, reader.doorway.door))

    def _conclude(self, door: str, verdict: Verdict) -> None:
        is_told = isinstance(verdict, Committed)
        self._around.signal(door, SignalName.GRANTED if is_told else SignalName.FAULT)

    def _record(self, name: str, reader: _Reader, what: str, *, subject: str = "") -> None:
        draft = self._around.statements.draft(
            RecordKind.ENROLMENT,
            f"{what} id={reader.enrolment.id}",
            door=reader.doorway.door,
            zone=reader.doorway.zone,
            reader=name,
            subject=subject,
        )
        self._around.submit([draft], nobody_waits)

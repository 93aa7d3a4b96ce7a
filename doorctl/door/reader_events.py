"""What reader events mean: cards become requests of a door, faults and changes of state become records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from doorctl import journal
from doorctl.audit.leaf import PulseMark
from doorctl.core.classes import ReaderClass, class_read
from doorctl.core.machines.inputs import READER_POWER_BACK, READER_POWER_FAILED
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest
from doorctl.door.asking.asked import Asked, Keyed, Presented
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.asking.pin_pads import PinPads
from doorctl.door.flood import FloodRule
from doorctl.door.recorder import TakesRecords
from firmware_bridge.reader_events import (
    CardRead,
    KeyPressed,
    LinesChanged,
    PairingEnded,
    PulseTiming,
    ReaderEvent,
    ReaderOffline,
    ReaderOnline,
    ReaderPower,
    ReaderTamper,
    ReadFault,
)


class DoorWithReader(Protocol):
    """A door, or the cabin of an elevator, as its readers see it."""

    door: str

    @property
    def zone(self) -> str:
        """The zone that it leads into."""

    @property
    def pins(self) -> PinPads:
        """The PINs that are being entered at its readers."""

    def take(self, event: Presented | Keyed) -> None:
        """Take a card or a PIN in its turn."""

    def admits(self, kind: RecordKind, what: str, *, reader: str) -> bool:
        """Tell whether the flood rule records this by itself."""

    def report_fault(self, reader: str, what: str, detail: str) -> None:
        """Record that a reader sent something unreadable."""


class TakesCards(Protocol):
    """Who takes the cards of some readers, now and then, in the place of their doors."""

    def take(self, presented: Presented) -> bool:
        """Take a card if it is theirs now, and tell whether it was."""


class ReaderEvents:
    """Hands each reader event to the door it concerns."""

    def __init__(
        self,
        doorways: Mapping[str, DoorWithReader],
        card_keys: CardKeyFile,
        recorder: TakesRecords,
        *,
        clock: Callable[[], datetime],
        room: Callable[[], bool] = lambda: True,
        sound_key: Callable[[str], None] = lambda _: None,
        before_doors: Sequence[TakesCards] = (),
        take_lines: Callable[[LinesChanged], None] = lambda _: None,
        classes: Mapping[str, ReaderClass] | None = None,
        take_entry: Callable[[str, str], bool] = lambda *_: False,
        take_pairing: Callable[[PairingEnded], None] = lambda _: None,
        overhear: Callable[[ReaderEvent], None] = lambda _: None,
    ) -> None:
        """Know the door and the class of every reader, by its name; ``room`` is that for floods in the log.

        ``sound_key`` lets a reader sound, before a key that was touched there means anything. Those ``before_doors``
        are asked first whether a card is theirs, and ``take_entry`` whether what was entered at a reader is.
        ``take_lines`` takes what supervised lines tell, which end at no reader; ``take_pairing`` is told of its end;
        ``overhear`` is told of each event.
        """
        self._doorways = doorways
        self._card_keys = card_keys
        self._recorder = recorder
        self._clock = clock
        self._sound_key = sound_key
        self._before_doors = before_doors
        self._take_lines = take_lines
        self._classes = classes or {}
        self._take_entry = take_entry
        self._take_pairing = take_pairing
        self._overhear = overhear
        self._line_floods = FloodRule(room)

    def take(self, event: ReaderEvent) -> None:
        """Take one event."""
        self._overhear(event)
        _MEANING[type(event)](self, event)

    def tick(self, now: float) -> None:
        """Tell what the flood rule only counted of whole lines."""
        self._tell_counted(self._line_floods.summaries(now))

    def close(self, now: float) -> None:
        """Tell it before the process ends, too."""
        self._tell_counted(self._line_floods.close(now))

    def _tell_counted(self, counted: Iterable[tuple[str, str]]) -> None:
        for line, text in counted:
            self._recorder.record(RecordKind.FLOOD_SUMMARY, text, reader=line)

    def _card(self, event: CardRead) -> None:
        doorway = self._doorways[event.reader]
        credentials = self._card_keys.credential_keys(event.card)
        request = AccessRequest(
            doorway.door,
            credentials,
            self._clock(),
            reader_class=self._classes.get(event.reader),
            card_class=class_read(event.card.partition(":")[0]),
        )
        presented = Presented(request, event.reader, event.at, _pulse_of(event.timing))
        if not any(each.take(presented) for each in self._before_doors):
            doorway.take(presented)

    def _key(self, event: KeyPressed) -> None:
        self._sound_key(event.reader)
        doorway = self._doorways[event.reader]
        digits = doorway.pins.press(event.reader, event.key, event.at)
        if digits is not None and not self._take_entry(event.reader, digits):
            doorway.take(Keyed(event.reader, partial(self._by_pin, event, doorway.door, digits)))

    def _by_pin(self, event: KeyPressed, door: str, digits: str, card: Asked | None) -> Presented:
        """Make a request of digits that were entered with this key, and of the card that waited for them."""
        if card is None:
            keys = self._card_keys.pin_keys(digits)
            reader_class = self._classes.get(event.reader)
            request = AccessRequest(door, (), self._clock(), pins=keys, pin_alone=True, reader_class=reader_class)
            return Presented(request, event.reader, event.at)
        keys = self._card_keys.pin_keys(digits, holder=card.facts.whose or "")
        request = replace(card.presented.request, at=self._clock(), pins=keys)
        return replace(card.presented, request=request, at=event.at)

    def _fault(self, event: ReadFault) -> None:
        words = (event.kind, self._card_keys.fault_mark(event.digest), event.detail)
        detail = " ".join(word for word in words if word)
        doorway = self._doorways.get(event.reader)
        if doorway is not None:
            doorway.report_fault(event.reader, event.kind, detail)
        elif self._line_floods.admits(event.reader, RecordKind.READ_FAULT, event.kind, event.at):
            journal.say("read_fault", line=event.reader, fault=event.kind)
            self._recorder.record(RecordKind.READ_FAULT, detail, reader=event.reader)

    def _online(self, event: ReaderOnline) -> None:
        self._report(RecordKind.READER_ONLINE, event.reader, "")

    def _offline(self, event: ReaderOffline) -> None:
        self._report(RecordKind.READER_OFFLINE, event.reader, event.why)

    def _tamper(self, event: ReaderTamper) -> None:
        self._report(RecordKind.READER_TAMPER, event.reader, "opened" if event.active else "closed")

    def _power(self, event: ReaderPower) -> None:
        self._report(RecordKind.POWER, event.reader, READER_POWER_FAILED if event.failed else READER_POWER_BACK)

    def _paired(self, event: PairingEnded) -> None:
        self._take_pairing(event)

    def _lines(self, event: LinesChanged) -> None:
        self._take_lines(event)

    def _report(self, kind: RecordKind, reader: str, detail: str) -> None:
        doorway = self._doorways[reader]
        if doorway.admits(kind, kind, reader=reader):
            journal.say(kind, reader=reader, detail=detail)
            self._recorder.record(kind, detail, door=doorway.door, zone=doorway.zone, reader=reader)


def _pulse_of(timing: PulseTiming | None) -> PulseMark | None:
    if timing is None:
        return None
    return PulseMark((timing.width_min, timing.width_max), (timing.interval_min, timing.interval_max))


_MEANING: Mapping[type[ReaderEvent], Callable[..., None]] = {
    CardRead: ReaderEvents._card,
    KeyPressed: ReaderEvents._key,
    ReadFault: ReaderEvents._fault,
    ReaderOnline: ReaderEvents._online,
    ReaderOffline: ReaderEvents._offline,
    ReaderTamper: ReaderEvents._tamper,
    ReaderPower: ReaderEvents._power,
    LinesChanged: ReaderEvents._lines,
    PairingEnded: ReaderEvents._paired,
}

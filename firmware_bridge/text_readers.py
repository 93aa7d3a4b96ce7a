"""Serial readers that send a card as text: one reader on its own line, nothing is sent to it.

The ghost rule: noise makes frames with a right checksum, so a card counts when two equal frames come within
`CONFIRM_SECONDS` (one, for readers that send once), and a number of only zeros never counts. A card that is
held is one read. What is left over when the line pauses is dropped.
"""

from collections import Counter
from dataclasses import dataclass

from firmware_bridge.reader_events import CardRead, FaultKind, ReaderEvent, ReadFault, digest_of
from firmware_bridge.reader_protocol import Indication
from firmware_bridge.reader_states import ReaderStates
from firmware_bridge.repeats import RepeatFilter
from firmware_bridge.text_frames import FrameFormat, Piece
from firmware_bridge.wiegand import Refused

CONFIRM_SECONDS = 0.5
REPEAT_SECONDS = 2.0

_RUBBISH_LIMIT = 4096
_ONE_FRAME = "only one frame came: noise, or a reader that sends once (then set frames = 1)"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A card seen once."""

    card: str
    digest: str
    at: float


class TextReaderProtocol:
    """One text reader; implements ReaderProtocol."""

    def __init__(
        self,
        name: str,
        frame_format: FrameFormat,
        *,
        frames: int = 2,
        repeat_seconds: float = REPEAT_SECONDS,
    ) -> None:
        self._name = name
        self._format = frame_format
        self._frames = frames
        self._repeats = RepeatFilter(repeat_seconds)
        self._states = ReaderStates([name])
        self._buffer = bytearray()
        self._rubbish = bytearray()
        self._waits_for_pause = False
        self._candidate: _Candidate | None = None
        self._last_at = 0.0
        self.counters: Counter[str] = Counter()

    @property
    def readers(self) -> tuple[str, ...]:
        """Name the one reader."""
        return (self._name,)

    def opened(self, now: float) -> list[ReaderEvent]:
        """An open line is all that such a reader shows of itself."""
        return self._states.report(self._name, None, now)

    def closed(self, now: float, why: str) -> list[ReaderEvent]:
        """Take the reader offline; half a card is forgotten."""
        self._forget()
        return self._states.report(self._name, why, now)

    def receive(self, data: bytes, now: float) -> list[ReaderEvent]:
        """Take bytes as they came, cut anywhere."""
        events = self.tick(now)
        self._last_at = now
        self._buffer += data
        while self._buffer and not self._waits_for_pause:
            piece = self._format.next_piece(bytes(self._buffer))
            if piece is None:
                break
            events += self._piece(piece, now)
        if self._waits_for_pause:
            events += self._reject(len(self._buffer), now)
        return events

    def tick(self, now: float) -> list[ReaderEvent]:
        """Drop what a pause left over and a candidate that was not confirmed."""
        events: list[ReaderEvent] = []
        if now - self._last_at > self._format.pause_seconds:
            events += self._pause(now)
        if self._candidate and now - self._candidate.at > CONFIRM_SECONDS:
            events += self._drop_candidate(now)
        return events

    def data_to_send(self) -> bytes:
        """Send nothing: these readers do not listen."""
        return b""

    def indicate(self, reader: str, indication: Indication) -> None:
        """Show nothing: these readers have no light of ours; the board's indicators do it."""

    def _piece(self, piece: Piece, now: float) -> list[ReaderEvent]:
        lost_place = piece.found is None or _is_bad_checksum(piece.found)
        self._waits_for_pause = lost_place and self._format.resyncs_by_pause
        if piece.found is None:
            return self._reject(piece.size, now)
        raw = bytes(self._buffer[: piece.size])
        del self._buffer[: piece.size]
        events = self._report_rubbish(now)
        if isinstance(piece.found, Refused):
            return events + self._fault(piece.found.kind, digest_of(raw), piece.found.detail, now)
        if not piece.found:
            return events
        self.counters["frames"] += 1
        return events + self._card(piece.found, digest_of(raw), now)

    def _card(self, card: str, digest: str, now: float) -> list[ReaderEvent]:
        if self._repeats.is_held(card, now):
            self.counters["held-cards"] += 1
            return []
        if self._frames > 1 and (self._candidate is None or self._candidate.card != card):
            events = self._drop_candidate(now)
            self._candidate = _Candidate(card, digest, now)
            return events
        self._candidate = None
        self._repeats.note(card, now)
        return [CardRead(self._name, card, now)]

    def _drop_candidate(self, now: float) -> list[ReaderEvent]:
        candidate, self._candidate = self._candidate, None
        return self._fault(FaultKind.GHOST, candidate.digest, _ONE_FRAME, now) if candidate else []

    def _pause(self, now: float) -> list[ReaderEvent]:
        events = self._report_rubbish(now)
        left, self._buffer = bytes(self._buffer), bytearray()
        self._waits_for_pause = False
        if left.strip():  # a lone CR or LF is only the rest of a line's end
            self.counters["dropped-bytes"] += len(left)
            events += self._fault(FaultKind.INCOMPLETE, digest_of(left), f"{len(left)} bytes", now)
        return events

    def _reject(self, size: int, now: float) -> list[ReaderEvent]:
        self._rubbish += self._buffer[:size]
        del self._buffer[:size]
        return self._report_rubbish(now) if len(self._rubbish) > _RUBBISH_LIMIT else []

    def _report_rubbish(self, now: float) -> list[ReaderEvent]:
        rubbish, self._rubbish = bytes(self._rubbish), bytearray()
        if not rubbish:
            return []
        self.counters["dropped-bytes"] += len(rubbish)
        return self._fault(FaultKind.BAD_FRAME, digest_of(rubbish), f"{len(rubbish)} bytes of no frame", now)

    def _fault(self, kind: FaultKind, digest: str, detail: str, now: float) -> list[ReaderEvent]:
        self.counters[kind] += 1
        return [ReadFault(self._name, now, kind, digest, detail)]

    def _forget(self) -> None:
        self._buffer.clear()
        self._rubbish.clear()
        self._waits_for_pause = False
        self._candidate = None


def _is_bad_checksum(found: str | Refused) -> bool:
    return isinstance(found, Refused) and found.kind is FaultKind.BAD_CHECKSUM

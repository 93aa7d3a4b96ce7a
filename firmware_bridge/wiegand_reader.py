"""One Wiegand reader's rules: its formats in order, its keypad, and cards that are held."""

from firmware_bridge.keypad import KEY_BITS, key_of
from firmware_bridge.reader_events import CardRead, KeyPressed, PulseTiming
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.repeats import RepeatFilter
from firmware_bridge.wiegand import Refused, first_match


class WiegandReader:
    """Reads bursts as its options say."""

    def __init__(self, options: ReaderOptions) -> None:
        self.name = options.name
        self._formats = options.formats
        self._keypad = options.keypad
        self._repeats = RepeatFilter(options.repeat_seconds)

    def read(
        self, bits: str, now: float, *, timing: PulseTiming | None = None
    ) -> CardRead | KeyPressed | Refused | None:
        """Read one burst that was so on the wires; None is a card that is still held."""
        if self._keypad and len(bits) in KEY_BITS:
            key = key_of(bits)
            return key if isinstance(key, Refused) else KeyPressed(self.name, key, now)
        verdict = first_match(bits, self._formats)
        if isinstance(verdict, Refused):
            return verdict
        if self._repeats.is_held(verdict.card, now):
            return None
        self._repeats.note(verdict.card, now)
        return CardRead(self.name, verdict.card, now, timing)

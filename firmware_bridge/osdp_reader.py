"""One OSDP reader on its line: its events as ours, and when its secure channel stands, is lost, and is begun anew.

* No card, key or change of state counts without the secure channel.
* A reader may keep a card until it is asked. One counts only if the reader has said within ``FRESH_SECONDS`` before
  that nothing waited in it: whoever holds up the line, and lets it go, opens no door by the card of whoever left.
* Whoever says "busy" in a reader's place, which takes no key, does not keep its channel standing.
* libosdp leaves a reader alone for 300 s after one refusal, wrong key or lost cable. A reader that it no longer asks
  is let go and taken up again, so that one that was plugged in again is back within 5 s.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from firmware_bridge.keypad import KEYS
from firmware_bridge.osdp_gate import Frame
from firmware_bridge.osdp_panel import BUZZER, LEDS, LOCAL, STATUS_COMMAND, Ended, Panel
from firmware_bridge.osdp_signals import BUZZER_COMMAND, LED_COMMAND, commands
from firmware_bridge.reader_events import (
    FaultKind,
    KeyPressed,
    ReaderEvent,
    ReaderPower,
    ReaderTamper,
    ReadFault,
    digest_of,
)
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.reader_protocol import Indication
from firmware_bridge.wiegand import Refused
from firmware_bridge.wiegand_reader import WiegandReader

SILENCE_SECONDS = 3.0
FRESH_SECONDS = 2.0
GIVEN_UP_SECONDS = 2.0
"""The library asks a reader that does not answer once a second; if it does not, it has given it up."""
LET_GO_SECONDS = 0.3
NO_ANSWER = "no answer: look at cable, address and baud"
NO_CHANNEL = "answers, but has no secure channel with our key: another key, or none (doorctl osdp pair)"
LOST = "secure channel lost"
NOT_VOUCHED = "answers nothing that its secure channel vouches for"
_MOST_WAITING = 8
_MOST_REFUSALS = 2
_KEY_OF: Mapping[int, str] = {**{ord(key): key for key in KEYS}, 0x7F: "*", 0x0D: "#"}
_ASCII = 2


class OsdpReader:
    """Knows how it stands with one reader; ``key`` is that of its secure channel."""

    def __init__(self, address: int, options: ReaderOptions, key: bytes) -> None:
        self.address = address
        self.name = options.name
        self.key = key
        self.trouble: str | None = None
        self._options = options
        self._reads = WiegandReader(
            ReaderOptions(options.name, options.formats, repeat_seconds=options.repeat_seconds)
        )
        self._is_secure = False
        self._is_heard = False
        self._heard_at = self._vouched_at = self._asked_at = 0.0
        self._empty_at: float | None = None
        self._let_go_at: float | None = None
        self._waiting = 0
        self._refused: Counter[int] = Counter()

    @property
    def is_secure(self) -> bool:
        """Tell whether its secure channel stands."""
        return self._is_secure

    def begin(self, now: float) -> None:
        """Its line was opened."""
        self._is_secure = self._is_heard = False
        self._heard_at = self._asked_at = now
        self._empty_at = self._let_go_at = None
        self._waiting = 0

    def asked(self, now: float) -> None:
        """A command for it went out."""
        self._asked_at = now

    def heard(self, reply: Frame, now: float) -> None:
        """A reply of it came through the gate."""
        self._is_heard = True
        self._heard_at = now
        if reply.has_mac:
            self._vouched_at = now
        if reply.tells_nothing:
            self._empty_at = now

    def supervise(self, panel: Panel, now: float) -> bool:
        """See how it stands, and take up what the library has given up; True if that changed."""
        if self._let_go_at is not None:
            if now - self._let_go_at >= LET_GO_SECONDS and panel.enable(self.address):
                self.begin(now)
            return False
        if panel.is_secure(self.address):
            return self._stands(panel, now)
        if self._is_secure:
            return self._begin_anew(panel, now, LOST)
        if now - self._asked_at > GIVEN_UP_SECONDS:
            return self._begin_anew(panel, now, NO_CHANNEL if self._is_heard else NO_ANSWER)
        return False

    def _stands(self, panel: Panel, now: float) -> bool:
        if not self._is_secure:
            self._is_secure, self.trouble = True, None
            self._vouched_at = now
            self._ask_state(panel)
            return True
        if now - self._vouched_at > SILENCE_SECONDS:
            is_silent = now - self._heard_at > SILENCE_SECONDS
            return self._begin_anew(panel, now, NO_ANSWER if is_silent else NOT_VOUCHED)
        return False

    def _begin_anew(self, panel: Panel, now: float, trouble: str) -> bool:
        self._is_secure, self.trouble = False, trouble
        self._let_go_at, self._empty_at = now, None
        panel.disable(self.address)
        return True

    def _ask_state(self, panel: Panel) -> None:
        """Have it tell its housing and its supply: by itself it tells of changes alone."""
        if self._refused[STATUS_COMMAND] < _MOST_REFUSALS and panel.ask_state(self.address):
            self._waiting += 1

    def indicate(self, indication: Indication, panel: Panel) -> bool:
        """Show what it can show; False where something was dropped because it does not keep up."""
        shown = commands(
            indication,
            has_light=self._can(LED_COMMAND, LEDS, panel),
            has_buzzer=self._can(BUZZER_COMMAND, BUZZER, panel),
        )
        is_whole = True
        for command in shown:
            if self._waiting < _MOST_WAITING and panel.submit(self.address, command):
                self._waiting += 1
            else:
                is_whole = False
        return is_whole

    def ended(self, told: Ended) -> None:
        """A command is over; what a reader refuses takes it offline, so it is not asked for that a third time."""
        self._waiting = max(0, self._waiting - 1)
        if self._is_secure:
            self._refused[told.command] = self._refused[told.command] + 1 if told.is_refused else 0

    def _can(self, command: int, capability: int, panel: Panel) -> bool:
        return self._refused[command] < _MOST_REFUSALS and panel.has(self.address, capability)

    def take(self, event: Mapping[str, Any], now: float) -> list[ReaderEvent]:
        """Take an event that came by the secure channel; what we have no use for is dropped."""
        take = _EVENTS.get(event["event"])
        if take is None or not self._is_secure:
            return []
        if event["event"] in _SHOWN and not self._is_fresh(now):
            return [ReadFault(self.name, now, FaultKind.STALE, digest_of(b""), "it may have waited in the reader")]
        return take(self, event, now)

    def _is_fresh(self, now: float) -> bool:
        return self._empty_at is not None and now - self._empty_at <= FRESH_SECONDS

    def _card(self, event: Mapping[str, Any], now: float) -> list[ReaderEvent]:
        if event["format"] == _ASCII:
            return [ReadFault(self.name, now, FaultKind.NOT_A_CARD, digest_of(b""), "a card as text")]
        data, length = event["data"], event["length"]
        bits = f"{int.from_bytes(data):0{8 * len(data)}b}"[:length]
        read = self._reads.read(bits, now)
        if isinstance(read, Refused):
            return [ReadFault(self.name, now, read.kind, digest_of(bits), read.detail)]
        return [] if read is None else [read]

    def _keys(self, event: Mapping[str, Any], now: float) -> list[ReaderEvent]:
        if not self._options.keypad:
            return [ReadFault(self.name, now, FaultKind.NOT_A_CARD, digest_of(b""), "a key, and keypad is not set")]
        return [KeyPressed(self.name, _KEY_OF[each], now) for each in event["data"] if each in _KEY_OF]

    def _status(self, event: Mapping[str, Any], now: float) -> list[ReaderEvent]:
        if event["type"] != LOCAL or len(event["report"]) < 2:
            return []
        tamper, power = event["report"][:2]
        return [ReaderTamper(self.name, now, bool(tamper)), ReaderPower(self.name, now, bool(power))]


_CARD_READ, _KEY_PRESS, _STATUS = 1, 2, 4
_SHOWN = frozenset({_CARD_READ, _KEY_PRESS})
_EVENTS: Mapping[int, Callable[[OsdpReader, Mapping[str, Any], float], list[ReaderEvent]]] = {
    _CARD_READ: OsdpReader._card,
    _KEY_PRESS: OsdpReader._keys,
    _STATUS: OsdpReader._status,
}
"""By the library's numbers of events."""

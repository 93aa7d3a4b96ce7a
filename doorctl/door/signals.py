"""What a signal of the core looks like: patterns on the board's indicators, light and tone at the readers."""

from collections.abc import Callable, Mapping, Sequence

from doorctl.core.door_events import SignalName
from doorctl.door.guarded_board import GuardedBoard
from firmware_bridge.reader_protocol import Indication, Led
from hardware.indicators import PatternPlayer, Role, Signal

AT_READER: Mapping[SignalName, Indication] = {
    SignalName.GRANTED: Indication(Led.GREEN, led_ms=3000, buzzer_ms=150),
    SignalName.DENIED: Indication(Led.RED, led_ms=2000, buzzer_ms=400),
    SignalName.WRONG_PIN: Indication(Led.RED, led_ms=1000, buzzer_ms=200),
    SignalName.LOCKDOWN: Indication(Led.RED, led_ms=5000, buzzer_ms=1500),
    SignalName.FAULT: Indication(Led.AMBER, led_ms=2000, buzzer_ms=800),
    SignalName.HELD_SOON: Indication(Led.AMBER, led_ms=10_000, buzzer_ms=300),
    SignalName.HELD: Indication(Led.RED, led_ms=10_000, buzzer_ms=1000),
    SignalName.WAITING: Indication(Led.AMBER, led_ms=10_000, buzzer_ms=50),
    SignalName.WAITING_FOR_SECOND: Indication(Led.AMBER, led_ms=30_000, buzzer_ms=100),
    SignalName.IDLE: Indication(Led.OFF),
}


class Signals:
    """Shows signals at doors; never waits."""

    def __init__(
        self,
        board: GuardedBoard,
        indicators: Mapping[str, Mapping[Role, str]],
        readers: Mapping[str, Sequence[str]],
        indicate: Callable[[str, Indication], None],
    ) -> None:
        """Know which indicators and which readers each door has, by its id."""
        self._board = board
        self._indicators = indicators
        self._readers = readers
        self._indicate = indicate
        self._player = PatternPlayer()

    def show(self, door: str, signal: SignalName, now: float) -> None:
        """Begin to show a signal at a door."""
        self._player.start(self._indicators[door], Signal(signal), now)
        for reader in self._readers[door]:
            self._indicate(reader, AT_READER[signal])

    def tick(self, now: float) -> None:
        """Switch what is due."""
        for indicator, on in self._player.due(now):
            self._board.show(indicator, on)

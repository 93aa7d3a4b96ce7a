"""Shows what the core asks for: patterns on the board's indicators, light and tone at the readers of a door."""

from collections.abc import Callable, Mapping, Sequence

from doorctl.core.machines.door_events import SignalName
from doorctl.door.inputs.feedback import Feedback
from doorctl.door.inputs.guarded_board import GuardedBoard
from firmware_bridge.reader_protocol import Indication
from hardware.indicators import PatternPlayer, Role, Signal


class Signals:
    """Shows signals at doors; never waits."""

    def __init__(
        self,
        board: GuardedBoard,
        indicators: Mapping[str, Mapping[Role, str]],
        readers: Mapping[str, Sequence[str]],
        indicate: Callable[[str, Indication], None],
        *,
        feedback: Feedback,
    ) -> None:
        """Know which indicators and which readers each door has, by its id, and how each signal looks."""
        self._board = board
        self._indicators = indicators
        self._readers = readers
        self._indicate = indicate
        self._feedback = feedback
        self._player = PatternPlayer(feedback.on_board)

    def show(self, door: str, signal: SignalName, now: float) -> None:
        """Begin to show a signal at a door."""
        self._player.start(self._indicators[door], Signal(signal), now)
        for reader in self._readers[door]:
            self._indicate(reader, self._feedback.at_reader[signal])

    def sound_key(self, reader: str) -> None:
        """Let the reader whose key was touched sound, the same for every key."""
        self._indicate(reader, self._feedback.key)

    def tick(self, now: float) -> None:
        """Switch what is due."""
        for indicator, on in self._player.due(now):
            self._board.show(indicator, on)

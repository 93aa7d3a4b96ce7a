"""A board whose faults are recorded and survived: a strike that did not move is driven again until it does."""

from collections.abc import Callable, Mapping, Sequence

from doorctl import journal
from doorctl.core.records import RecordKind
from doorctl.door.recorder import TakesRecords
from hardware.board import Board, BoardError
from hardware.pins import StrikeState


class GuardedBoard:
    """Hands everything to the board; a fault is an alarm and a record, not the end of the process."""

    def __init__(
        self,
        board: Board,
        recorder: TakesRecords,
        *,
        overhear: Callable[[str, StrikeState], None] = lambda _strike, _state: None,
    ) -> None:
        """Guard this board; ``overhear`` is told what strikes were put to."""
        self._overhear = overhear
        self._board = board
        self._recorder = recorder
        self._faults = 0
        self._owed: dict[str, StrikeState] = {}

    def drive(self, strike: str, state: StrikeState) -> None:
        """Put a strike into a state; if it does not move, each ``sample`` tries again, until the next command."""
        try:
            self._board.drive(strike, state)
        except BoardError as error:
            self._owed[strike] = state
            self._report(error)
        else:
            self._owed.pop(strike, None)
            self._overhear(strike, state)

    def show(self, indicator: str, on: bool) -> None:
        """Switch an indicator."""
        try:
            self._board.show(indicator, on)
        except BoardError as error:
            self._report(error)

    def sample(self) -> Mapping[str, bool]:
        """Drive what is owed, then read every input; nothing, while the board cannot."""
        for strike, state in tuple(self._owed.items()):
            self.drive(strike, state)
        try:
            return self._board.sample()
        except BoardError as error:
            self._report(error)
            return {}

    def filenos(self) -> Sequence[int]:
        """Name the descriptors that ask for ``serve``."""
        return self._board.filenos()

    def serve(self) -> None:
        """Attend to whoever watches the board."""
        self._board.serve()

    def _report(self, error: BoardError) -> None:
        """Record faults ever more rarely: a broken board is read a hundred times a second."""
        self._faults += 1
        if journal.is_worth_saying(self._faults):
            journal.say("board_fault", journal.Level.ALARM, why=error, faults=self._faults)
            self._recorder.record(RecordKind.BOARD_FAULT, f"{self._faults}: {error}")

"""From the kind that a configuration names to its board."""

from pathlib import Path

from hardware.board import Board, BoardKind, LayoutError
from hardware.pins import Layout, mistakes
from hardware.raspberry_pi import RaspberryPiBoard
from hardware.simulated_board import SimulatedBoard


def make_board(kind: BoardKind, layout: Layout, *, changes: Path | None = None, socket: Path | None = None) -> Board:
    """Make a board that is still to be opened; `changes` and `socket` are for the simulated one.

    Raises LayoutError for a layout with mistakes and BoardUnavailableError where RPi.GPIO does not work.
    """
    if found := mistakes(layout):
        raise LayoutError("the board's layout has mistakes: " + "; ".join(found))
    if kind is BoardKind.SIMULATED:
        return SimulatedBoard(layout, changes=changes, socket=socket)
    return RaspberryPiBoard(layout)

"""A simulated board on a socket, and watchers of it."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from hardware.simulated_board import SimulatedBoard
from tests.hardware.layouts import a_layout
from tests.hardware.watcher import Connect, Watcher

pytest.register_assert_rewrite("tests.hardware.board_contract")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the board's socket."""
    return tmp_path / "board.sock"


@pytest.fixture
def board(path: Path) -> Iterator[SimulatedBoard]:
    """Open a board that can be watched."""
    board = SimulatedBoard(a_layout(), socket=path, clock=lambda: 7.5)
    board.open()
    yield board
    board.close()


@pytest.fixture
def connect(path: Path) -> Iterator[Connect]:
    """Connect watchers that the board has not noticed yet."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(Watcher(path)))


@pytest.fixture
def watch(board: SimulatedBoard, connect: Connect) -> Connect:
    """Connect watchers that have had the board's greeting."""

    def welcomed() -> Watcher:
        watcher = connect()
        board.serve()
        watcher.received()
        return watcher

    return welcomed

"""A board that fails: the process goes on, the technician and the log are told, and not a hundred times a second."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from doorctl.core.records import RecordKind
from doorctl.door.inputs.guarded_board import GuardedBoard
from hardware.board import BoardError
from hardware.pins import Layout, StrikeState
from hardware.simulated_board import SimulatedBoard
from tests.door.hand_driven import Notebook


class BrokenBoard(SimulatedBoard):
    """A board that does nothing that is asked of it."""

    def __init__(self) -> None:
        super().__init__(Layout())

    def drive(self, strike: str, state: StrikeState) -> None:
        raise BoardError("no pin moves")

    def show(self, indicator: str, on: bool) -> None:
        raise BoardError("no light shines")

    def sample(self) -> Mapping[str, bool]:
        raise BoardError("no input is read")


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_a_board_that_cannot_be_read_tells_nothing_and_ends_nothing(notebook: Notebook) -> None:
    assert GuardedBoard(BrokenBoard(), notebook).sample() == {}
    assert notebook.told == [(RecordKind.BOARD_FAULT, "", "1: no input is read")]


def test_a_strike_that_does_not_move_is_recorded(notebook: Notebook) -> None:
    GuardedBoard(BrokenBoard(), notebook).drive("front", StrikeState.RELEASED)

    assert notebook.told == [(RecordKind.BOARD_FAULT, "", "1: no pin moves")]


class StubbornBoard(SimulatedBoard):
    """A board whose strike moves at the third attempt."""

    def __init__(self) -> None:
        super().__init__(Layout())
        self.asked: list[StrikeState] = []

    def drive(self, strike: str, state: StrikeState) -> None:
        self.asked.append(state)
        if len(self.asked) < 3:
            raise BoardError("no pin moves")

    def sample(self) -> Mapping[str, bool]:
        return {}


def test_a_strike_that_does_not_move_is_driven_again_until_it_does(notebook: Notebook) -> None:
    inner = StubbornBoard()
    board = GuardedBoard(inner, notebook)
    board.drive("front", StrikeState.SECURED)
    for _ in range(5):
        board.sample()

    assert inner.asked == [StrikeState.SECURED] * 3


def test_the_next_command_takes_the_place_of_one_that_failed(notebook: Notebook) -> None:
    inner = StubbornBoard()
    board = GuardedBoard(inner, notebook)
    board.drive("front", StrikeState.RELEASED)
    board.drive("front", StrikeState.SECURED)
    board.sample()
    board.sample()

    assert inner.asked == [StrikeState.RELEASED, StrikeState.SECURED, StrikeState.SECURED]


def test_a_light_that_does_not_shine_is_recorded(notebook: Notebook) -> None:
    GuardedBoard(BrokenBoard(), notebook).show("front.led-green", on=True)

    assert notebook.told == [(RecordKind.BOARD_FAULT, "", "1: no light shines")]


def test_faults_are_recorded_ever_more_rarely(notebook: Notebook, capfd: pytest.CaptureFixture[str]) -> None:
    board = GuardedBoard(BrokenBoard(), notebook)
    for _ in range(1000):
        board.sample()

    assert len(notebook.drafts) == 10
    assert capfd.readouterr().err.count("event=board_fault") == 10


def test_a_board_that_works_is_handed_everything(notebook: Notebook, tmp_path: Path) -> None:
    inner = SimulatedBoard(Layout(), socket=tmp_path / "board.sock")
    inner.open()
    board = GuardedBoard(inner, notebook)

    assert (board.filenos(), board.sample()) == (inner.filenos(), inner.sample())
    inner.close()

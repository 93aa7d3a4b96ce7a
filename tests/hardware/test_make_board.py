"""Each kind that a configuration can name becomes its board, and a layout with mistakes becomes none."""

import sys
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from hardware.board import BoardKind, LayoutError
from hardware.make_board import make_board
from hardware.raspberry_pi import RaspberryPiBoard
from hardware.simulated_board import SimulatedBoard
from tests.hardware.fake_rpi_gpio import FakeGpio
from tests.hardware.layouts import a_layout, a_strike, an_input


def test_each_kind_has_its_board(mocker: MockerFixture) -> None:
    mocker.patch.dict(sys.modules, {"RPi.GPIO": FakeGpio()})

    made = {kind: type(make_board(kind, a_layout())) for kind in BoardKind}

    assert made == {BoardKind.RASPBERRY_PI: RaspberryPiBoard, BoardKind.SIMULATED: SimulatedBoard}


def test_the_simulated_board_gets_its_file_and_socket(tmp_path: Path) -> None:
    changes, socket = tmp_path / "changes.jsonl", tmp_path / "board.sock"
    board = make_board(BoardKind.SIMULATED, a_layout(), changes=changes, socket=socket)

    board.open()

    assert (changes.exists(), socket.is_socket()) == (True, True)
    board.close()


@pytest.mark.parametrize("kind", BoardKind)
def test_a_layout_with_mistakes_becomes_no_board(kind: BoardKind) -> None:
    layout = a_layout(a_strike(pin=17), an_input(pin=17), a_strike("back", pin=40))

    with pytest.raises(LayoutError, match=r"pin 40 is not on the header.*; .*pin 17 is used 2 times"):
        make_board(kind, layout)

"""The socket's path belongs to one board and one user, and outlives neither a close nor a killed board."""

import os
import socket
import stat
from pathlib import Path

import pytest

from hardware.board import BoardUnavailableError
from hardware.simulated_board import SimulatedBoard
from tests.hardware.layouts import a_layout
from tests.hardware.watcher import Connect


def test_the_socket_is_for_its_owner_only_whatever_the_umask(path: Path) -> None:
    board = SimulatedBoard(a_layout(), socket=path)
    old = os.umask(0)
    try:
        board.open()
    finally:
        os.umask(old)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    board.close()


def test_closing_hangs_up_and_removes_the_path(board: SimulatedBoard, path: Path, watch: Connect) -> None:
    watcher = watch()

    board.close()

    assert (watcher.is_dropped(), path.exists()) == (True, False)


def test_the_socket_of_a_killed_board_is_replaced(path: Path, connect: Connect) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    board = SimulatedBoard(a_layout(), socket=path)

    board.open()
    watcher = connect()
    board.serve()

    assert [line["initial"] for line in watcher.lines()] == [True, True, True]
    board.close()


def test_the_socket_of_a_living_board_is_refused_and_left_alone(path: Path, watch: Connect) -> None:
    second = SimulatedBoard(a_layout(), socket=path)

    with pytest.raises(BoardUnavailableError, match="is served by another process"):
        second.open()

    assert not watch().is_dropped()


def test_a_file_at_the_sockets_path_is_refused_and_kept(path: Path) -> None:
    path.write_text("precious")

    with pytest.raises(BoardUnavailableError, match="is a file, not a socket"):
        SimulatedBoard(a_layout(), socket=path).open()

    assert path.read_text() == "precious"


def test_a_path_too_long_for_a_socket_is_named(tmp_path: Path) -> None:
    with pytest.raises(BoardUnavailableError, match=r"cannot listen at .*choose another path"):
        SimulatedBoard(a_layout(), socket=tmp_path / ("x" * 120)).open()

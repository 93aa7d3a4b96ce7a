"""The simulated board keeps the contract and writes each change of it as one line to its file."""

import json
import os
import resource
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from hardware.board import Board, BoardUnavailableError, UnknownNameError
from hardware.pins import ActiveLevel, Layout, Lock, StrikeState
from hardware.simulated_board import SimulatedBoard
from tests.hardware.board_contract import BoardContract, Rig
from tests.hardware.layouts import a_layout, a_strike, an_indicator, an_input


class ChangesRig:
    """The wires of a simulated board, seen through its file of changes."""

    def __init__(self, folder: Path) -> None:
        self.changes = folder / "changes.jsonl"
        self.socket = folder / "board.sock"

    def make(self, layout: Layout) -> Board:
        self.layout = layout
        self.board = SimulatedBoard(layout, changes=self.changes, socket=self.socket)
        return self.board

    def driven(self, pin: int) -> list[int | None]:
        names = {
            *(("strike", strike.name) for strike in self.layout.strikes if strike.pin == pin),
            *(("indicator", item.name) for item in self.layout.indicators if item.pin == pin),
        }
        return [line["level"] for line in lines_of(self.changes) if names & set(line.items())]

    def feed(self, pin: int, level: int) -> None:
        (item,) = (item for item in self.layout.inputs if item.pin == pin)
        self.board.set_input(item.name, item.is_active(level))


class TestSimulatedBoardKeepsTheContract(BoardContract):
    """Every rule of a board, on the simulated one."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        rig = ChangesRig(tmp_path)
        yield rig
        rig.board.close()


def test_the_file_begins_with_the_state_of_everything_and_then_has_each_change(tmp_path: Path) -> None:
    layout = a_layout(
        a_strike("front", lock=Lock.FAIL_SAFE, on_process_loss=StrikeState.RELEASED),
        an_indicator("green", active_level=ActiveLevel.LOW),
        an_input("contact", active_level=ActiveLevel.LOW),
    )
    board = a_board(tmp_path, layout)

    board.drive("front", StrikeState.RELEASED)
    board.show("green", on=True)
    board.set_input("contact", active=True)
    board.drive("front", StrikeState.SECURED)
    board.close()

    assert lines_of(tmp_path / "changes.jsonl") == [
        {"t": 1, "strike": "front", "state": "secured", "level": 1, "initial": True},
        {"t": 1, "indicator": "green", "on": False, "level": 1, "initial": True},
        {"t": 1, "input": "contact", "active": False, "level": 1, "initial": True},
        {"t": 2, "strike": "front", "state": "released", "level": 0},
        {"t": 3, "indicator": "green", "on": True, "level": 0},
        {"t": 4, "input": "contact", "active": True, "level": 0},
        {"t": 5, "strike": "front", "state": "secured", "level": 1},
        {"t": 6, "strike": "front", "state": "released", "level": 0},
        {"t": 7, "indicator": "green", "on": False, "level": 1},
    ]


def test_a_change_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    board = a_board(tmp_path)
    before = lines_of(tmp_path / "changes.jsonl")

    board.drive("front", StrikeState.SECURED)
    board.show("front-green", on=False)
    board.set_input("front-contact", active=False)

    assert lines_of(tmp_path / "changes.jsonl") == before
    board.close()


def test_a_strike_change_is_one_write_before_drive_returns(tmp_path: Path, mocker: MockerFixture) -> None:
    board = a_board(tmp_path)
    write = mocker.spy(os, "write")

    board.drive("front", StrikeState.RELEASED)

    assert [call.args[1] for call in write.call_args_list] == [
        b'{"t": 2, "strike": "front", "state": "released", "level": 1}\n'
    ]
    board.close()


def test_the_file_is_appended_to_by_the_next_start(tmp_path: Path) -> None:
    a_board(tmp_path).close()

    a_board(tmp_path).close()

    assert [line["t"] for line in lines_of(tmp_path / "changes.jsonl")] == [1, 1, 1, 1, 1, 1]


def test_the_time_of_a_change_is_the_monotonic_clock(tmp_path: Path) -> None:
    board = SimulatedBoard(a_layout(), changes=tmp_path / "changes.jsonl")
    before = time.monotonic()

    board.open()
    board.close()

    assert before <= lines_of(tmp_path / "changes.jsonl")[0]["t"] <= time.monotonic()


def test_a_full_disk_loses_lines_and_counts_them_but_moves_the_strike() -> None:
    board = SimulatedBoard(a_layout(), changes=Path("/dev/full"))
    board.open()

    board.drive("front", StrikeState.RELEASED)

    assert board.lost_changes == 2
    board.close()


def test_after_a_torn_line_the_next_one_stands_on_its_own(tmp_path: Path) -> None:
    board = a_board(tmp_path)
    path = tmp_path / "changes.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
    try:
        board.drive("front", StrikeState.RELEASED)
        board.drive("front", StrikeState.SECURED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    board.drive("front", StrikeState.RELEASED)

    *_, torn, whole = path.read_text().splitlines()
    assert (torn, json.loads(whole)["t"], board.lost_changes) == ('{"t": 2, "', 4, 2)
    board.close()


def test_a_file_that_cannot_be_written_is_named_and_leaves_no_socket_behind(tmp_path: Path) -> None:
    board = SimulatedBoard(a_layout(), changes=tmp_path / "missing" / "changes.jsonl", socket=tmp_path / "board.sock")

    with pytest.raises(BoardUnavailableError, match=r"cannot write .*missing/changes.jsonl"):
        board.open()

    assert list(tmp_path.iterdir()) == []


def test_an_unknown_input_is_refused(tmp_path: Path) -> None:
    board = a_board(tmp_path)

    with pytest.raises(UnknownNameError, match="no input is called 'window'"):
        board.set_input("window", active=True)

    board.close()


def test_a_board_needs_neither_file_nor_socket() -> None:
    board = SimulatedBoard(a_layout())
    board.open()

    board.drive("front", StrikeState.RELEASED)
    board.set_input("front-contact", active=True)

    assert (board.sample(), board.filenos()) == ({"front-contact": True}, ())
    board.close()


def a_board(folder: Path, layout: Layout | None = None) -> SimulatedBoard:
    """Open a board whose clock counts 1, 2, 3 and so on."""
    ticks = count(1)
    board = SimulatedBoard(layout or a_layout(), changes=folder / "changes.jsonl", clock=lambda: next(ticks))
    board.open()
    return board


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

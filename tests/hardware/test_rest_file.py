"""The file that says what strikes are put to when the process is gone."""

from pathlib import Path

import pytest

from hardware.board import BoardUnavailableError
from hardware.pins import ActiveLevel, Lock, StrikeState
from hardware.rest_file import remove_rest, write_rest
from tests.hardware.layouts import a_layout, a_strike


@pytest.mark.parametrize("lock", Lock)
@pytest.mark.parametrize("active_level", ActiveLevel)
@pytest.mark.parametrize("state", StrikeState)
def test_a_line_says_the_level_that_a_strike_has_on_process_loss(
    lock: Lock, active_level: ActiveLevel, state: StrikeState, tmp_path: Path
) -> None:
    strike = a_strike("front", pin=17, lock=lock, active_level=active_level, on_process_loss=state)

    write_rest(tmp_path / "rest", a_layout(strike))

    assert (tmp_path / "rest").read_text() == f"17 {int(strike.level(state))}\n"


def test_it_has_a_line_for_each_strike_and_none_for_anything_else(tmp_path: Path) -> None:
    write_rest(tmp_path / "run" / "rest", a_layout(a_strike("front", pin=17), a_strike("back", pin=18)))

    assert (tmp_path / "run" / "rest").read_text() == "17 0\n18 0\n"


def test_it_goes_and_may_have_gone(tmp_path: Path) -> None:
    write_rest(tmp_path / "rest", a_layout(a_strike("front", pin=17)))

    remove_rest(tmp_path / "rest")
    remove_rest(tmp_path / "rest")

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "run").touch()

    with pytest.raises(BoardUnavailableError, match="runtime_dir"):
        write_rest(tmp_path / "run" / "rest", a_layout(a_strike("front", pin=17)))

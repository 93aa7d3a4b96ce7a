"""Files written in one durable step: a failure leaves what was there, and nothing beside it."""

import stat
from pathlib import Path

import pytest

from doorctl.durable import replace_file, write_new_file
from tests.full_disk import full_disk


def test_a_file_is_replaced_and_nothing_is_left_beside(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        replace_file(tmp_path / "file", content, mode=0o600)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"second"}
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_file_that_was_there_alone(tmp_path: Path) -> None:
    replace_file(tmp_path / "file", b"first")

    with full_disk(), pytest.raises(OSError, match="File too large"):
        replace_file(tmp_path / "file", b"second")

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"first"}


def test_what_cannot_be_replaced_leaves_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()

    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path / "file", b"content")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_new_file_on_a_full_disk_is_not_made(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(OSError, match="File too large"):
        write_new_file(tmp_path / "file", b"content", mode=0o600)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"first")

    with pytest.raises(FileExistsError):
        write_new_file(tmp_path / "file", b"second", mode=0o600)

    assert (tmp_path / "file").read_bytes() == b"first"

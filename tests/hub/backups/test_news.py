"""Word of backups and of a restore: left by other processes, read by the hub, kept until it is recorded."""

import stat
from pathlib import Path

import pytest

from doorctl.hub.backups.news import (
    BackupMade,
    Restored,
    backups_told,
    restore_told,
    tell_of_backup,
    tell_of_restore,
)

MADE = BackupMade("5e" * 16, 1_800_000_000, 4711, "ab" * 32, with_keys=False)
RESTORED = Restored("5e" * 16, 3, 1_800_000_000, 1_800_000_060)


def test_each_backup_is_told_until_its_word_is_removed(tmp_path: Path) -> None:
    others = [BackupMade(digit * 32, 1_800_000_000, 1, digit * 64, with_keys=True) for digit in "ab"]
    for made in (MADE, *others):
        tell_of_backup(tmp_path, made)

    first = list(backups_told(tmp_path))
    first[0][0].unlink()

    assert [made for _, made in first] == [MADE, *others]
    assert [made for _, made in backups_told(tmp_path)] == others


def test_a_restore_is_told_until_its_word_is_removed(tmp_path: Path) -> None:
    tell_of_restore(tmp_path, RESTORED)

    told = [restore_told(tmp_path) for _ in range(2)]

    assert told == [(tmp_path / "restored.json", RESTORED)] * 2
    (tmp_path / "restored.json").unlink()
    assert restore_told(tmp_path) is None


def test_where_nobody_left_word_there_is_none(tmp_path: Path) -> None:
    assert (list(backups_told(tmp_path)), restore_told(tmp_path)) == ([], None)


def test_details_say_which_backup_and_name_nobody() -> None:
    assert MADE.detail == f"backup {'5e' * 16} without keys, 4711 bytes, sha256 {'ab' * 32}"
    assert RESTORED.detail == f"backup {'5e' * 16}, increment 3, made_at 1800000000"


def test_word_is_for_the_hub_alone(tmp_path: Path) -> None:
    tell_of_backup(tmp_path, MADE)
    tell_of_restore(tmp_path, RESTORED)

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*.json")} == {0o600}


UNREADABLE = (b"", b"{", b"[]", b'{"backup": 1}', b"\xff\xfe", b'{"backup": "\xff"}')


@pytest.mark.parametrize("word", UNREADABLE)
def test_word_of_a_backup_that_cannot_be_read_is_told_to_the_technician_and_passed_by(
    tmp_path: Path, word: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    tell_of_backup(tmp_path, MADE)
    (tmp_path / "backups" / "0.json").write_bytes(word)

    told = [made for _, made in backups_told(tmp_path)]

    assert told == [MADE]
    assert "event=backup_word_unreadable file=0.json" in capfd.readouterr().err
    assert not (tmp_path / "backups" / "0.json").exists()


@pytest.mark.parametrize("word", UNREADABLE)
def test_word_of_a_restore_counts_though_it_cannot_be_read(tmp_path: Path, word: bytes) -> None:
    (tmp_path / "restored.json").write_bytes(word)

    assert restore_told(tmp_path) == (tmp_path / "restored.json", Restored("", 0, 0, 0))

"""A controller's keys are born on it, once."""

from pathlib import Path

import pytest

from doorctl.keeper.join import controller_keys, join_code_of, load_keeper, make_keys, make_tls_key
from doorctl.trust.join_codes import parse_join_code


def test_the_join_code_tells_the_keys_that_were_made(tmp_path: Path) -> None:
    make_keys(tmp_path)

    keys = parse_join_code(join_code_of(tmp_path, "pi-4f"))

    assert keys == controller_keys(tmp_path, "pi-4f")
    assert (keys.ack, keys.box) == (
        load_keeper(tmp_path, "pi-4f").sign_public,
        load_keeper(tmp_path, "pi-4f").box_public,
    )


def test_key_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    make_keys(tmp_path)

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}

    assert modes == {"ack.pem": 0o600, "log.pem": 0o600, "box.pem": 0o600}


@pytest.mark.parametrize("kept", ["ack.pem", "log.pem", "box.pem"])
def test_no_key_is_ever_overwritten(tmp_path: Path, kept: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / kept).write_text("mine")

    make_keys(tmp_path)

    assert (tmp_path / "keys" / kept).read_text() == "mine"
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {"ack.pem", "log.pem", "box.pem"}


@pytest.mark.parametrize("missing", ["ack.pem", "log.pem", "box.pem"])
def test_joining_that_was_interrupted_goes_on(tmp_path: Path, missing: str) -> None:
    make_keys(tmp_path)
    (tmp_path / "keys" / missing).unlink()

    make_keys(tmp_path)

    assert parse_join_code(join_code_of(tmp_path, "pi-4f")).id == "pi-4f"


def test_a_key_that_was_taken_away_after_joining_is_not_made_anew(tmp_path: Path) -> None:
    make_keys(tmp_path)
    make_tls_key(tmp_path / "tls.key", tmp_path)
    (tmp_path / "keys" / "log.pem").unlink()

    make_keys(tmp_path)

    assert not (tmp_path / "keys" / "log.pem").exists()

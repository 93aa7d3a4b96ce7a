"""The trust that a keeper holds: taken durably, and kept over forgeries and long absences."""

from pathlib import Path

import pytest

from doorctl.errors import Refused
from doorctl.keeper.kept_trust import KeptTrust
from doorctl.trust.verify import (
    sign_trust,
)
from tests.trust.builders import SITE, a_root, public, rotated, some_trust


def test_a_keeper_that_was_away_for_three_rotations_takes_one_note_and_holds_it_durably(tmp_path: Path) -> None:
    roots = [a_root() for _ in range(4)]
    first = some_trust(roots[0])
    kept = KeptTrust(tmp_path / "trust.note", site=SITE, root_keys=public(roots[0]))
    kept.take(sign_trust(first, roots[0]).note)

    newest = rotated(first, *roots)
    taken = kept.take(newest.note)

    assert (taken, kept.take(newest.note)) == (True, False)
    assert KeptTrust(tmp_path / "trust.note", site=SITE, root_keys=public(roots[0])).current == newest


def test_a_keeper_goes_on_by_what_it_held_after_a_forgery(tmp_path: Path) -> None:
    old, new = a_root(), a_root()
    kept = KeptTrust(tmp_path / "trust.note", site=SITE, root_keys=public(old))
    held = rotated(some_trust(old), old, new)
    kept.take(held.note)

    with pytest.raises(Refused, match="root-fork"):
        kept.take(sign_trust(some_trust(old, version=99), old).note)

    assert kept.current == held
    assert (tmp_path / "trust.note").read_bytes() == held.note

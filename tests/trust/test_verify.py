"""Trust: only what today's root signed counts, however long one was away; a rotated-away key leads nowhere."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from doorctl.errors import KeyFileError, Refused
from doorctl.trust.note import OPENS_DOORS, RootChange, Trust
from doorctl.trust.root_history import change_root
from doorctl.trust.verify import (
    expiry_stage,
    expiry_warning,
    is_expired,
    load_trust,
    open_trust,
    sign_trust,
    site_of_trust,
    store_trust,
)
from doorctl.wire.messages import FEATURE_LEVEL, to_text
from doorctl.wire.notes import MAX_NOTE_BYTES, Signer, sign_text
from tests.trust.builders import ADA, PI, SITE, a_root, public, rotated, some_trust

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)


def refusal_of(note: bytes, *pinned: Signer, held: Trust | None = None) -> str:
    with pytest.raises(Refused) as refused:
        open_trust(note, site=SITE, root_keys=public(*pinned), held=held)
    return refused.value.refusal


def test_either_root_key_suffices() -> None:
    first, second = a_root(), a_root()
    trust = some_trust(first, second)

    opened = open_trust(sign_trust(trust, second).note, site=SITE, root_keys=public(first, second))

    assert opened.trust == trust


def test_trust_by_a_stranger_is_refused() -> None:
    root, stranger = a_root(), a_root()

    assert refusal_of(sign_trust(some_trust(root), stranger).note, root) == "unknown-signer"


def test_a_stranger_who_names_himself_the_root_is_refused() -> None:
    root, stranger = a_root(), a_root()

    assert refusal_of(sign_trust(some_trust(stranger, version=9), stranger).note, root) == "unknown-signer"


def test_no_controller_is_called_as_the_hub_and_its_log_are() -> None:
    root = a_root()
    trust = replace(some_trust(root), controllers=(replace(PI, id="hub"),))

    assert refusal_of(sign_trust(trust, root).note, root) == "malformed"


def test_trust_of_another_site_is_refused() -> None:
    root = a_root()

    with pytest.raises(Refused, match="wrong-site"):
        open_trust(sign_trust(some_trust(root), root).note, site="annex", root_keys=public(root))


def test_trust_with_a_role_of_a_newer_doorctl_is_taken_and_gives_nothing_by_it() -> None:
    root = a_root()
    trust = some_trust(root, admins=(replace(ADA, roles=("emperor",)), ADA))

    (newer, ada) = open_trust(sign_trust(trust, root).note, site=SITE, root_keys=public(root)).trust.admins

    assert (newer.roles, ada) == (("emperor",), ADA)
    assert OPENS_DOORS.isdisjoint(newer.roles)


def test_trust_that_needs_a_higher_level_is_not_taken() -> None:
    root = a_root()
    trust = some_trust(root, needs=FEATURE_LEVEL + 1)

    assert refusal_of(sign_trust(trust, root).note, root) == "needs-upgrade"


def test_trust_that_is_too_large_to_travel_is_not_signed() -> None:
    many = tuple(replace(PI, id=f"pi-{number}") for number in range(MAX_NOTE_BYTES // 200))
    root = a_root()

    with pytest.raises(Refused, match="too-large"):
        sign_trust(some_trust(root, controllers=many), root)


@pytest.mark.parametrize("versions", [1, 2, 400], ids=["the next", "one missed", "a year missed"])
def test_any_higher_version_is_taken(versions: int) -> None:
    root = a_root()
    held, newer = some_trust(root), some_trust(root, version=1 + versions)

    opened = open_trust(sign_trust(newer, root).note, site=SITE, root_keys=public(root), held=held)

    assert opened.trust == newer


def test_a_change_of_the_root_outranks_a_thief_who_counted_up() -> None:
    stolen, other, new = a_root(), a_root(), a_root()
    good = some_trust(stolen, other)
    held = replace(good, version=2**53)

    for below in (good, held):
        rescue = sign_trust(change_root(below, old=[other], new=[new]), new)

        opened = open_trust(rescue.note, site=SITE, root_keys=public(stolen, other), held=held)

        assert opened.trust == rescue.trust


def test_after_a_change_of_the_root_what_the_thief_had_signed_does_not_come_back() -> None:
    stolen, other, new = a_root(), a_root(), a_root()
    held = change_root(some_trust(stolen, other), old=[other], new=[new])

    for version in (2, 3, 2**53):
        forged = sign_trust(some_trust(stolen, other, version=version), stolen)

        assert refusal_of(forged.note, stolen, other, held=held) in {"trust-fork", "root-fork", "version-jump"}


@pytest.mark.parametrize("leap", [{"version": 1_000_002}, {"version": 2, "epoch": 1_000_002}])
def test_trust_that_leaps_ahead_is_refused(leap: dict[str, int]) -> None:
    root = a_root()

    assert refusal_of(sign_trust(some_trust(root, **leap), root).note, root, held=some_trust(root)) == "version-jump"


def test_a_lower_version_is_refused() -> None:
    root = a_root()

    assert refusal_of(sign_trust(some_trust(root), root).note, root, held=some_trust(root, version=2)) == "old-trust"


def test_another_trust_of_the_same_version_is_a_fork() -> None:
    root = a_root()

    assert refusal_of(sign_trust(some_trust(root, epoch=2), root).note, root, held=some_trust(root)) == "trust-fork"


def test_the_trust_that_is_held_may_come_again_by_the_other_key() -> None:
    first, second = a_root(), a_root()
    held = some_trust(first, second)

    again = open_trust(sign_trust(held, second).note, site=SITE, root_keys=public(first, second), held=held)

    assert again.trust == held


def test_after_three_rotations_one_note_leads_to_todays_root() -> None:
    roots = [a_root() for _ in range(4)]
    held = some_trust(roots[0])

    opened = open_trust(rotated(held, *roots).note, site=SITE, root_keys=public(roots[0]), held=held)

    assert (opened.trust.version, opened.trust.roots) == (4, public(roots[3]))


@pytest.mark.parametrize("generation", range(4))
def test_whoever_was_given_a_later_root_follows_from_there(generation: int) -> None:
    roots = [a_root() for _ in range(4)]
    signed = rotated(some_trust(roots[0]), *roots)

    assert open_trust(signed.note, site=SITE, root_keys=public(roots[generation])).trust == signed.trust


def test_one_lost_key_of_two_is_replaced_by_the_other() -> None:
    kept, lost, new = a_root(), a_root(), a_root()
    trust = change_root(some_trust(kept, lost), old=[kept], new=[kept, new])

    opened = open_trust(sign_trust(trust, new).note, site=SITE, root_keys=public(kept, lost))

    assert opened.trust.roots == public(kept, new)


def test_the_lost_key_signs_no_longer_after_it_was_replaced() -> None:
    kept, lost, new = a_root(), a_root(), a_root()
    trust = change_root(some_trust(kept, lost), old=[kept], new=[kept, new])

    assert refusal_of(sign_trust(trust, lost).note, kept, lost) == "unknown-signer"


def test_a_rotated_away_root_cannot_go_on_as_if_nothing_had_changed() -> None:
    old, new = a_root(), a_root()
    held = rotated(some_trust(old), old, new).trust

    forged = sign_trust(some_trust(old, version=99), old)

    assert refusal_of(forged.note, old, held=held) == "root-fork"


def test_a_rotated_away_root_cannot_change_the_root_elsewhere() -> None:
    old, new, thief = a_root(), a_root(), a_root()
    held = rotated(some_trust(old), old, new).trust

    forged = sign_trust(replace(rotated(some_trust(old), old, thief).trust, version=99), thief)

    assert refusal_of(forged.note, old, held=held) == "root-fork"


def test_a_rotated_away_root_cannot_change_the_root_once_more() -> None:
    old, new, thief = a_root(), a_root(), a_root()
    held = rotated(some_trust(old), old, new).trust

    forged = sign_trust(change_root(replace(held, roots=public(old)), old=[old], new=[thief]), thief)

    assert refusal_of(forged.note, old, held=held) == "bad-root-change"


def test_a_rotated_away_root_leads_nobody_off_who_was_given_the_later_one() -> None:
    old, new, thief = a_root(), a_root(), a_root()

    forged = change_root(some_trust(old, version=98), old=[old], new=[new, thief])
    note = sign_text(to_text(RootChange(site=SITE, number=1, roots=public(new, thief))), old, thief).decode()

    assert refusal_of(sign_trust(replace(forged, root_changes=(note,)), thief).note, new) == "unknown-signer"


def test_a_change_of_the_root_that_its_new_keys_did_not_sign_is_refused() -> None:
    old, new = a_root(), a_root()
    note = sign_text(to_text(RootChange(site=SITE, number=1, roots=public(new))), old).decode()

    assert refusal_of(sign_trust(some_trust(new, root_changes=(note,)), new).note, old) == "bad-root-change"


def test_changes_of_the_root_are_numbered_without_a_gap() -> None:
    roots = [a_root() for _ in range(3)]
    first, second = rotated(some_trust(roots[0]), *roots).trust.root_changes

    for changes in ((second,), (second, first), (first, first, second)):
        trust = some_trust(roots[2], root_changes=changes)
        assert refusal_of(sign_trust(trust, roots[2]).note, roots[0], roots[1]) == "bad-root-change"


def test_a_change_of_another_sites_root_is_refused() -> None:
    old, new = a_root(), a_root()
    note = sign_text(to_text(RootChange(site="annex", number=1, roots=public(new))), old, new).decode()

    assert refusal_of(sign_trust(some_trust(new, root_changes=(note,)), new).note, old) == "bad-root-change"


@pytest.mark.parametrize("note", ["", "rubbish", "\n\n— x y\n"])
def test_a_change_of_the_root_that_is_no_note_is_refused(note: str) -> None:
    root = a_root()

    assert refusal_of(sign_trust(some_trust(root, root_changes=(note,)), root).note, root) == "bad-root-change"


def test_trust_names_the_root_of_its_last_change() -> None:
    old, new = a_root(), a_root()
    trust = replace(rotated(some_trust(old), old, new).trust, roots=public(old, new))

    assert refusal_of(sign_trust(trust, new).note, old) == "bad-root-change"


def test_a_key_that_is_not_the_roots_changes_no_root() -> None:
    with pytest.raises(Refused, match="not-the-root"):
        change_root(some_trust(a_root()), old=[a_root()], new=[a_root()])


def test_stored_trust_is_loaded_again(tmp_path: Path) -> None:
    root = a_root()
    signed = sign_trust(some_trust(root, controllers=(PI,)), root)

    store_trust(tmp_path / "trust.note", signed)

    assert load_trust(tmp_path / "trust.note", site=SITE, root_keys=public(root)) == signed
    assert [path.name for path in tmp_path.iterdir()] == ["trust.note"]


def test_missing_trust_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"trust\.note"):
        load_trust(tmp_path / "trust.note", site=SITE, root_keys=[])


def test_trust_tells_its_site_before_it_is_checked() -> None:
    assert site_of_trust(sign_trust(some_trust(), a_root()).note) == SITE


@pytest.mark.parametrize("text", [b"x\n", b"x\n[]\n", b"x\n{}\n", b"x\n\xff\n"])
def test_what_is_not_trust_tells_no_site(text: bytes) -> None:
    with pytest.raises(Refused):
        site_of_trust(sign_text(text, a_root()))


@pytest.mark.parametrize(
    ("days", "stage", "words"),
    [
        (61, None, ""),
        (60, 60, "in 60 day(s)"),
        (30, 30, "in 30 day(s)"),
        (8, 30, "in 8 day(s)"),
        (7, 7, "in 7 day(s)"),
        (0, 0, "trust expired on 2027-01-15"),
        (-2000, 0, "adds or opens is refused"),
    ],
)
def test_the_end_of_trust_is_told_ahead_in_steps(days: int, stage: int | None, words: str) -> None:
    trust = some_trust(expires=int(NOON.timestamp()))
    at = NOON - timedelta(days=days)

    assert expiry_stage(trust, at) == stage
    assert words in expiry_warning(trust, at)
    assert bool(expiry_warning(trust, at)) == (stage is not None)


def test_trust_without_an_end_warns_of_nothing() -> None:
    assert expiry_warning(some_trust(), NOON) == ""
    assert not is_expired(some_trust(), NOON.timestamp())


def test_trust_ends_at_the_very_second() -> None:
    noon = int(NOON.timestamp())
    trust = some_trust(expires=noon)

    assert [is_expired(trust, at) for at in (noon - 1, noon)] == [False, True]

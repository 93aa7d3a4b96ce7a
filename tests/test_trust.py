"""Trust: only what the site root signed counts; join codes carry a controller's keys without a slip."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.errors import KeyFileError, Refused
from doorctl.keys import root_key_name
from doorctl.notes import Signer
from doorctl.trust import add_controller, join_code, load_trust, open_trust, parse_join_code, sign_trust, store_trust
from doorctl.trust_note import ControllerKeys, HubKeys, Trust

PI = ControllerKeys(id="pi-4f", ack=b"a" * 32, log=b"l" * 32, box=b"b" * 32)


def a_root() -> Signer:
    return Signer(root_key_name("hq"), Ed25519PrivateKey.generate())


def some_trust(*controllers: ControllerKeys) -> Trust:
    hub = HubKeys(name="hub.hq", sign=b"s" * 32, box=b"b" * 32)
    return Trust(site="hq", version=1, roots=(), hub=hub, controllers=controllers)


def public(*roots: Signer) -> list[bytes]:
    return [root.verifier.public_key for root in roots]


def test_either_root_key_suffices() -> None:
    first, second = a_root(), a_root()

    opened = open_trust(sign_trust(some_trust(), second).note, site="hq", root_keys=public(first, second))

    assert opened.trust == some_trust()


def test_trust_by_a_stranger_is_refused() -> None:
    with pytest.raises(Refused, match="unknown-signer"):
        open_trust(sign_trust(some_trust(), a_root()).note, site="hq", root_keys=public(a_root()))


def test_trust_of_another_site_is_refused() -> None:
    root = a_root()
    note = sign_trust(some_trust(), root).note

    with pytest.raises(Refused, match="unknown-signer"):
        open_trust(note, site="annex", root_keys=public(root))


def test_stored_trust_is_loaded_again(tmp_path: Path) -> None:
    root = a_root()
    signed = sign_trust(some_trust(PI), root)

    store_trust(tmp_path / "trust.note", signed)

    assert load_trust(tmp_path / "trust.note", site="hq", root_keys=public(root)) == signed
    assert [path.name for path in tmp_path.iterdir()] == ["trust.note"]


def test_missing_trust_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"trust\.note"):
        load_trust(tmp_path / "trust.note", site="hq", root_keys=[])


def test_a_join_code_carries_the_keys() -> None:
    assert parse_join_code(join_code(PI)) == PI


@pytest.mark.parametrize("position", range(0, len(join_code(PI)), 7))
def test_a_join_code_with_a_wrong_character_is_refused(position: int) -> None:
    code = join_code(PI)
    wrong = "y" if code[position] == "x" else "x"

    with pytest.raises(Refused, match="bad-join-code"):
        parse_join_code(code[:position] + wrong + code[position + 1 :])


@pytest.mark.parametrize("code", ["", "doorctl-join:v1:pi:a", "join me", "doorctl-join:v1:PI:" + "A" * 43])
def test_what_is_no_join_code_is_refused(code: str) -> None:
    with pytest.raises(Refused, match="bad-join-code"):
        parse_join_code(code)


def test_a_controller_joins_with_the_next_version() -> None:
    joined = add_controller(some_trust(), join_code(PI))

    assert (joined.version, joined.controllers) == (2, (PI,))


def test_a_controller_that_joins_again_gets_its_new_keys() -> None:
    old = ControllerKeys(id="pi-4f", ack=b"x" * 32, log=b"x" * 32, box=b"x" * 32)

    assert add_controller(some_trust(old), join_code(PI)).controllers == (PI,)

"""``doorctl trust`` and ``admin join``: each signs the next version into every copy, or nothing."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from doorctl.hub.trust_file import TrustFile
from doorctl.keys.identity import encode_public, load_signer, new_signing_key
from doorctl.trust.note import AdminKeys, Role
from doorctl.trust.verify import load_trust, open_trust, sign_trust, store_trust
from doorctl.wire.notes import Signer
from tests.cli.sites import CONTROLLER, SITE, ASite, a_code, a_site, an_admin, run, with_root


@pytest.fixture
def site(tmp_path: Path) -> ASite:
    return a_site(tmp_path / "hq")


def test_a_trusted_controller_is_in_the_next_version_of_every_copy(site: ASite) -> None:
    copy = site.folder / "admin" / "trust.note"

    result = with_root(site, "trust", "add-controller", a_code(site), "--trust", str(copy))

    assert result.exit_code == 0
    assert (site.trust.version, [each.id for each in site.trust.controllers]) == (2, [CONTROLLER])
    assert copy.read_bytes() == site.trust_note.read_bytes()


def test_the_newest_copy_is_gone_on_from(site: ASite) -> None:
    old = site.folder / "admin" / "trust.note"
    with_root(site, "trust", "add-controller", a_code(site))

    with_root(site, "trust", "new-epoch", "--trust", str(old), root="root-2")

    assert (site.trust.version, site.trust.epoch, len(site.trust.controllers)) == (3, 2, 1)
    assert old.read_bytes() == site.trust_note.read_bytes()


def test_a_root_key_signs_nothing_on_top_of_a_forgery_that_names_it(site: ASite) -> None:
    stranger = Signer("root.hq", Ed25519PrivateKey.generate())
    roots = (site.trust.roots[0], stranger.verifier.public_key)
    store_trust(site.trust_note, sign_trust(replace(site.trust, version=2, roots=roots), stranger))

    result = with_root(site, "trust", "new-epoch")

    assert (result.exit_code, site.trust.version) == (1, 2)
    assert "unknown-signer" in result.stderr


def test_two_copies_of_one_version_that_differ_are_not_gone_on_from(site: ASite, tmp_path: Path) -> None:
    fork = tmp_path / "fork.note"
    fork.write_bytes(site.trust_note.read_bytes())
    with_root(site, "trust", "new-epoch")
    run("trust", "set-expiry", "2032-01-31", "--root", str(site.folder / "root-1"), "--trust", str(fork))

    result = with_root(site, "trust", "new-epoch", "--trust", str(fork))

    assert (result.exit_code, site.trust.version) == (1, 2)
    assert "trust-fork" in result.stderr


def test_a_mistyped_code_is_refused_and_trust_stays(site: ASite) -> None:
    result = with_root(site, "trust", "add-controller", a_code(site).replace(CONTROLLER, "controller-2"))

    assert (result.exit_code, site.trust.version) == (1, 1)
    assert "bad-join-code" in result.stderr


def test_another_sites_root_cannot_add_to_trust(site: ASite) -> None:
    (site.folder / "other").mkdir()
    new_signing_key(site.folder / "other" / "sign.pem")

    result = with_root(site, "trust", "add-controller", a_code(site), root="other")

    assert (result.exit_code, site.trust.version) == (1, 1)
    assert "unknown-signer" in result.stderr


def test_another_admin_joins_where_they_sit_and_is_trusted_with_roles(site: ASite, tmp_path: Path) -> None:
    code = an_admin(site, "grace", tmp_path / "grace")

    result = with_root(
        site,
        *("trust", "add-admin", code, "--role", "admin", "--role", "clerk", "--zone", "floor-3"),
        *("--trust", str(tmp_path / "grace" / "trust.note")),
    )

    grace = site.trust.admins[-1]
    sign = load_signer(tmp_path / "grace" / "keys" / "sign.pem", "admin.grace").verifier.public_key
    assert result.exit_code == 0
    assert grace == AdminKeys("grace", sign, grace.box, roles=(Role.ADMIN, Role.CLERK), zones=("floor-3",))
    assert run("check", "--config", str(tmp_path / "grace" / "admin.toml")).exit_code == 0
    assert "admin, clerk (grants in floor-3)" in site.admin("trust", "show", "--trust", str(site.trust_note)).stdout


def test_joining_again_prints_the_same_code(site: ASite, tmp_path: Path) -> None:
    assert an_admin(site, "grace", tmp_path / "grace") == an_admin(site, "grace", tmp_path / "grace")


@pytest.mark.parametrize("name", ["hub", "Grace"])
def test_an_admin_needs_a_name_of_their_own(site: ASite, tmp_path: Path, name: str) -> None:
    result = run("admin", "join", name, "--like", str(site.admin_toml), "--dir", str(tmp_path / "new"))

    assert (result.exit_code, (tmp_path / "new").exists()) == (2, False)


def test_an_admin_called_like_a_controller_is_not_trusted(site: ASite, tmp_path: Path) -> None:
    with_root(site, "trust", "add-controller", a_code(site))

    result = with_root(site, "trust", "add-admin", an_admin(site, CONTROLLER, tmp_path / "a"), "--role", "admin")

    assert (result.exit_code, site.trust.version) == (1, 2)
    assert "name-taken" in result.stderr


def test_a_key_that_is_revoked_counts_no_more(site: ASite) -> None:
    with_root(site, "trust", "add-controller", a_code(site))

    with_root(site, "trust", "revoke-key", CONTROLLER)
    unknown = with_root(site, "trust", "revoke-key", CONTROLLER)

    assert (site.trust.version, site.trust.controllers, unknown.exit_code) == (3, (), 1)


def test_the_hub_finds_its_other_keys_by_the_trust_that_names_them(site: ASite) -> None:
    state = site.folder / "hub" / "state"

    result = with_root(site, "trust", "rotate-hub", "--hub", str(state), "--json")

    hub = TrustFile(state, site=SITE, root_keys=site.trust.roots)
    keys = load_signer(state / "keys-2" / "sign.pem", "hub.hq").verifier
    assert json.loads(result.stdout)["keys"] == str(state / "keys-2")
    assert hub.identity_of(hub.load().trust.hub).signer.verifier == keys


def test_keys_of_a_hub_that_are_there_are_not_overwritten(site: ASite) -> None:
    state = site.folder / "hub" / "state"
    (state / "keys-2").mkdir()

    result = with_root(site, "trust", "rotate-hub", "--hub", str(state))

    assert (result.exit_code, site.trust.version, list((state / "keys-2").iterdir())) == (1, 1, [])


def test_the_root_is_replaced_by_keys_that_are_made_for_it(site: ASite) -> None:
    first = site.trust.roots
    new = [word for name in ("root-3", "root-4") for word in ("--new-root", str(site.folder / name))]

    result = with_root(site, "trust", "replace-root", *new, "--no-passphrase", "--json")

    roots = [
        load_signer(site.folder / name / "sign.pem", "root.hq").verifier.public_key for name in ("root-3", "root-4")
    ]
    assert json.loads(result.stdout)["roots"] == [encode_public(key) for key in roots]
    assert site.trust.roots == tuple(roots)
    assert load_trust(site.trust_note, site=SITE, root_keys=first).trust == site.trust


def test_a_replaced_root_signs_no_longer(site: ASite) -> None:
    with_root(site, "trust", "replace-root", "--new-root", str(site.folder / "root-3"), "--no-passphrase")

    result = with_root(site, "trust", "new-epoch")

    assert (result.exit_code, site.trust.version) == (1, 2)
    assert "not-the-root" in result.stderr
    assert with_root(site, "trust", "new-epoch", root="root-3").exit_code == 0


def test_a_lost_key_of_the_root_is_replaced_and_the_other_stays(site: ASite) -> None:
    kept = site.trust.roots[0]
    new = [word for name in ("root-1", "root-3") for word in ("--new-root", str(site.folder / name))]

    with_root(site, "trust", "replace-root", *new, "--no-passphrase")

    assert site.trust.roots[0] == kept
    assert with_root(site, "trust", "new-epoch", root="root-2").exit_code == 1


def test_the_same_root_key_is_not_named_twice(site: ASite) -> None:
    again = [word for _ in range(2) for word in ("--new-root", str(site.folder / "root-3"))]

    result = with_root(site, "trust", "replace-root", *again)

    assert (result.exit_code, site.trust.version) == (2, 1)


def test_trust_that_ends_soon_is_warned_of_and_may_be_renewed(site: ASite) -> None:
    ended = with_root(site, "trust", "set-expiry", "2020-01-31", "--yes")
    renewed = with_root(site, "trust", "set-expiry", "never")

    assert "trust expired on 2020-01-31" in ended.stderr
    assert (renewed.stderr, site.trust.expires, site.trust.version) == ("", None, 3)


def test_a_new_epoch_supersedes_all_before_it(site: ASite) -> None:
    with_root(site, "trust", "new-epoch")
    with_root(site, "trust", "new-epoch")

    assert (site.trust.epoch, site.trust.supersedes) == (3, 2)


def test_trust_is_shown_after_it_was_checked_by_the_pinned_root(site: ASite, tmp_path: Path) -> None:
    other = a_site(tmp_path / "other")

    (shown,) = site.ask("trust", "show")
    refused = site.admin("trust", "show", "--trust", str(other.trust_note))

    assert (shown["site"], shown["version"], shown["controllers"]) == (SITE, 1, [])
    assert (refused.exit_code, "unknown-signer" in refused.stderr) == (1, True)


def test_what_every_command_signs_is_taken_by_who_held_the_trust_before(site: ASite) -> None:
    held = site.trust

    for words in (["new-epoch"], ["set-expiry", "2032-01-31"], ["add-controller", a_code(site)]):
        with_root(site, "trust", *words)
        held = open_trust(site.trust_note.read_bytes(), site=SITE, root_keys=held.roots, held=held).trust

    assert held.version == 4


def test_an_admins_command_warns_of_the_end_of_trust(site: ASite) -> None:
    own = site.folder / "admin" / "trust.note"
    run("trust", "set-expiry", "2020-01-31", "--yes", "--root", str(site.folder / "root-1"), "--trust", str(own))

    result = site.admin("status", "--timeout", "0.1")

    assert "warning: trust expired on 2020-01-31" in result.stderr


def test_the_last_admin_is_revoked_only_by_a_yes(site: ASite) -> None:
    asked = with_root(site, "trust", "revoke-key", "admin")
    kept = site.trust.admins

    done = with_root(site, "trust", "revoke-key", "admin", "--yes")

    assert (asked.exit_code, [each.id for each in kept]) == (1, ["admin"])
    assert "admin is the last admin: nobody can grant" in asked.stderr
    assert (done.exit_code, site.trust.admins) == (0, ())
    assert "--revoke FILE" in done.stdout


def test_one_of_two_admins_is_revoked_without_a_question(site: ASite, tmp_path: Path) -> None:
    code = an_admin(site, "grace", tmp_path / "grace")
    with_root(site, "trust", "add-admin", code, "--role", "admin", "--role", "officer")

    result = with_root(site, "trust", "revoke-key", "grace")

    assert (result.exit_code, [each.id for each in site.trust.admins]) == (0, ["admin"])


def test_trust_ends_in_the_past_only_by_a_yes(site: ASite) -> None:
    asked = with_root(site, "trust", "set-expiry", "2020-01-31")

    assert (asked.exit_code, site.trust.expires) == (1, None)
    assert "whatever adds or opens is refused" in asked.stderr

"""``doorctl init``, ``join`` and ``trust``: a site comes into being, whole, and nothing is overwritten."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import Result

from doorctl.keys import decode_public, load_card_keys, new_signing_key
from doorctl.trust import load_trust
from tests.cli.sites import CONTROLLER, SITE, a_site, join_controller, run


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_private_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    join_controller(site)

    private = [*tmp_path.rglob("*.pem"), *tmp_path.rglob("card.keys")]

    assert len(private) == 9
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_every_file_it_writes_passes_the_check(tmp_path: Path) -> None:
    a_site(tmp_path / "hq")

    codes = {path.name: run("check", "--config", str(path)).exit_code for path in tmp_path.rglob("*.toml")}

    assert codes == {"hub.toml": 0, "controller.toml": 0, "admin.toml": 0}


@pytest.mark.parametrize("there", ["hub", "controller", "admin", "root"])
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir()
    (tmp_path / there / "precious").write_text("keep me")

    result = run("init", SITE, "--dir", str(tmp_path))

    assert result.exit_code == 1
    assert "nothing is overwritten" in result.stderr
    assert _files(tmp_path) == {tmp_path / there / "precious": b"keep me"}
    assert [path.name for path in tmp_path.iterdir()] == [there]


def test_a_second_init_changes_nothing(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    before = _files(site.folder)

    result = run("init", SITE, "--dir", str(site.folder))

    assert result.exit_code == 1
    assert _files(site.folder) == before


@pytest.mark.parametrize(
    "wrong",
    [
        ["HQ"],
        ["hq", "--controller", "Pi 1"],
        ["hq", "--broker", "http://127.0.0.1"],
        ["hq", "--broker", "mqtt://127.0.0.1:99999"],
        ["hq", "--broker", 'mqtt://x"\n[hub]'],
        ["hq", "--timezone", "Mars/Olympus"],
        ["hq", "--mqtt-version", "3"],
    ],
)
def test_wrong_use_makes_nothing(tmp_path: Path, wrong: list[str]) -> None:
    result = run("init", *wrong, "--dir", str(tmp_path / "site"))

    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_the_answer_numbers_what_to_do_next(tmp_path: Path) -> None:
    result = run("init", SITE, "--dir", str(tmp_path / "hq"))

    assert "  0. a broker must listen at mqtt://127.0.0.1:1883" in result.stdout
    assert f"  1. doorctl join --config {tmp_path}/hq/controller/controller.toml" in result.stdout
    assert "offline" in result.stdout


def test_the_site_trusts_the_keys_that_it_made(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")

    trust = site.trust

    (root_key,) = trust.roots
    assert load_trust(site.trust_note, site=SITE, root_keys=[root_key]).trust == trust
    assert trust.hub.name == "hub.hq"
    assert [admin.id for admin in trust.admins] == ["admin"]
    assert trust.controllers == ()
    assert len(load_card_keys(site.folder / "hub" / "state" / "card.keys").ring) == 1


def test_joining_makes_keys_once_and_prints_the_same_code_again(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")

    first = run("join", "--config", str(site.controller_toml))
    keys = _files(site.folder / "controller")
    second = run("join", "--config", str(site.controller_toml), "--json")

    assert first.stdout.startswith(f"doorctl-join:v2:{CONTROLLER}:")
    assert json.loads(second.stdout) == {"controller": CONTROLLER, "code": first.stdout.strip()}
    assert _files(site.folder / "controller") == keys


def test_a_join_that_was_interrupted_tells_which_key_is_missing(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    run("join", "--config", str(site.controller_toml))
    (site.folder / "controller" / "state" / "keys" / "box.pem").unlink()

    result = run("join", "--config", str(site.controller_toml))

    assert result.exit_code == 2
    assert "box.pem" in result.stderr


def test_a_trusted_controller_is_in_the_next_version_of_every_copy(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    code = run("join", "--config", str(site.controller_toml)).stdout.strip()
    copy = site.folder / "admin" / "trust.note"

    result = run(
        *("trust", "add-controller", code, "--root", str(site.folder / "root")),
        *("--trust", str(site.trust_note), "--trust", str(copy)),
    )

    assert result.exit_code == 0
    assert (site.trust.version, [each.id for each in site.trust.controllers]) == (2, [CONTROLLER])
    assert copy.read_bytes() == site.trust_note.read_bytes()


def test_a_mistyped_code_is_refused_and_trust_stays(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    code = run("join", "--config", str(site.controller_toml)).stdout.strip()
    mistyped = code.replace(CONTROLLER, "controller-2")

    result = _add_controller(mistyped, site.folder / "root", site.trust_note)

    assert result.exit_code == 1
    assert "bad-join-code" in result.stderr
    assert site.trust.version == 1


def test_another_sites_root_cannot_add_to_trust(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    code = run("join", "--config", str(site.controller_toml)).stdout.strip()
    (tmp_path / "other").mkdir()
    new_signing_key(tmp_path / "other" / "sign.pem")

    result = _add_controller(code, tmp_path / "other", site.trust_note)

    assert result.exit_code == 1
    assert "unknown-signer" in result.stderr
    assert site.trust.version == 1


def test_the_configured_root_key_is_the_one_that_signed_trust(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")

    (line,) = [each for each in site.admin_toml.read_text().splitlines() if each.startswith("root_keys")]

    assert decode_public(line.split('"')[1]) == site.trust.roots[0]


def _add_controller(code: str, root: Path, trust: Path) -> Result:
    return run("trust", "add-controller", code, "--root", str(root), "--trust", str(trust))

"""``doorctl init`` and ``join``: a site comes into being, whole, and nothing is overwritten."""

import json
import os
import re
import shutil
import stat
import tomllib
from pathlib import Path

import pytest

from doorctl.cli.trust.new_passphrases import choose_passphrases
from doorctl.door.config.door_config import read_door_config
from doorctl.errors import KeyFileError
from doorctl.keys.card_keys import load_card_keys
from doorctl.keys.certificates import common_name, load_authority, load_certificate
from doorctl.keys.identity import encode_public, load_signer
from doorctl.trust.join_codes import parse_join_code
from doorctl.trust.note import Role
from doorctl.trust.verify import load_trust
from tests.certificates import has_issued
from tests.cli.sites import CONTROLLER, SITE, a_site, join_controller, run


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_private_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    join_controller(site)

    private = [*tmp_path.rglob("*.pem"), *tmp_path.rglob("card.keys")]

    assert len(private) == 10
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_the_inputs_that_a_file_suggests_are_what_they_should_be(tmp_path: Path) -> None:
    path = a_site(tmp_path / "s").controller_toml
    path.write_text(re.sub(r"^# (\w+ = \{ pin)", r"\1", path.read_text(), flags=re.MULTILINE))

    board = read_door_config(path).board

    assert None not in (board.fire, board.tamper, board.mains, board.battery)


def test_the_readers_inside_that_a_file_suggests_let_out_by_its_doors(tmp_path: Path) -> None:
    path = a_site(tmp_path / "s").controller_toml
    text = re.sub(r"^# (exit_readers = )", r"\1", path.read_text(), flags=re.MULTILINE)
    line = text[text.index("[[line]]") : text.index("# A door.")]
    path.write_text(
        text + line.replace("bridge.tty", "inside.tty").replace('"bridge"', '"inside"', 1).replace("-in", "-out")
    )

    assert [door.exit_readers for door in read_door_config(path).door] == [("floor-3-out",), ("server-room-out",)]


def test_every_file_it_writes_passes_the_check(tmp_path: Path) -> None:
    a_site(tmp_path / "hq")

    codes = {path.name: run("check", "--config", str(path)).exit_code for path in tmp_path.rglob("*.toml")}

    assert codes == {"hub.toml": 0, "controller.toml": 0, "admin.toml": 0}


@pytest.mark.parametrize("there", ["hub", "controller", "admin", "root-1", "root-2", "ca"])
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
        ["hq", "--admin", "hub"],
        ["hq", "--controller", "hub"],
        ["hq", "--controller", "ada", "--admin", "ada"],
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

    for root_key in trust.roots:
        assert load_trust(site.trust_note, site=SITE, root_keys=[root_key]).trust == trust
    assert len(set(trust.roots)) == 2
    assert trust.hub.name == "hub.hq"
    assert [(admin.id, admin.roles) for admin in trust.admins] == [
        ("admin", tuple(role for role in Role if role is not Role.HOST))
    ]
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


def test_a_join_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    run("join", "--config", str(site.controller_toml))
    (site.folder / "controller" / "state" / "keys" / "box.pem").unlink()

    result = run("join", "--config", str(site.controller_toml))

    assert (result.exit_code, parse_join_code(result.stdout.strip()).id) == (0, CONTROLLER)


def test_the_configured_root_keys_are_those_that_signed_trust(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")

    tables = [tomllib.loads(path.read_text()) for path in (site.folder).rglob("*.toml")]
    pinned = [next(iter(each.values()))["root_keys"] for each in tables]

    assert pinned == [[encode_public(key) for key in site.trust.roots]] * 3


def test_over_tls_the_site_has_a_ca_that_knows_hub_and_admin(tmp_path: Path) -> None:
    run("init", SITE, "--dir", str(tmp_path / "hq"), "--broker", "mqtts://broker.example", "--admin", "ada")
    place = tmp_path / "hq"
    authority = load_authority(place / "ca")

    issued = [load_certificate(folder / "tls.crt") for folder in (place / "hub" / "state", place / "admin")]
    checked = [run("check", "--config", str(place / name)).exit_code for name in ("hub/hub.toml", "admin/admin.toml")]

    assert [common_name(each) for each in issued] == ["hub", "ada"]
    assert all(has_issued(authority.certificate, each) for each in issued)
    assert (place / "controller" / "link" / "ca.crt").read_bytes() == authority.pem
    assert checked == [0, 0]


def test_who_brings_certificates_of_their_own_gets_no_ca(tmp_path: Path) -> None:
    run("init", SITE, "--dir", str(tmp_path / "hq"), "--broker", "mqtts://broker.example", "--own-certificates")

    assert [path.name for path in tmp_path.rglob("*.crt")] == []
    assert 'certificate = "link/tls.crt"' in (tmp_path / "hq/controller/controller.toml").read_text()


def test_a_controller_over_tls_tells_its_links_key_and_says_the_same_when_the_link_has_it(tmp_path: Path) -> None:
    run("init", SITE, "--dir", str(tmp_path), "--broker", "mqtts://broker.example")
    config = str(tmp_path / "controller" / "controller.toml")

    code = run("join", "--config", config).stdout
    public = load_signer(tmp_path / "controller" / "link" / "tls.key", "tls").verifier.public_key
    (tmp_path / "controller" / "link" / "tls.key").unlink()

    assert parse_join_code(code).tls == public
    assert run("join", "--config", config).stdout == code


def test_the_keys_of_people_may_have_passphrases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "phrase").touch(mode=0o600)
    (tmp_path / "phrase").write_text("correct horse")
    monkeypatch.setenv("DOORCTL_PASSPHRASE_FILE", str(tmp_path / "phrase"))

    result = run("init", SITE, "--dir", str(tmp_path / "hq"))

    protected = {path.parent.name for path in tmp_path.rglob("*.pem") if "ENCRYPTED" in path.read_text()}
    assert protected == {"root-1", "root-2", "keys"}
    assert "ENCRYPTED" not in (tmp_path / "hq/hub/state/keys/sign.pem").read_text()
    assert "root-1, root-2, admin have the same passphrase" in result.stderr


def test_each_key_has_the_passphrase_of_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "phrases").touch(mode=0o600)
    (tmp_path / "phrases").write_text("one\ntwo\nthree\n")
    monkeypatch.setenv("DOORCTL_PASSPHRASE_FILE", str(tmp_path / "phrases"))

    assert choose_passphrases(["root-1", "root-2", "ada"]) == (b"one", b"two", b"three")
    assert capsys.readouterr().err == ""


def test_keys_without_a_passphrase_are_warned_of_unless_it_is_meant_so(tmp_path: Path) -> None:
    unsaid = run("init", SITE, "--dir", str(tmp_path / "unsaid"))
    meant = run("init", SITE, "--dir", str(tmp_path / "meant"), "--no-passphrase")

    assert "root-1, root-2, admin" in unsaid.stderr
    assert meant.stderr == ""


def test_a_passphrase_is_typed_twice() -> None:
    typed = iter(["horse", "horse", ""])

    assert choose_passphrases(["root-1", "root-2"], ask=lambda _: next(typed)) == (b"horse", None)


def test_a_passphrase_that_is_typed_differently_makes_nothing() -> None:
    typed = iter(["horse", "house"])

    with pytest.raises(KeyFileError, match="differ"):
        choose_passphrases(["root-1"], ask=lambda _: next(typed))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could leave keys in another's folder")
def test_joining_as_root_leaves_no_key_that_the_doors_user_could_not_read(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    state = site.controller_toml.parent / "state"
    state.mkdir(exist_ok=True)
    shutil.chown(state, "nobody")

    refused = run("join", "--config", str(site.controller_toml))

    assert (refused.exit_code, "sudo -u nobody" in refused.stderr) == (2, True)
    assert list(state.iterdir()) == []

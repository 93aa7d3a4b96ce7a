"""``doorctl check``: every mistake at once, whichever process the file is for."""

import json
from pathlib import Path

import pytest

from tests.cli.sites import a_site, run

VAULT = """\
[[door]]
id = "vault-1"
readers = ["vault-in"]
strike = { pin = 17, active = "high" }
lock = "fail-secure"
on_process_loss = "secured"
egress = "hardware"
"""


def test_six_mistakes_are_told_at_once_each_with_its_key(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    text = site.controller_toml.read_text()
    for good, bad in (
        ('name = "controller-1"', 'name = "Controller 1"'),
        ('kind = "simulated"', 'kind = "imaginary"'),
        ("mqtt_version = 5", "mqtt_version = 7"),
        ('formats = ["H10301"]    #', 'formats = ["H99999"]    #'),
        ("strike = { pin = 27,", "strike = { pin = 17,"),
        ("unlock_seconds = 5.0", "unlock_secs = 5.0"),
    ):
        assert good in text
        text = text.replace(good, bad, 1)
    site.controller_toml.write_text(text)

    result = run("check", "--config", str(site.controller_toml))

    assert result.exit_code == 1
    assert result.stdout == ""
    for key in ("controller.name", "board.kind", "link.mqtt_version", "H99999", "pin 17", "unlock_secs"):
        assert result.stderr.count(key) == 1, key
    assert len(result.stderr.splitlines()) == 6


def test_an_airlock_with_one_side_is_told_by_name(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    text = site.controller_toml.read_text()
    assert "\nunlock_seconds = " in text
    site.controller_toml.write_text(
        text.replace("\nunlock_seconds = ", '\ninterlock = ["vault"]\nunlock_seconds = ', 1)
    )

    result = run("check", "--config", str(site.controller_toml))

    assert result.exit_code == 1
    assert ".interlock: there is no door vault" in result.stderr


@pytest.mark.parametrize(
    ("kind", "strict", "told"),
    [("rdm6300", True, True), ("7941e", True, True), ("line", True, False), ("em18", False, False)],
)
def test_a_reader_of_a_strict_door_that_reads_cards_alone_that_can_be_copied_is_a_doubt(
    tmp_path: Path, kind: str, *, strict: bool, told: bool
) -> None:
    site = a_site(tmp_path / "hq")
    before = site.controller_toml.read_text().partition("[[line]]")[0]
    text = f'{before}[[line]]\nname = "vault-in"\nkind = "{kind}"\nport = "tty"\nsimulated = true\n\n'
    text += VAULT + ('strict_zone = "vault"\n' if strict else "")
    site.controller_toml.write_text(text)

    result = run("check", "--config", str(site.controller_toml), "--json")

    found = json.loads(result.stdout)
    assert found["mistakes"] == []
    assert [f"vault-in ({kind}) reads cards alone" in each for each in found["warnings"]] == [True] * told


def test_mistakes_are_one_object_for_programs(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    path = site.folder / "hub" / "hub.toml"
    path.write_text(path.read_text().replace("Europe/Paris", "Europe/Atlantis"))

    result = run("check", "--config", str(path), "--json")

    found = json.loads(result.stdout)
    assert (result.exit_code, found["kind"], len(found["mistakes"])) == (1, "hub", 1)
    assert "Europe/Atlantis" in found["mistakes"][0]


def test_what_is_no_configuration_file_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    codes = []
    for content in (None, b"\xff\xfe", b"[unclosed", b"[weather]\nsun = true\n"):
        if content is not None:
            path.write_bytes(content)
        codes.append(run("check", "--config", str(path)).exit_code)

    assert codes == [2, 2, 2, 2]


def test_a_simulated_reader_on_a_real_board_needs_the_lab(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    real = site.controller_toml.read_text().replace('kind = "simulated"', 'kind = "raspberry-pi"')
    real = real.replace('changes = "run/board.jsonl"\nsocket = "run/board.sock"\n', "")
    site.controller_toml.write_text(real)

    refused = run("check", "--config", str(site.controller_toml))
    allowed = run("check", "--config", str(site.controller_toml), "--lab")

    assert (refused.exit_code, allowed.exit_code) == (1, 0)
    assert "--lab" in refused.stderr

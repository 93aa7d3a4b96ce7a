"""``doorctl check --machine``: findings of the machine beside those of the file, for people and for programs."""

import json
import re
from pathlib import Path

import pytest

from tests.brokers import tls_mosquitto
from tests.cli.sites import SITE, ASite, a_site, run
from tests.machine.a_computer import a_computer


@pytest.fixture
def site(tmp_path: Path) -> ASite:
    return a_site(tmp_path / "hq", port=1)  # nothing listens there


def findings(site: ASite, root: Path, *more: str) -> tuple[int, dict[str, str]]:
    result = run(
        "check", "--config", str(site.controller_toml), "--machine", "--root", str(root), "--lab", "--json", *more
    )
    found = json.loads(result.stdout)
    assert found["mistakes"] == []
    assert all(each.keys() == {"finding", "weight", "what", "why", "do"} for each in found["findings"])
    return result.exit_code, {each["finding"]: each["what"] for each in found["findings"]}


def on_a_real_board(site: ASite) -> None:
    text = site.controller_toml.read_text().replace('kind = "simulated"', 'kind = "raspberry-pi"')
    text = text.replace('changes = "run/board.jsonl"\nsocket = "run/board.sock"\n', "")
    site.controller_toml.write_text(text)


def test_a_broker_that_does_not_answer_and_missing_keys_are_errors(site: ASite, tmp_path: Path) -> None:
    a_computer(tmp_path / "pi")

    code, found = findings(site, tmp_path / "pi")

    assert code == 1
    assert {"broker-unreachable", "broker-open", "not-joined"} <= found.keys()
    assert "127.0.0.1:1" in found["broker-unreachable"]


def test_a_broker_that_lets_the_link_in_is_no_finding(site: ASite, tmp_path: Path) -> None:
    a_computer(tmp_path / "pi")
    with tls_mosquitto(SITE, tmp_path / "broker") as broker:
        lines = broker.lines("controller-1")
        text, count = re.subn("brokers = .*\n", lambda _: lines, site.controller_toml.read_text())
        assert count == 1
        site.controller_toml.write_text(text)

        _, found = findings(site, tmp_path / "pi")

    assert found.keys() & {"broker-unreachable", "broker-open", "certificate-ends"} == set()


def test_the_pins_are_looked_at_on_a_real_board_alone(site: ASite, tmp_path: Path) -> None:
    a_computer(tmp_path / "pi")
    _, simulated = findings(site, tmp_path / "pi")
    on_a_real_board(site)

    _, real = findings(site, tmp_path / "pi")

    assert "boot-level" not in simulated
    assert "gpio=27=op,d" in real["boot-level"]


def test_a_person_reads_what_why_and_what_to_do(site: ASite, tmp_path: Path) -> None:
    a_computer(tmp_path / "pi")

    result = run("check", "--config", str(site.controller_toml), "--machine", "--root", str(tmp_path / "pi"), "--lab")

    assert result.exit_code == 1
    assert "error: " in result.stderr
    assert "(not-joined)\n    why: without its keys" in result.stderr
    assert "\n    do:  doorctl join\n" in result.stderr


def test_the_machine_is_not_looked_at_for_a_file_with_mistakes(site: ASite, tmp_path: Path) -> None:
    site.controller_toml.write_text(site.controller_toml.read_text().replace("unlock_seconds", "unlock_secs"))

    result = run("check", "--config", str(site.controller_toml), "--machine", "--root", str(tmp_path))

    assert result.exit_code == 1
    assert "the machine was not looked at" in result.stderr


def test_before_the_keys_for_tls_are_there_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "hq"
    made = run("init", SITE, "--dir", str(folder), "--broker", "mqtts://127.0.0.1:1", "--no-passphrase")
    assert made.exit_code == 0, made.output
    a_computer(tmp_path / "pi")
    config = str(folder / "controller/controller.toml")

    result = run("check", "--config", config, "--machine", "--root", str(tmp_path / "pi"), "--json")

    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [mistake for mistake in told["mistakes"] if "`doorctl join` makes it" in mistake] == told["mistakes"]
    assert len(told["mistakes"]) == 1
    assert "not-joined" in {each["finding"] for each in told["findings"]}


def test_an_admins_computer_is_no_machine_of_the_site(site: ASite) -> None:
    assert run("check", "--config", str(site.admin_toml), "--machine").exit_code == 2


def test_a_hubs_machine_is_looked_at(site: ASite, tmp_path: Path) -> None:
    a_computer(tmp_path / "pi")
    (tmp_path / "pi/run/systemd/timesync/synchronized").unlink()

    result = run(
        "check", "--config", str(site.folder / "hub/hub.toml"), "--machine", "--root", str(tmp_path / "pi"), "--json"
    )

    words = {each["finding"] for each in json.loads(result.stdout)["findings"]}
    assert "clock-unsynchronized" in words
    assert not words & {"unit-missing", "not-joined", "board-missing"}

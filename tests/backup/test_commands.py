"""`doorctl backup` and `doorctl restore` as people, units and scripts use them."""

import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from doorctl.hub.backups.news import BackupMade, backups_told
from tests.backup.hubs import IDENTITY, RECIPIENT, AHub
from tests.cli.sites import run


@pytest.fixture
def identity(tmp_path: Path) -> str:
    path = tmp_path / "backup.key"
    path.write_text(IDENTITY)
    path.chmod(0o600)
    return str(path)


def backup(hub: AHub, *words: str, to: Path | None = None, recipient: str = RECIPIENT) -> Result:
    place = ("--to", str(to or hub.place))
    return run("backup", "--config", str(hub.config), *place, "--recipient", recipient, *words)


def told(result: Result) -> Any:  # noqa: ANN401 - JSON
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def restore(files: Sequence[Path], identity: str, to: Path, *words: str) -> Result:
    return run("restore", *map(str, files), "--identity", identity, "--to", str(to), *words)


def test_a_key_is_made_for_its_owner_alone_and_its_public_half_is_told(hub: AHub, tmp_path: Path) -> None:
    out = tmp_path / "new.key"

    public = run("backup", "key", "--out", str(out)).stdout.strip()

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text().startswith(f"# public key: {public}\nAGE-SECRET-KEY-1")
    made = told(backup(hub, "--json", recipient=public))
    assert restore([made["file"]], str(out), tmp_path / "back").exit_code == 0


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "backup.key"
    out.write_text("precious")

    result = run("backup", "key", "--out", str(out))

    assert (result.exit_code, out.read_text()) == (2, "precious")
    assert "is there already, and nothing is overwritten" in result.stderr


def test_a_backup_tells_what_it_is(hub: AHub, identity: str) -> None:
    made = told(backup(hub, "--json", "--identity", identity))

    (path,) = hub.place.iterdir()
    assert made == {
        **made,
        "file": str(path),
        "number": 0,
        "size": path.stat().st_size,
        "records": 100,
        "opened": True,
        "pruned": 0,
    }
    assert path.name.endswith(f"Z-{made['series'][:8]}.age")


def test_a_file_is_replaced_by_the_next_backup(hub: AHub, tmp_path: Path) -> None:
    to = tmp_path / "hq.age"

    hashes = [told(backup(hub, "--json", to=to))["sha256"] for _ in range(2)]

    assert hashes[0] != hashes[1]
    assert [path.name for path in tmp_path.iterdir() if ".age" in path.name] == ["hq.age"]


def test_a_folder_keeps_so_many(hub: AHub) -> None:
    pruned = [told(backup(hub, "--json", "--keep", "2"))["pruned"] for _ in range(3)]

    assert pruned == [0, 0, 1]
    assert len(list(hub.place.iterdir())) == 2


def test_place_and_recipient_may_stand_in_the_configuration(hub: AHub, identity: str, tmp_path: Path) -> None:
    with hub.config.open("a") as file:
        file.write(f'\n[backup]\nrecipients = ["{RECIPIENT}"]\nto = "{hub.place}"\n')

    made = told(run("backup", "--config", str(hub.config), "--json"))

    assert restore([made["file"]], identity, tmp_path / "back").exit_code == 0


def test_the_hub_gets_word_of_it(hub: AHub) -> None:
    made = told(backup(hub, "--json", "--with-keys"))

    assert [each for _, each in backups_told(hub.state_dir)] == [
        BackupMade(made["series"], int(hub_time(made)), made["size"], made["sha256"], with_keys=True)
    ]


def hub_time(made: dict[str, str]) -> float:
    return datetime.fromisoformat(made["made_at"]).timestamp()


def test_a_restored_folder_comes_with_what_to_do_next(hub: AHub, identity: str, tmp_path: Path) -> None:
    made = told(backup(hub, "--json"))
    to = tmp_path / "back"

    found = told(restore([made["file"]], identity, to, "--json"))

    assert found["missing"] == [str(to / "state" / "keys"), str(to / "state" / "card.keys")]
    assert [found[key] for key in ("site", "series", "number", "records")] == ["hq", made["series"], 0, 100]
    assert any(str(to / "state" / "keys") in step for step in found["next"])
    assert f"doorctl hub --config {to / 'hub.toml'}" in found["next"]
    assert "doorctl retention show" in found["next"][-1]


def test_people_get_the_steps_as_a_list(hub: AHub, identity: str, tmp_path: Path) -> None:
    made = told(backup(hub, "--json", "--with-keys"))

    result = restore([made["file"]], identity, tmp_path / "back")

    assert "  1. make sure that the old hub does not run" in result.stdout
    assert "its place" not in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--recipient", "age1nonsense"), 2, "doorctl backup key"),
        (("--recipient", RECIPIENT, "--to", "/nonexistent/place/hq.age"), 2, "is the disk mounted?"),
        (("--recipient", RECIPIENT, "--identity", "/nonexistent.key"), 2, "/nonexistent.key"),
    ],
)
def test_wrong_use_is_told_in_one_sentence(hub: AHub, words: Sequence[str], code: int, says: str) -> None:
    result = run("backup", "--config", str(hub.config), "--to", str(hub.place), *words)

    assert (result.exit_code, says in result.stderr, len(result.stderr.splitlines())) == (code, True, 1)
    assert list(hub.place.iterdir()) == []


@pytest.mark.parametrize(("words", "says"), [(("--to", "."), "nobody to encrypt to"), ((), "where to?")])
def test_without_a_recipient_or_a_place_it_says_what_to_name(hub: AHub, words: Sequence[str], says: str) -> None:
    result = run("backup", "--config", str(hub.config), *words)

    assert (result.exit_code, says in result.stderr) == (2, True)


def test_an_identity_that_others_can_read_is_not_used(hub: AHub, identity: str, tmp_path: Path) -> None:
    made = told(backup(hub, "--json"))
    Path(identity).chmod(0o644)

    result = restore([made["file"]], identity, tmp_path / "back")

    assert (result.exit_code, "readable by others" in result.stderr) == (2, True)


def test_a_damaged_backup_is_named_and_refused(hub: AHub, identity: str, tmp_path: Path) -> None:
    path = Path(told(backup(hub, "--json"))["file"])
    path.write_bytes(path.read_bytes()[:-1])

    result = restore([path], identity, tmp_path / "back", "--json")

    assert (result.exit_code, json.loads(result.stdout)["reason"]) == (1, "damaged-backup")
    assert str(path) in result.stderr


def test_a_backup_that_is_not_there_is_named(identity: str, tmp_path: Path) -> None:
    result = restore([tmp_path / "none.age"], identity, tmp_path / "back")

    assert (result.exit_code, "none.age" in result.stderr) == (2, True)


def test_without_the_library_it_says_how_to_get_it(hub: AHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", None)

    result = backup(hub)

    assert (result.exit_code, "pip install 'doorctl[backup]'" in result.stderr) == (2, True)


def test_following_needs_a_folder(hub: AHub, tmp_path: Path) -> None:
    result = backup(hub, "--follow", to=tmp_path / "hq.age")

    assert (result.exit_code, "needs a folder" in result.stderr) == (2, True)


def test_following_writes_increments_until_it_is_stopped_and_goes_on_after_trouble(
    hub: AHub, identity: str, tmp_path: Path
) -> None:
    hub.write_records(3000)
    words = [
        "--config",
        str(hub.config),
        "--to",
        str(hub.place),
        "--recipient",
        RECIPIENT,
        "--every",
        "1",
        "--follow",
    ]
    command = [sys.executable, "-m", "doorctl", "backup", *words, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        base = json.loads(following.stdout.readline())
        trust = hub.state_dir / "trust.note"
        trust.rename(hub.state_dir / "trust.away")
        trouble = following.stderr.readline()
        (hub.state_dir / "trust.away").rename(trust)
        hub.write_records(10)
        increment = json.loads(following.stdout.readline())
        following.send_signal(signal.SIGTERM)
        code = following.wait(60)

    assert (base["number"], increment["number"], code) == (0, 1, 0)
    assert "trust.note" in trouble
    assert "trying again" in trouble
    assert len(list(backups_told(hub.state_dir))) == 1  # of increments the hub hears nothing
    assert told(restore([base["file"], increment["file"]], identity, tmp_path / "back", "--json"))["records"] == 3110


def test_a_restore_that_is_told_to_stop_leaves_nothing(hub: AHub, identity: str, tmp_path: Path) -> None:
    hub.write_records(5000)
    made = told(backup(hub, "--json"))
    words = [made["file"], "--identity", identity, "--to", str(tmp_path / "back")]

    with subprocess.Popen([sys.executable, "-m", "doorctl", "restore", *words], stdout=subprocess.DEVNULL) as stopped:
        while not list(tmp_path.glob(".back.*")) and stopped.poll() is None:
            time.sleep(0.001)
        stopped.send_signal(signal.SIGTERM)
        code = stopped.wait(60)

    assert code in {0, 128 + signal.SIGTERM}  # it may have been done before
    assert list(tmp_path.glob(".back.*")) == []

"""Disks that are full, fail or lose power: the older backup stays, and nothing half written has its name."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from doorctl.backup.age import Write
from doorctl.backup.place import put
from doorctl.errors import Refused
from tests.backup.hubs import RECIPIENT, AHub, restored
from tests.full_disk import full_disk
from tests.shims.preloaded import Disk, build


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("disk", tmp_path_factory.mktemp("shim"))


def a_command(hub: AHub) -> list[str]:
    to = str(hub.place / "base.age")
    return [
        sys.executable,
        "-m",
        "doorctl",
        "backup",
        "--config",
        str(hub.config),
        "--to",
        to,
        "--recipient",
        RECIPIENT,
    ]


def run(hub: AHub, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Back the hub up in a process of its own."""
    return subprocess.run(
        a_command(hub), env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("disk", ["second", "backup.work"])
def test_a_full_disk_is_told_and_leaves_the_older_backup(hub: AHub, shim: Path, tmp_path: Path, disk: str) -> None:
    older = hub.base().written.path.read_bytes()
    Disk(shim, tmp_path, files=disk).be_full()

    done = run(hub, Disk(shim, tmp_path, files=disk).environment)

    assert (done.returncode, done.stderr[:17]) == (1, "doorctl: no-room:")
    assert {path.name: path.read_bytes() for path in hub.place.iterdir()} == {"base.age": older}


def test_a_flush_that_failed_leaves_the_older_backup(hub: AHub, shim: Path, tmp_path: Path) -> None:
    older = hub.base().written.path.read_bytes()
    disk = Disk(shim, tmp_path, files="second")
    disk.fail_once()

    done = run(hub, disk.environment)

    assert (done.returncode, done.stderr[:21]) == (1, "doorctl: not-written:")
    assert [each.what for each in disk.flushes()] == ["flush", "close"]
    assert {path.name: path.read_bytes() for path in hub.place.iterdir()} == {"base.age": older}


def test_a_backup_is_on_the_disk_before_it_has_its_name_and_its_name_before_it_is_told(
    hub: AHub, shim: Path, tmp_path: Path
) -> None:
    disk = Disk(shim, tmp_path, files="second")

    assert run(hub, disk.environment).returncode == 0

    flushed = [Path(each.path) for each in disk.flushes() if each.what == "flush" and each.result == 0]
    assert [path.name[:10] for path in flushed] == [".base.age.", "second"]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kills", [3, pytest.param(300, marks=pytest.mark.long)])
def test_killed_at_any_moment_what_has_the_name_is_whole(
    hub: AHub, tmp_path: Path, chance: random.Random, kills: int
) -> None:
    hub.base()
    took = -time.monotonic()
    subprocess.run(a_command(hub), check=True, capture_output=True)
    took += time.monotonic()

    for number in range(kills):
        with subprocess.Popen(a_command(hub), stdout=subprocess.DEVNULL) as killed:
            try:
                killed.wait(chance.uniform(0.7, 1.0) * took)
            except subprocess.TimeoutExpired:
                killed.send_signal(signal.SIGKILL)
        assert restored([hub.place / "base.age"], tmp_path / f"back-{number}").records == 100

    assert hub.base().records == 100


@pytest.mark.parametrize("written", [0, 1, 70_000])
def test_what_fails_while_it_is_written_never_gets_its_name(tmp_path: Path, written: int) -> None:
    def fill(write: Write) -> None:
        write(bytes(written))
        raise KeyboardInterrupt

    (tmp_path / "file.age").write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        put(tmp_path / "file.age", fill, check=lambda _aside: None)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file.age": b"older"}


def test_what_a_killed_backup_has_left_goes_with_the_next_to_that_place(tmp_path: Path) -> None:
    for name in (".file.age.0123abcd", ".other.age.0123abcd"):
        (tmp_path / name).write_bytes(b"half")

    put(tmp_path / "file.age", lambda write: _none(write(b"x")), check=lambda _aside: None)

    assert {path.name for path in tmp_path.iterdir()} == {"file.age", ".other.age.0123abcd"}


def test_a_place_that_takes_nothing_is_told(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(Refused, match="no-room"):
        put(tmp_path / "file.age", lambda write: _none(write(b"x")), check=lambda _aside: None)

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_gives_back_other_bytes_is_told(tmp_path: Path) -> None:
    def fill(write: Write) -> None:
        write(b"x" * 100_000)
        (aside,) = tmp_path.iterdir()
        with aside.open("r+b") as file:
            file.write(b"y")

    with pytest.raises(Refused, match="written-wrong"):
        put(tmp_path / "file.age", fill, check=lambda _aside: None)

    assert list(tmp_path.iterdir()) == []


def _none(_written: object) -> None:
    """Stand for a function that returns nothing."""

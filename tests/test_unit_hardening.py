"""What the units of systemd may do: measured by systemd's own tools, and lost with each line that is taken away."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from doorctl.places import RunFile

UNITS = Path(__file__).resolve().parent.parent / "systemd"
MOST_EXPOSED = {
    "door": 0.8,
    "keeper": 0.8,
    "verify": 0.8,
    "backup": 0.8,
    "check": 0.8,
    "check-hub": 0.8,
    "link": 1.4,
    "hub": 1.4,
    "anchor": 1.4,
}
"""In the points of `systemd-analyze security`, of 10: without a network, and with one."""
OFFLINE = ("door", "keeper", "verify", "backup", "check", "check-hub")
HELD_BELOW = frozenset({"DevicePolicy", "DeviceAllow", "SystemCallErrorNumber", "SocketBindDeny", "LimitCORE"})
"""Lines that `systemd-analyze security` does not weigh beside the others; each has a test of its own."""
READERS = {"char-ttyUSB rw", "char-ttyACM rw", "char-ttyAMA rw", "char-ttyS rw"}
PINS = {"char-gpiochip rw", "char-*gpiomem rw"}


def unit_of(name: str) -> Path:
    return UNITS / f"doorctl-{name}.service"


def settings(name: str, key: str) -> list[str]:
    lines = unit_of(name).read_text().splitlines()
    return [value for line in lines for at, _, value in [line.partition("=")] if at == key]


def started_by(unit: Path) -> list[str]:
    lines = unit.read_text().splitlines()
    return [
        value for line in lines for key, _, value in [line.partition("=")] if key in {"ExecStart", "ExecStopPost"}
    ]


@cache
def exposure(unit: Path) -> float:
    """Sum up what the checks of `systemd-analyze security` find exposed, in their own points."""
    command = ["systemd-analyze", "security", "--offline=true", "--json=short", "--no-pager", str(unit)]
    checks = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return sum(float(check["exposure"] or 0) for check in checks)


def is_safer_than(unit: Path, points: float) -> bool:
    command = [
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--threshold={points * 10:.0f}",
        "--no-pager",
        str(unit),
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def hardening_lines() -> Iterator[tuple[str, str]]:
    for name in MOST_EXPOSED:
        lines = unit_of(name).read_text().split("[Install]")[0].splitlines()
        for line in lines[lines.index("NoNewPrivileges=yes") :]:
            if line and not line.startswith("#") and line.partition("=")[0] not in HELD_BELOW:
                yield name, line


@pytest.fixture
def verify_root(tmp_path: Path) -> Path:
    """Make a small system with systemd's own units, ours, and the programs that ours start."""
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    for program in {line.split()[0] for path in UNITS.glob("*.service") for line in started_by(path)}:
        path = tmp_path / program.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    ours = tmp_path / "etc/systemd/system"
    ours.mkdir(parents=True)
    for kind in ("service", "timer", "target"):
        for unit in UNITS.glob(f"*.{kind}"):
            shutil.copy(unit, ours)
    return tmp_path


def complaints(root: Path) -> str:
    units = sorted(str(path) for path in (root / "etc/systemd/system").iterdir())
    done = subprocess.run(["systemd-analyze", "verify", f"--root={root}", *units], capture_output=True, check=False)
    return done.stderr.decode() + done.stdout.decode()


def test_systemd_finds_nothing_wrong_with_the_units(verify_root: Path) -> None:
    assert complaints(verify_root) == ""


def test_systemd_finds_a_setting_that_is_none(verify_root: Path) -> None:
    unit = verify_root / "etc/systemd/system/doorctl-door.service"
    unit.write_text(unit.read_text().replace("UMask=0077", "UMaks=0077"))

    assert "UMaks" in complaints(verify_root)


@pytest.mark.parametrize(("name", "points"), MOST_EXPOSED.items())
def test_a_unit_is_no_more_exposed_than_it_must_be(name: str, points: float) -> None:
    assert is_safer_than(unit_of(name), points)


@pytest.mark.parametrize(("name", "line"), list(hardening_lines()))
def test_a_unit_is_more_exposed_without_any_of_its_lines(name: str, line: str, tmp_path: Path) -> None:
    unit = tmp_path / unit_of(name).name
    unit.write_text(unit_of(name).read_text().replace(f"\n{line}\n", "\n", 1))

    assert exposure(unit) > exposure(unit_of(name))


@pytest.mark.parametrize("name", OFFLINE)
def test_who_needs_no_network_has_none(name: str) -> None:
    assert settings(name, "PrivateNetwork") == ["yes"]
    assert settings(name, "IPAddressDeny") == ["any"]
    assert settings(name, "RestrictAddressFamilies") == ["AF_UNIX"]


@pytest.mark.parametrize("name", sorted(set(MOST_EXPOSED) - set(OFFLINE)))
def test_who_has_a_network_can_call_and_not_be_called(name: str) -> None:
    assert settings(name, "SocketBindDeny") == ["any"]


@pytest.mark.parametrize("name", MOST_EXPOSED)
def test_no_unit_leaves_its_memory_on_the_disk(name: str) -> None:
    assert settings(name, "LimitCORE") == ["0"]


@pytest.mark.parametrize("name", MOST_EXPOSED)
def test_a_call_that_is_not_allowed_fails_and_ends_no_process(name: str) -> None:
    assert settings(name, "SystemCallErrorNumber") == ["EPERM"]


@pytest.mark.parametrize("name", MOST_EXPOSED)
def test_only_the_door_has_devices(name: str) -> None:
    assert settings(name, "DevicePolicy") == ["closed"]
    assert set(settings(name, "DeviceAllow")) == (READERS | PINS if name == "door" else set())
    assert settings(name, "PrivateDevices") == ([] if name == "door" else ["yes"])


def test_the_door_goes_before_ordinary_work_and_after_the_kernel() -> None:
    assert settings("door", "CPUSchedulingPolicy") == ["rr"]
    assert 1 <= int(settings("door", "CPUSchedulingPriority")[0]) < 50
    assert {name for name in MOST_EXPOSED if settings(name, "CPUSchedulingPolicy")} == {"door"}


def test_systemd_leaves_the_strikes_by_the_file_that_the_door_writes() -> None:
    (command,) = settings("door", "ExecStopPost")

    assert command == f"/opt/doorctl/bin/doorctl-on-process-loss /run/doorctl/{RunFile.STRIKES}"
    assert settings("door", "RuntimeDirectory") == ["doorctl"]
    assert settings("door", "RuntimeDirectoryPreserve") == ["yes"]


def test_serial_drivers_are_loaded_before_the_door_is_told_which_kinds_it_may_use() -> None:
    drivers = (UNITS / "doorctl.modules-load.conf").read_text().splitlines()

    assert {"usbserial", "cdc_acm"} <= set(drivers)

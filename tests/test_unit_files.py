"""Users, folders and names of readers that go with the units, as systemd's own programs read them."""

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parent.parent / "systemd"
RULES = (UNITS / "doorctl.rules").read_text()


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Make a system with our users and folders still to be made."""
    (tmp_path / "etc").mkdir()
    for name in ("sysusers", "tmpfiles"):
        folder = tmp_path / f"usr/lib/{name}.d"
        folder.mkdir(parents=True)
        shutil.copy(UNITS / f"doorctl.{name}.conf", folder / "doorctl.conf")
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}"], check=True, capture_output=True)
    return tmp_path


def complaints_about_folders(system: Path) -> str:
    """Have all lines read; none is carried out, which would take root."""
    command = ["systemd-tmpfiles", "--create", f"--root={system}", "--prefix=/nowhere"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_systemd_makes_every_user_and_understands_every_folder(system: Path) -> None:
    users = {line.split(":")[0] for line in (system / "etc/passwd").read_text().splitlines()}

    assert {"doorctl", "doorctl-link", "doorctl-hub"} <= users
    assert complaints_about_folders(system) == ""


def test_a_line_that_is_no_folder_is_complained_about(system: Path) -> None:
    (system / "usr/lib/tmpfiles.d/other.conf").write_text("d var/lib/other 0700 root root\n")

    assert "not absolute" in complaints_about_folders(system)


@pytest.mark.parametrize("line", ["ttyUSB0", "ttyUSB12", "ttyACM3"])
def test_a_reader_at_usb_has_the_name_of_its_socket(line: str) -> None:
    (kernel,) = re.findall(r'KERNEL=="([^"]+)", GOTO="doorctl_line"', RULES)

    assert any(fnmatch(line, pattern) for pattern in kernel.split("|"))
    assert not any(fnmatch("ttyS0", pattern) for pattern in kernel.split("|"))
    assert 'ENV{ID_PATH}=="?*", SYMLINK+="doorctl/$env{ID_PATH}"' in RULES


def test_every_leap_of_a_rule_has_its_mark() -> None:
    assert set(re.findall(r'GOTO="(\w+)"', RULES)) == set(re.findall(r'LABEL="(\w+)"', RULES))

"""The Debian package: what lies where in it, and what its scripts do and leave alone."""

import hashlib
import subprocess
import tomllib
from pathlib import Path

import pytest

from deb.build import MAINTAINER_SCRIPTS, PLACES, own_architecture
from deb.build import build as build_package
from deb.control import changelog_of, control_of, md5sums_of
from deb.wheels import EXTRAS, PYTHON, libraries_of
from doorctl.machine.last_resorts import LAST_RESORTS

ROOT = Path(__file__).resolve().parent.parent.parent
DEB = ROOT / "deb"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PROCESSES = {path.stem for path in (ROOT / "systemd").glob("*.service") if "Restart=" in path.read_text()}
KEPT = ("/etc/doorctl", "/var/lib/doorctl", "/var/lib/doorctl-link", "/var/lib/doorctl-hub")


def a_tree(folder: Path) -> Path:
    (folder / "opt").mkdir()
    (folder / "opt/program").write_bytes(b"x" * 1500)
    (folder / "opt/link").symlink_to("program")
    (folder / "DEBIAN").mkdir()
    (folder / "DEBIAN/postinst").write_text("#!/bin/sh\n")
    return folder


def test_all_that_goes_with_the_units_has_its_place() -> None:
    placed = {path for pattern in PLACES for path in ROOT.glob(pattern)}

    assert {path for path in (ROOT / "systemd").iterdir() if path.suffix != ".c"} - placed == set()


def test_what_starts_a_computer_anew_is_no_part_of_it_for_a_hub_may_have_other_work() -> None:
    everywhere = {part for place in PLACES.values() for part in Path(place).parts}

    assert everywhere & {"sysctl.d", "system.conf.d"} == set()
    purged = (DEB / "postrm").read_text().partition("purge)")[2]
    assert all(f"/{place}" in purged for place in LAST_RESORTS)


def test_libraries_are_those_of_the_project_but_for_the_one_that_a_pi_has_from_debian() -> None:
    names = {name.split(">")[0].split("=")[0] for name in libraries_of(PROJECT)}

    assert {"msgspec", "cryptography", "pyserial"} <= names
    assert {"pyrage", "rfc3161-client"} <= names
    assert "RPi.GPIO" not in names
    assert set(EXTRAS) <= set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize(("architecture", "is_a_pi"), [("amd64", False), ("arm64", True)])
def test_the_package_names_its_python_and_on_a_pi_what_drives_pins(
    architecture: str, is_a_pi: bool, tmp_path: Path
) -> None:
    control = control_of(a_tree(tmp_path), "1.2.3", architecture)

    assert f"Depends: {PYTHON}, " in control
    assert "\nVersion: 1.2.3\n" in control
    assert ("Recommends: python3-rpi.gpio | python3-rpi-lgpio\n" in control) is is_a_pi
    assert "\nInstalled-Size: 3\n" in control


def test_sums_are_of_files_and_not_of_the_packages_own(tmp_path: Path) -> None:
    (first, *others) = md5sums_of(a_tree(tmp_path)).splitlines()

    assert first == f"{hashlib.md5(b'x' * 1500).hexdigest()}  opt/program"
    assert others == []


def test_the_changelog_is_of_the_time_of_the_source() -> None:
    assert changelog_of("1.2.3", 0).endswith("Thu, 01 Jan 1970 00:00:00 +0000\n")


@pytest.mark.parametrize("name", MAINTAINER_SCRIPTS)
def test_a_script_refuses_a_call_that_it_does_not_know(name: str) -> None:
    subprocess.run(["sh", "-n", DEB / name], check=True)

    done = subprocess.run(["sh", DEB / name, "surprise"], capture_output=True, text=True, check=False)

    assert (done.returncode, "unknown argument: surprise" in done.stderr) == (1, True)


@pytest.mark.parametrize("name", MAINTAINER_SCRIPTS)
def test_no_script_enables_a_unit_or_asks_or_removes_a_key(name: str) -> None:
    text = (DEB / name).read_text()

    assert not any(f"systemctl {verb}" in text for verb in ("enable", "start"))
    assert not any(word in text for word in ("read ", "debconf", "userdel", "deluser"))
    removed = [line for line in text.splitlines() if "rm -" in line and "echo" not in line]
    assert not any(place in line for place in KEPT for line in removed)


def test_purge_says_what_is_left_and_what_destroys_it() -> None:
    assert f"rm -rf {' '.join(KEPT)}" in (DEB / "postrm").read_text()


def test_an_upgrade_restarts_each_process_and_the_hub_before_its_controllers() -> None:
    (line,) = [line for line in (DEB / "postinst").read_text().splitlines() if line.startswith("PROCESSES=")]
    order = line.partition("=")[2].strip('"').split()

    assert {f"doorctl-{name}" for name in order} == PROCESSES
    assert order[0] == "hub"


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_same_source_makes_the_same_package(tmp_path: Path) -> None:
    whole = [build_package(ROOT, tmp_path / name, architecture=own_architecture()) for name in ("one", "two")]

    assert len({hashlib.sha256(path.read_bytes()).digest() for path in whole}) == 1

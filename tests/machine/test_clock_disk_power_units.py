"""Clock, disk, card, power, units, certificates: each finding where its trouble is, and none where all is well."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from doorctl.brokers import Tls
from doorctl.keys.certificates import expires_at, make_client_files, new_authority
from doorctl.machine.broker_way import look_at_certificates, look_at_keys
from doorctl.machine.card import look_at_card
from doorctl.machine.computer import Computer
from doorctl.machine.disk import look_at_disk, mount_of
from doorctl.machine.power import look_at_power
from doorctl.machine.time_of_day import look_at_clock
from doorctl.machine.troubles import Trouble, Weight
from doorctl.machine.units import LOSS_PROGRAM, UNITS, look_at_last_resorts, look_at_units
from tests.machine.a_computer import GOOD_UNITS, NOON, a_computer, troubles, write
from tests.test_docs import ROOT

GOOD_OPTIONS = "rw,noatime"
THROTTLED = "/sys/devices/platform/soc/soc:firmware/get_throttled"


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return a_computer(tmp_path)


def mounted(computer: Computer, folder: Path, kind: str = "ext4", options: str = GOOD_OPTIONS) -> None:
    write(
        computer,
        "/proc/self/mounts",
        f"/dev/mmcblk0p1 / ext4 ro 0 0\n/dev/mmcblk0p2 {folder} {kind} {options} 0 0\nproc /proc proc rw 0 0\n",
    )


def of_clock(computer: Computer, newest: Path | None = None) -> list[Trouble]:
    return troubles(look_at_clock(computer, newest or computer.at("/nothing")))


def test_a_clock_in_order_has_no_finding(computer: Computer) -> None:
    assert of_clock(computer) == []


def test_a_clock_that_nothing_has_set_is_found(computer: Computer) -> None:
    computer.at("/run/systemd/timesync/synchronized").unlink()

    assert of_clock(computer) == [Trouble.CLOCK_UNSYNCHRONIZED]


def test_a_time_before_this_doorctl_is_found(computer: Computer) -> None:
    past = replace(computer, now=NOON - timedelta(days=365))
    write(past, "/sys/class/rtc/rtc0/since_epoch", str(int(past.now.timestamp())))

    assert of_clock(past) == [Trouble.CLOCK_WRONG]


@pytest.mark.parametrize(("ahead", "found"), [(3600, True), (60, False), (-3600, False)])
def test_a_time_before_the_newest_record_is_found(ahead: int, *, found: bool, computer: Computer) -> None:
    newest = computer.at("/audit.db")
    newest.write_text("")
    os.utime(newest, (NOON.timestamp() + ahead,) * 2)

    assert of_clock(computer, newest) == [Trouble.CLOCK_WRONG] * found


def test_a_time_before_the_last_end_of_this_computer_is_found(computer: Computer) -> None:
    write(computer, "/var/lib/systemd/timesync/clock", "")
    os.utime(computer.at("/var/lib/systemd/timesync/clock"), (NOON.timestamp() + 86_400,) * 2)

    assert of_clock(computer) == [Trouble.CLOCK_WRONG]


def test_a_computer_without_a_real_time_clock_is_found(computer: Computer) -> None:
    computer.at("/sys/class/rtc/rtc0/since_epoch").unlink()
    computer.at("/sys/class/rtc/rtc0").rmdir()

    assert of_clock(computer) == [Trouble.RTC_MISSING]


@pytest.mark.parametrize(("shown", "found"), [("0", True), ("", True), (str(int(NOON.timestamp()) + 60), False)])
def test_a_real_time_clock_that_is_wrong_is_found(shown: str, *, found: bool, computer: Computer) -> None:
    write(computer, "/sys/class/rtc/rtc0/since_epoch", shown)

    assert of_clock(computer) == [Trouble.RTC_WRONG] * found


@pytest.mark.parametrize(
    ("kind", "options", "found"),
    [
        ("ext4", GOOD_OPTIONS, []),
        ("ext4", "ro,noatime", [Trouble.DISK_READ_ONLY]),
        ("ext4", "rw,relatime", [Trouble.DISK_ATIME]),
        ("ext4", "rw,noatime,nobarrier", [Trouble.DISK_UNSAFE]),
        ("ext4", "rw,noatime,data=writeback", [Trouble.DISK_UNSAFE]),
        ("tmpfs", "rw", [Trouble.DISK_VOLATILE]),
        ("overlay", "rw", [Trouble.DISK_VOLATILE]),
        ("nfs4", "rw", [Trouble.DISK_REMOTE]),
    ],
)
def test_a_file_system_is_looked_at(
    kind: str, options: str, found: list[Trouble], tmp_path: Path, computer: Computer
) -> None:
    mounted(computer, tmp_path, kind, options)

    assert troubles(look_at_disk(computer, tmp_path / "state")) == found


def test_what_is_mounted_over_another_counts(tmp_path: Path, computer: Computer) -> None:
    write(computer, "/proc/self/mounts", f"/dev/a {tmp_path} ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")

    found = mount_of(computer, tmp_path / "state")

    assert found is not None
    assert found.kind == "tmpfs"


@pytest.mark.parametrize(("free", "found"), [(11, []), (9, [Trouble.DISK_SHORT]), (4, [Trouble.DISK_FULL])])
def test_a_disk_that_fills_is_found(free: float, found: list[Trouble], tmp_path: Path) -> None:
    computer = a_computer(tmp_path, free_percent=free)
    mounted(computer, tmp_path)

    assert troubles(look_at_disk(computer, tmp_path)) == found


def test_a_database_is_tried_and_nothing_stays(tmp_path: Path, computer: Computer) -> None:
    state = tmp_path / "state"
    state.mkdir()
    mounted(computer, tmp_path)

    assert troubles(look_at_disk(computer, state)) == []
    assert list(state.iterdir()) == []


AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root looks at another user's folder")


@pytest.fixture
def state() -> Iterator[Path]:
    """Give a folder that nobody, who is somebody else, can reach and owns."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        state = Path(folder) / "state"
        (state / "keys").mkdir(mode=0o700, parents=True)
        for path in (state, state / "keys"):
            shutil.chown(path, "nobody")
        yield state


@AS_ROOT
def test_a_folder_of_the_doors_user_is_tried_as_that_user_and_nothing_stays(state: Path, computer: Computer) -> None:
    mounted(computer, state)
    of_nobody = replace(computer, user="nobody")

    assert troubles(look_at_disk(of_nobody, state)) == []
    assert [path.name for path in state.iterdir()] == ["keys"]


@AS_ROOT
def test_what_the_doors_user_may_not_write_is_found_though_root_may(state: Path, computer: Computer) -> None:
    mounted(computer, state)
    state.chmod(0o500)

    found = list(look_at_disk(replace(computer, user="nobody"), state))

    assert troubles(found) == [Trouble.DISK_NO_WAL]
    assert "Permission denied" in found[0].what


@AS_ROOT
@pytest.mark.parametrize("what", [".", "keys", "keys/log.pem"])
def test_what_was_left_there_as_root_is_found(what: str, state: Path, computer: Computer) -> None:
    mounted(computer, state)
    (state / "keys/log.pem").touch(mode=0o600)
    shutil.chown(state / "keys/log.pem", "nobody" if what != "keys/log.pem" else "root")
    shutil.chown(state / what, "root")

    found = list(look_at_disk(replace(computer, user="nobody"), state))

    assert troubles(found) == [Trouble.DISK_FOREIGN]
    assert found[0].what.startswith(str(state / what))


@AS_ROOT
def test_what_anybody_may_read_there_is_nobodys_trouble(state: Path, computer: Computer) -> None:
    mounted(computer, state)
    (state / "walk-test.note").touch(mode=0o644)

    assert troubles(look_at_disk(replace(computer, user="nobody"), state)) == []


def test_a_folder_that_takes_no_database_is_found(computer: Computer) -> None:
    """/proc is a file system where nobody makes a file, root included."""
    found = troubles(look_at_disk(computer, Path("/proc/sys")))

    assert found in ([Trouble.DISK_NO_WAL], [Trouble.DISK_UNTRIED])


def test_a_disk_that_is_read_only_is_one_finding_and_not_two(computer: Computer) -> None:
    mounted(computer, Path("/proc/sys"), "ext4", "ro,noatime")

    assert troubles(look_at_disk(computer, Path("/proc/sys"))) == [Trouble.DISK_READ_ONLY]


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("/sys/fs/ext4/mmcblk0p2/errors_count", "3", [Trouble.CARD_ERRORS]),
        ("/sys/block/mmcblk0/ro", "1", [Trouble.DISK_READ_ONLY]),
        ("/sys/block/mmcblk0/device/life_time", "0x01 0x07", []),
        ("/sys/block/mmcblk0/device/life_time", "0x01 0x08", [Trouble.CARD_WORN]),
        ("/sys/block/mmcblk0/device/life_time", "0x0B 0x01", [Trouble.CARD_WORN_OUT]),
        ("/sys/block/mmcblk0/device/life_time", "0x01 0x02\n", []),
        ("/sys/block/mmcblk0/device/pre_eol_info", "0x01", []),
        ("/sys/block/mmcblk0/device/pre_eol_info", "0x02", [Trouble.CARD_WORN]),
        ("/sys/block/mmcblk0/device/pre_eol_info", "0x03", [Trouble.CARD_WORN_OUT]),
        ("/sys/kernel/debug/mmc0/err_stats", "# Command Timeout Occurred:\t 0\n", []),
        ("/sys/kernel/debug/mmc0/err_stats", "# Data CRC Errors Occurred:\t 7\n", [Trouble.CARD_ERRORS]),
    ],
)
def test_a_card_is_looked_at(file: str, text: str, found: list[Trouble], tmp_path: Path, computer: Computer) -> None:
    mounted(computer, tmp_path)
    write(computer, file, text)

    assert troubles(look_at_card(computer, mount_of(computer, tmp_path))) == found


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ("0", []),
        ("50005", [Trouble.POWER_LOW]),
        ("8", [Trouble.TOO_HOT]),
        ("10000", [Trouble.POWER_WAS_LOW]),
        ("80000", [Trouble.TOO_HOT]),
    ],
)
def test_the_firmwares_flags_are_read(flags: str, found: list[Trouble], computer: Computer) -> None:
    write(computer, THROTTLED, flags)

    assert troubles(look_at_power(computer)) == found


def test_the_flags_of_the_firmwares_own_program_are_read_where_the_kernel_tells_none(computer: Computer) -> None:
    computer.at(THROTTLED).unlink()

    assert troubles(look_at_power(replace(computer, run=lambda _command: "throttled=0x50000\n"))) == [
        Trouble.POWER_WAS_LOW
    ]


def test_the_kernels_sensor_tells_of_a_low_supply_and_another_sensor_does_not(computer: Computer) -> None:
    write(computer, "/sys/class/hwmon/hwmon2/name", "another")
    write(computer, "/sys/class/hwmon/hwmon2/in0_lcrit_alarm", "1")
    assert troubles(look_at_power(computer)) == []

    write(computer, "/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1")

    assert troubles(look_at_power(computer)) == [Trouble.POWER_LOW]


@pytest.mark.parametrize(
    ("good", "bad", "found"),
    [
        ("", "", []),
        ("LoadState=loaded", "LoadState=not-found", [Trouble.UNIT_MISSING]),
        ("UnitFileState=enabled", "UnitFileState=disabled", [Trouble.UNIT_DISABLED]),
        ("ActiveState=active", "ActiveState=failed", [Trouble.UNIT_FAILED]),
        ("ActiveState=active", "ActiveState=inactive", [Trouble.UNIT_STOPPED]),
    ],
)
def test_a_unit_is_looked_at(good: str, bad: str, found: list[Trouble], tmp_path: Path) -> None:
    computer = a_computer(tmp_path, units=GOOD_UNITS.replace(good, bad, 1))

    findings = list(look_at_units(computer))

    assert troubles(findings) == found
    assert all(each.what.startswith(UNITS[0]) for each in findings)


def test_a_computer_without_systemd_has_no_unit(tmp_path: Path) -> None:
    assert set(troubles(look_at_units(a_computer(tmp_path, units="")))) == {Trouble.UNIT_MISSING}


def test_last_resorts_in_order_have_no_finding(computer: Computer) -> None:
    assert list(look_at_last_resorts(computer)) == []


@pytest.mark.parametrize("watchdog", ["0", "infinity", ""])
def test_a_watchdog_that_is_off_is_found(watchdog: str, tmp_path: Path) -> None:
    assert troubles(look_at_last_resorts(a_computer(tmp_path, watchdog=watchdog))) == [Trouble.WATCHDOG_OFF]


def test_a_kernel_that_stays_in_a_panic_is_found(computer: Computer) -> None:
    write(computer, "/proc/sys/kernel/panic", "0")

    assert troubles(look_at_last_resorts(computer)) == [Trouble.PANIC_STAYS]


def test_a_missing_program_for_a_dead_door_is_found(computer: Computer) -> None:
    computer.at(LOSS_PROGRAM).chmod(0o644)

    assert troubles(look_at_last_resorts(computer)) == [Trouble.LOSS_PROGRAM_MISSING]


def test_certificates_that_end_are_found_before_and_after(tmp_path: Path) -> None:
    make_client_files(new_authority(tmp_path / "ca", site="hq", at=NOON), "pi-1", tmp_path / "pi-1", at=NOON)
    tls = Tls(tmp_path / "ca/ca.crt", tmp_path / "pi-1/tls.crt", tmp_path / "pi-1/tls.key")
    assert tls.certificate is not None
    ends = expires_at(tls.certificate)

    assert troubles(look_at_certificates(tls, ends - timedelta(days=61))) == []
    assert troubles(look_at_certificates(tls, ends - timedelta(days=59))) == [Trouble.CERTIFICATE_ENDS] * 2
    assert troubles(look_at_certificates(tls, ends)) == [Trouble.CERTIFICATE_ENDED] * 2
    assert troubles(look_at_certificates(None, NOON)) == [Trouble.BROKER_OPEN]


def test_a_controller_without_keys_is_found(tmp_path: Path) -> None:
    assert troubles(look_at_keys(tmp_path)) == [Trouble.NOT_JOINED]
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/log.pem").touch()
    assert troubles(look_at_keys(tmp_path)) == []


def test_the_document_says_of_every_finding_what_the_command_says() -> None:
    document = (ROOT / "docs/commissioning.md").read_text()
    rows = [f"| `{each}` | {each.weight} | {each.why} | {each.do} |" for each in Trouble]

    assert [row for row in rows if row not in document] == []
    assert document.count("\n| `") == len(rows)
    assert {each.weight for each in Trouble} == set(Weight)

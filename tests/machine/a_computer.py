"""A Raspberry Pi 4 with nothing wrong, as a tree of files; each test breaks one thing of it."""

import os
import pwd
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding, Trouble
from doorctl.machine.units import LOSS_PROGRAM, TIMERS, UNITS
from hardware.pins import ActiveLevel, Layout, Lock, Strike, StrikeState

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CONFIG = """\
# as it is on a controller
enable_uart=1
dtoverlay=disable-bt
gpio=17=op,dl
"""
FILES = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
    "proc/cmdline": "root=PARTUUID=1 rootfstype=ext4 rootwait",
    "proc/sys/kernel/panic": "5",
    "boot/firmware/config.txt": CONFIG,
    "boot/firmware/cmdline.txt": "console=tty1 root=PARTUUID=1",
    "run/systemd/timesync/synchronized": "",
    "sys/class/rtc/rtc0/since_epoch": str(int(NOON.timestamp())),
    "sys/block/mmcblk0/ro": "0",
    "sys/fs/ext4/mmcblk0p2/errors_count": "0",
    "sys/class/hwmon/hwmon1/name": "rpi_volt",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0",
    "dev/gpiochip0": "",
    "dev/mmcblk0p2": "",
    LOSS_PROGRAM.lstrip("/"): "#!",
}
GOOD_UNITS = "\n\n".join(
    f"Id={name}\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled" for name in (*UNITS, *TIMERS)
)


def a_computer(root: Path, *, units: str = GOOD_UNITS, watchdog: str = "10s", free_percent: float = 60.0) -> Computer:
    """Make the tree below a folder; ``units`` and ``watchdog`` are what systemctl says."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o660)
    (root / LOSS_PROGRAM.lstrip("/")).chmod(0o755)

    def run(command: Sequence[str]) -> str:
        if "--property=RuntimeWatchdogUSec" in command:
            return f"RuntimeWatchdogUSec={watchdog}\n"
        return units if command[0] == "systemctl" else ""

    groups = frozenset({*os.getgroups(), os.getgid()})
    return Computer(root, NOON, groups, run, lambda _path: free_percent, user=pwd.getpwuid(os.geteuid()).pw_name)


def write(computer: Computer, path: str, text: str) -> None:
    """Give a file of the computer other contents."""
    place = computer.at(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def troubles(findings: Iterable[Finding]) -> list[Trouble]:
    """Return the words alone."""
    return [finding.trouble for finding in findings]


def a_layout(pin: int = 17, lock: Lock = Lock.FAIL_SECURE) -> Layout:
    """Return the layout of one door."""
    return Layout((Strike("front", pin, ActiveLevel.HIGH, lock, StrikeState.SECURED),))

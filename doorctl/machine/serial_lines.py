"""Serial lines: whether each is there, may be used, and belongs to nobody else."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from doorctl.machine.boot_config import BootConfig
from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding, Trouble

_LOGINS = "/etc/systemd/system/*.wants/serial-getty@*.service"
_WITH_BLUETOOTH = ("Raspberry Pi 3", "Raspberry Pi 4", "Raspberry Pi Zero W", "Raspberry Pi Zero 2")
_GOOD_UART = "ttyAMA0"


def look_at_lines(computer: Computer, ports: Iterable[tuple[str, Path]], boot: BootConfig) -> Iterator[Finding]:
    """Look at each line, by its name and the path of its port."""
    for name, port in ports:
        where = f"line {name}: {port}"
        try:
            device = computer.at(port).resolve(strict=True)
            is_device = stat.S_ISCHR(device.stat().st_mode)
        except OSError:
            yield Finding(Trouble.SERIAL_MISSING, f"{where} is not there")
            continue
        if not is_device:
            yield Finding(Trouble.SERIAL_MISSING, f"{where} is no serial device")
            continue
        if not computer.may_use(device):
            yield Finding(Trouble.SERIAL_RIGHTS, f"{where} is not open to the door's groups")
        yield from _used_by_others(computer, where, _names_of(computer, port, device), boot)


def _names_of(computer: Computer, port: Path, device: Path) -> frozenset[str]:
    """Return the names of a line without ``/dev/``: its own, where it leads, and what leads there, too."""
    alias = (name for name in ("serial0", "serial1") if _leads_to(computer.at(f"/dev/{name}"), device))
    return frozenset({port.name, device.name, *alias})


def _leads_to(alias: Path, device: Path) -> bool:
    return alias.exists() and alias.resolve() == device


def _used_by_others(computer: Computer, where: str, names: frozenset[str], boot: BootConfig) -> Iterator[Finding]:
    for console in boot.consoles:
        if console in names:
            yield Finding(Trouble.SERIAL_CONSOLE, f"{where} is the kernel's console (console={console})")
            break
    logins = {path.name.removeprefix("serial-getty@").removesuffix(".service") for path in computer.glob(_LOGINS)}
    for login in sorted(names & logins):
        yield Finding(Trouble.SERIAL_LOGIN, f"{where} has a login prompt (serial-getty@{login})")
    has_bluetooth = computer.model.startswith(_WITH_BLUETOOTH)
    if has_bluetooth and _GOOD_UART in names and not boot.has_overlay("disable-bt", "miniuart-bt"):
        yield Finding(Trouble.SERIAL_BLUETOOTH, f"{where} is Bluetooth's on a {computer.model}")

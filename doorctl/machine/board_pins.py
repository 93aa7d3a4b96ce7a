"""The pins: whether this board has them, may use them, and nobody else does; and what they do before doorctl runs."""

import re
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

from doorctl.machine.boot_config import BootConfig
from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding, Trouble
from hardware.boot import level_line
from hardware.pins import Indicator, Input, Layout, Lock, Strike, StrikeState

_PI = "Raspberry Pi"
_SHORT_HEADER = re.compile(r"Raspberry Pi Model [AB] Rev [12]")
_SHORT_PINS = frozenset({2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 17, 18, 22, 23, 24, 25, 27})
"""Of the header of 26 pins, in its second form; the first has 0, 1 and 21 in the place of 2, 3 and 27."""
_DEVICES = ("/dev/gpiomem", "/dev/gpiomem[0-4]", "/dev/gpiochip[0-9]")
OLD_LIBRARY, NEW_LIBRARY = "RPi.GPIO", "rpi-lgpio"


def libraries() -> frozenset[str]:
    """Return which libraries for pins are installed."""
    return frozenset(name for name in (OLD_LIBRARY, NEW_LIBRARY) if _is_installed(name))


def look_at_board(
    computer: Computer, layout: Layout, boot: BootConfig, installed: frozenset[str]
) -> Iterator[Finding]:
    """Look at a real board; ``installed`` are its libraries."""
    if _PI not in computer.model:
        yield Finding(Trouble.BOARD_MISSING, f"this is {computer.model or 'no board with a name'}")
        return
    is_new = "Raspberry Pi 5" in computer.model or "Compute Module 5" in computer.model
    fitting = {NEW_LIBRARY} if is_new else {OLD_LIBRARY, NEW_LIBRARY}
    if len(installed) != 1 or not installed <= fitting:
        yield Finding(
            Trouble.BOARD_LIBRARY, f"{computer.model} with {' and '.join(sorted(installed)) or 'neither library'}"
        )
    yield from _rights(computer)
    for item in _items(layout):
        yield from _of_item(computer, item, boot)
    for strike in layout.strikes:
        yield from _at_start(strike, boot)


def _rights(computer: Computer) -> Iterator[Finding]:
    devices = [path for pattern in _DEVICES for path in computer.glob(pattern)]
    closed = [str(path) for path in devices if not computer.may_use(computer.at(path))]
    if closed or not devices:
        yield Finding(Trouble.BOARD_RIGHTS, f"{', '.join(closed) or 'no /dev/gpiochip'}: not for the door's groups")


def _of_item(computer: Computer, item: Strike | Input | Indicator, boot: BootConfig) -> Iterator[Finding]:
    where = f"{type(item).__name__.lower()} {item.name}: pin {item.pin}"
    if _SHORT_HEADER.match(computer.model) and item.pin not in _SHORT_PINS:
        yield Finding(Trouble.PIN_NOT_ON_BOARD, f"{where} is not on the header of a {computer.model}")
    if item.pin in boot.claims:
        yield Finding(Trouble.PIN_CLAIMED, f"{where} is claimed by {boot.claims[item.pin]}")
    elif item.pin in (14, 15) and any(console.startswith(("ttyS", "ttyAMA", "serial")) for console in boot.consoles):
        yield Finding(Trouble.PIN_CLAIMED, f"{where} is the kernel's console")
    elif item.pin in (14, 15) and "enable_uart=1" in boot.lines:
        yield Finding(Trouble.PIN_CLAIMED, f"{where} is claimed by enable_uart=1")


def _at_start(strike: Strike, boot: BootConfig) -> Iterator[Finding]:
    """Tell of a strike that nobody drives; a fail-safe one may be without power: that is what its name says."""
    at_rest = strike.level(strike.on_process_loss)
    rests_secured = strike.lock is Lock.FAIL_SECURE and strike.on_process_loss is StrikeState.SECURED
    level = boot.levels.get(strike.pin)
    line = level_line(strike)
    if level is None:
        yield Finding(Trouble.BOOT_LEVEL, f"strike {strike.name}: no line {line} in config.txt")
    elif level is not at_rest and rests_secured:
        yield Finding(Trouble.BOOT_RELEASES, f"strike {strike.name}: config.txt does not say {line}")


def _items(layout: Layout) -> Sequence[Strike | Input | Indicator]:
    return (*layout.strikes, *layout.inputs, *layout.indicators)


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True

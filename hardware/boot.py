"""What a Raspberry Pi's firmware is told for power-up: where strikes rest, and a serial line free for a reader.

Texts in, texts out: `config.txt` and `cmdline.txt` as raspberrypi.com documents them. Our lines stand in a block of
their own at the end, under `[all]`: of two settings of a pin the later one counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hardware.board import BoardUnavailableError
from hardware.pins import Item, Layout, Strike

BEGIN = "# Begin of what `doorctl install` has written: say it again when controller.toml has changed."
END = "# End of what `doorctl install` has written."
HEADER_PINS = (14, 15)
"""Where the serial line of the header is."""
_BLOCK = re.compile(rf"\n?^{re.escape(BEGIN)}\n.*?^{re.escape(END)}\n", flags=re.MULTILINE | re.DOTALL)
_SECTION = "[all]"


@dataclass(frozen=True, slots=True)
class Family:
    """Boards whose serial line of the header is set up alike."""

    settings: dict[str, tuple[str, ...]]
    """By the name of the line: what config.txt says for it."""
    consoles: frozenset[str]
    """What the line is called where the kernel is told to write there."""


_OF_THE_HEADER = frozenset({"serial0", "ttyAMA0", "ttyS0"})
_ON = ("enable_uart=1",)
_OFF_BLUETOOTH = ("enable_uart=1", "dtoverlay=disable-bt")
PLAIN = Family(dict.fromkeys(("/dev/ttyAMA0", "/dev/serial0"), _ON), _OF_THE_HEADER)
WITH_BLUETOOTH = Family(
    {**dict.fromkeys(("/dev/ttyAMA0", "/dev/serial0"), _OFF_BLUETOOTH), "/dev/ttyS0": _ON}, _OF_THE_HEADER
)
# On a Pi 5 `serial0` is the connector for debugging, which is no pin of the header.
WITH_RP1 = Family({"/dev/ttyAMA0": ("dtparam=uart0=on",)}, frozenset({"ttyAMA0"}))
FAMILIES = {
    "Raspberry Pi Model": PLAIN,
    "Raspberry Pi 2 ": PLAIN,
    "Raspberry Pi 3 ": WITH_BLUETOOTH,
    "Raspberry Pi 4 ": WITH_BLUETOOTH,
    "Raspberry Pi 400 ": WITH_BLUETOOTH,
    "Raspberry Pi 5 ": WITH_RP1,
    "Raspberry Pi 500 ": WITH_RP1,
    "Raspberry Pi Zero Rev": PLAIN,
    "Raspberry Pi Zero W ": WITH_BLUETOOTH,
    "Raspberry Pi Zero 2 ": WITH_BLUETOOTH,
    "Raspberry Pi Compute Module Rev": PLAIN,
    "Raspberry Pi Compute Module 3 ": PLAIN,
    "Raspberry Pi Compute Module 4 ": WITH_BLUETOOTH,
    "Raspberry Pi Compute Module 5 ": WITH_RP1,
}
"""By how the device tree's model begins."""


def family_of(model: str) -> Family:
    """Return what a board is like. Raises BoardUnavailableError for one that we know nothing of."""
    for beginning, family in FAMILIES.items():
        if model.startswith(beginning):
            return family
    raise BoardUnavailableError(
        f"this board is {model or 'none that names itself'!r}, and what its firmware reads is not known here: "
        "set its boot levels as its maker says"
    )


def conflicts(layout: Layout, port: str | None) -> list[str]:
    """Name what is wired to the pins of the serial line that is in use."""
    items: tuple[Item, ...] = (*layout.strikes, *layout.inputs, *layout.indicators)
    return [
        f"{item.name!r} is at pin {item.pin}, which is the serial line {port}: give it another pin"
        for item in items
        if port is not None and item.pin in HEADER_PINS
    ]


def boot_lines(layout: Layout, family: Family, port: str | None) -> list[str]:
    """Write the lines for config.txt; ``port`` is the header's serial line, if a reader is there."""
    levels = [level_line(strike) for strike in sorted(layout.strikes, key=lambda strike: strike.pin)]
    return [*levels, *(family.settings[port] if port is not None else ())]


def level_line(strike: Strike) -> str:
    """Write where a strike is while nobody drives it, which is so until doorctl has started, too."""
    return f"gpio={strike.pin}=op,{'dh' if strike.level(strike.on_process_loss) else 'dl'}"


def header_line(ports: Sequence[str], family: Family) -> str | None:
    """Return which of these lines is the one of the header."""
    return next((port for port in ports if port in family.settings), None)


def with_lines(config: str, lines: Sequence[str]) -> str:
    """Put our lines at the end of config.txt, in place of those that were there."""
    found = _BLOCK.search(config)
    before, after = (config[: found.start()], config[found.end() :]) if found else (config, "")
    if found and after.strip():
        before = f"{before.rstrip()}\n{_SECTION}\n{after}"
    if not lines:
        return before
    start = f"{before.rstrip()}\n\n" if before.strip() else ""
    return "\n".join([start + BEGIN, _SECTION, *lines, END, ""])


def without_console(cmdline: str, family: Family) -> str:
    """Take the kernel's console from the line of a reader: each word of it would be a wrong frame."""
    words = cmdline.split()
    kept = [word for word in words if not _is_console(word, family)]
    return cmdline if kept == words else " ".join(kept) + "\n"


def _is_console(word: str, family: Family) -> bool:
    name, _, value = word.partition("=")
    return name == "console" and value.partition(",")[0] in family.consoles

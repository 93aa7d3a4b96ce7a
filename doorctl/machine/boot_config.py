"""What the firmware and the kernel were told at the start: config.txt and cmdline.txt."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from doorctl.machine.computer import Computer

FOLDERS = ("/boot/firmware", "/boot")
"""Where the firmware reads, the newer place first: Raspberry Pi OS moved it."""
_NEVER = "none"
_MODELS: Mapping[str, str] = {
    "pi0": "Raspberry Pi Zero",
    "pi02": "Raspberry Pi Zero 2",
    "pi1": "Raspberry Pi Model",
    "pi2": "Raspberry Pi 2",
    "pi3": "Raspberry Pi 3",
    "pi4": "Raspberry Pi 4",
    "pi5": "Raspberry Pi 5",
}
"""Sections of config.txt that count on one model alone."""
_OUTPUT = {"dl": False, "dh": True}
OVERLAY_PINS: Mapping[str, tuple[int, ...]] = {
    "uart2": (0, 1),
    "uart3": (4, 5),
    "uart4": (8, 9),
    "uart5": (12, 13),
    "spi1-1cs": (16, 18, 19, 20, 21),
    "spi1-2cs": (16, 17, 18, 19, 20, 21),
    "spi1-3cs": (16, 17, 18, 19, 20, 21),
    "pwm": (18,),
    "pwm-2chan": (18, 19),
    "i2c1": (2, 3),
    "i2c3": (4, 5),
    "i2c4": (8, 9),
    "i2c5": (12, 13),
    "i2c6": (22, 23),
}
"""Pins that an overlay takes as it is at first (the firmware's overlays/README)."""
PIN_PARAMETERS: Mapping[str, tuple[str, int]] = {
    "w1-gpio": ("gpiopin", 4),
    "w1-gpio-pullup": ("gpiopin", 4),
    "pps-gpio": ("gpiopin", 18),
    "gpio-ir": ("gpio_pin", 18),
    "gpio-ir-tx": ("gpio_pin", 18),
    "gpio-fan": ("gpiopin", 12),
    "gpio-shutdown": ("gpio_pin", 3),
    "gpio-poweroff": ("gpiopin", 26),
    "gpio-led": ("gpio", 0),
    "gpio-key": ("gpio", 0),
    "dht11": ("gpiopin", 4),
}
"""Overlays that take one pin, by which parameter, and which without."""
PARAMETER_PINS: Mapping[str, tuple[int, ...]] = {
    "i2c": (2, 3),
    "i2c1": (2, 3),
    "i2c_arm": (2, 3),
    "spi": (7, 8, 9, 10, 11),
    "i2s": (18, 19, 20, 21),
    "uart0": (14, 15),
}
"""Pins that ``dtparam=NAME=on`` takes."""
_ON = frozenset({"on", "true", "yes", "1", ""})


@dataclass(frozen=True, slots=True)
class BootConfig:
    """The lines of config.txt that may count on this board, and the kernel's command line."""

    lines: tuple[str, ...]
    command_line: str

    @property
    def consoles(self) -> tuple[str, ...]:
        """The serial devices that the kernel talks on, without ``/dev/``."""
        return tuple(re.findall(r"\bconsole=(tty(?:S|AMA|USB|ACM)\d+|serial\d)", self.command_line))

    @property
    def overlays(self) -> tuple[str, ...]:
        """The overlays, each with its parameters."""
        return tuple(line.partition("=")[2] for line in self.lines if line.startswith("dtoverlay="))

    def has_overlay(self, *names: str) -> bool:
        """Tell whether one of these overlays is loaded."""
        return any(each.partition(",")[0].removeprefix("pi3-") in names for each in self.overlays)

    @property
    def claims(self) -> Mapping[int, str]:
        """The pins that the kernel takes, each with the line that says so."""
        claims: dict[int, str] = {}
        for line in self.lines:
            claims |= dict.fromkeys(_pins_of(line), line)
        return claims

    @property
    def levels(self) -> Mapping[int, bool]:
        """The pins that the firmware drives, and whether high."""
        levels: dict[int, bool] = {}
        for pins, options in re.findall(r"^gpio=([\d,-]+)=(\S+)$", "\n".join(self.lines), flags=re.MULTILINE):
            words = options.split(",")
            driven = [_OUTPUT[word] for word in words if word in _OUTPUT]
            if "op" in words and driven:
                levels |= dict.fromkeys(_range(pins), driven[-1])
        return levels


def boot_config_of(computer: Computer) -> BootConfig:
    """Read what there is; of sections with another condition than the model we assume that they count."""
    config = next((text for folder in FOLDERS if (text := computer.text(f"{folder}/config.txt"))), "")
    told = next((text for folder in FOLDERS if (text := computer.text(f"{folder}/cmdline.txt"))), "")
    counts, lines = True, []
    for raw in config.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("["):
            section = line.strip("[]").lower()
            counts = section != _NEVER and _MODELS.get(section, "") in computer.model
        elif line and counts:
            lines.append(line.replace(" ", ""))
    return BootConfig(tuple(lines), f"{told} {computer.text('/proc/cmdline')}")


def _pins_of(line: str) -> tuple[int, ...]:
    kind, _, rest = line.partition("=")
    if kind == "dtparam":
        return tuple(pin for each in rest.split(",") for pin in _of_parameter(each))
    if kind != "dtoverlay":
        return ()
    name, *parameters = rest.split(",")
    if name.startswith("hifiberry"):
        return PARAMETER_PINS["i2s"]
    if name in PIN_PARAMETERS:
        wanted, usual = PIN_PARAMETERS[name]
        given = dict(each.partition("=")[::2] for each in parameters).get(wanted, "")
        return (int(given) if given.isdigit() else usual,)
    return OVERLAY_PINS.get(name, ())


def _of_parameter(text: str) -> tuple[int, ...]:
    name, _, value = text.partition("=")
    return PARAMETER_PINS.get(name, ()) if value in _ON else ()


def _range(pins: str) -> list[int]:
    found: list[int] = []
    for each in pins.split(","):
        first, _, last = each.partition("-")
        if first.isdigit():
            found += range(int(first), int(last if last.isdigit() else first) + 1)
    return found

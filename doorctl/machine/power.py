"""The supply and the heat, as the Raspberry Pi's firmware tells them."""

from collections.abc import Iterator

from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding, Trouble

_THROTTLED = ("/sys/devices/platform/soc/*/get_throttled", "/sys/devices/platform/*/get_throttled")
_SENSORS = "/sys/class/hwmon/hwmon*"
_SENSOR_OF_THE_PI = "rpi_volt"
LOW_NOW, WAS_LOW = 1 << 0, 1 << 16
HOT = (1 << 3) | (1 << 19)
"""Slower because of heat, now or since the start; what is slower for want of power has bits of its own."""


def look_at_power(computer: Computer) -> Iterator[Finding]:
    """Tell what the firmware has seen since the start, where it tells."""
    flags = _flags(computer)
    if _sensor_is_low(computer) or flags & LOW_NOW:
        yield Finding(Trouble.POWER_LOW, "the supply is below 4.63 V now")
    elif flags & WAS_LOW:
        yield Finding(Trouble.POWER_WAS_LOW, "the supply was below 4.63 V since the start")
    if flags & HOT:
        yield Finding(Trouble.TOO_HOT, "the processor was slowed down because of heat")


def _flags(computer: Computer) -> int:
    """Return the bits of ``get_throttled``: from the kernel, else from the firmware's own program."""
    told = [computer.text(path) for pattern in _THROTTLED for path in computer.glob(pattern)]
    said = told[0] if told else computer.run(["vcgencmd", "get_throttled"]).partition("=")[2]
    try:
        return int(said.strip(), 16)
    except ValueError:
        return 0


def _sensor_is_low(computer: Computer) -> bool:
    sensors = [path for path in computer.glob(_SENSORS) if computer.text(path / "name") == _SENSOR_OF_THE_PI]
    return any(computer.number(path / "in0_lcrit_alarm") == 1 for path in sensors)

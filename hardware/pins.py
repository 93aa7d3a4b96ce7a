"""What is wired to the board's pins (strikes, inputs, indicators) as plain values, and what is wrong with it.

Pins are BCM numbers (GPIO 17 is `17`), never positions on the header.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

LOWEST_PIN, HIGHEST_PIN = 0, 27
LAST_PULLED_UP_PIN = 8  # from power-up GPIO 0 to 8 are pulled up and 9 to 27 down (BCM2835 peripherals, table 6-31)
LONGEST_DEBOUNCE_MS = 1000

RESERVED_PINS = {
    0: "it reads the identity of an add-on board at start-up (ID_SD)",
    1: "it reads the identity of an add-on board at start-up (ID_SC)",
}
DOUBTFUL_PINS = {
    2: "it has a fixed 1.8 kΩ pull-up (I2C data)",
    3: "it has a fixed 1.8 kΩ pull-up (I2C clock) and starts a halted Pi when low",
    14: "it sends the serial console unless the UART is switched off or moved",
    15: "it receives the serial console unless the UART is switched off or moved",
}


class ActiveLevel(StrEnum):
    """The level of a pin that energises an output, or that an input calls active."""

    HIGH = "high"
    LOW = "low"


class Lock(StrEnum):
    """What a lock does when its power is gone: stays locked (fail-secure) or opens (fail-safe)."""

    FAIL_SECURE = "fail-secure"
    FAIL_SAFE = "fail-safe"


class StrikeState(StrEnum):
    """What a strike is doing for the door: holding it shut, or letting it open."""

    SECURED = "secured"
    RELEASED = "released"


class Pull(StrEnum):
    """The resistor inside the Pi (about 50 kΩ) that an input uses while nothing drives it."""

    UP = "up"
    DOWN = "down"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Strike:
    """What releases a door, and what becomes of it when nobody drives it any more."""

    name: str
    pin: int
    active_level: ActiveLevel
    lock: Lock
    on_process_loss: StrikeState

    def level(self, state: StrikeState) -> bool:
        """Give the level of the pin (True is high) that puts the lock into `state`."""
        energising_state = StrikeState.SECURED if self.lock is Lock.FAIL_SAFE else StrikeState.RELEASED
        return level_of(self.active_level, active=state is energising_state)


@dataclass(frozen=True, slots=True)
class Input:
    """A contact, an exit button or another signal into the board."""

    name: str
    pin: int
    active_level: ActiveLevel
    pull: Pull
    debounce_ms: int = 30

    def level(self, active: bool) -> bool:
        """Give the level of the pin (True is high) that means active or inactive."""
        return level_of(self.active_level, active=active)

    def is_active(self, level: int) -> bool:
        """Tell whether a pin at `level` (0 or 1) means that this input is active."""
        return bool(level) is self.level(active=True)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A light or a buzzer that is on or off."""

    name: str
    pin: int
    active_level: ActiveLevel

    def level(self, on: bool) -> bool:
        """Give the level of the pin (True is high) that switches the indicator on or off."""
        return level_of(self.active_level, active=on)


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that is wired to one board."""

    strikes: tuple[Strike, ...] = ()
    inputs: tuple[Input, ...] = ()
    indicators: tuple[Indicator, ...] = ()


Item = Strike | Input | Indicator


def level_of(active_level: ActiveLevel, *, active: bool) -> bool:
    """Give the pin's level (True is high) of something that is active at `active_level`."""
    return active is (active_level is ActiveLevel.HIGH)


def _label(item: Item) -> str:
    return f"{type(item).__name__.lower()} {item.name!r}"


def mistakes(layout: Layout, *, label: Callable[[Item], str] = _label) -> list[str]:
    """Name everything that makes the layout unusable, each after the `label` of the item that is to blame."""
    checks = (_bad_names, _bad_pins, _shared_pins, _bad_debounces)
    return [text for check in checks for text in check(layout, label)]


def warnings(layout: Layout) -> list[str]:
    """Name what works only with the right wiring or operating system settings beside it."""
    return [text for check in (_doubtful_pins, _released_at_power_up) for text in check(layout)]


def _items(layout: Layout) -> tuple[Item, ...]:
    return (*layout.strikes, *layout.inputs, *layout.indicators)


def _bad_names(layout: Layout, label: Callable[[Item], str]) -> Iterator[str]:
    for name, times in Counter(label(item) for item in _items(layout)).items():
        if times > 1:
            yield f"{name}: defined {times} times: give each its own name"
    for item in _items(layout):
        if not item.name:
            yield f"the {label(item)} on pin {item.pin} has no name: give it one"


def _bad_pins(layout: Layout, label: Callable[[Item], str]) -> Iterator[str]:
    for item in _items(layout):
        if not LOWEST_PIN <= item.pin <= HIGHEST_PIN:
            yield f"{label(item)}: pin {item.pin} is not on the header: use a BCM number, 2 to {HIGHEST_PIN}"
        if item.pin in RESERVED_PINS:
            yield f"{label(item)}: pin {item.pin} is reserved: {RESERVED_PINS[item.pin]}"


def _shared_pins(layout: Layout, label: Callable[[Item], str]) -> Iterator[str]:
    users = defaultdict(list)
    for item in _items(layout):
        users[item.pin].append(label(item))
    for pin, labels in users.items():
        if len(labels) > 1:
            yield f"{', '.join(labels)}: pin {pin} is used {len(labels)} times: give each its own pin"


def _bad_debounces(layout: Layout, label: Callable[[Item], str]) -> Iterator[str]:
    for item in layout.inputs:
        if not 0 <= item.debounce_ms <= LONGEST_DEBOUNCE_MS:
            yield f"{label(item)}: debounce_ms is {item.debounce_ms}: use 0 to {LONGEST_DEBOUNCE_MS}"


def _doubtful_pins(layout: Layout) -> Iterator[str]:
    for item in _items(layout):
        if item.pin in DOUBTFUL_PINS:
            yield f"{_label(item)}: pin {item.pin} is taken with care: {DOUBTFUL_PINS[item.pin]}"


def _released_at_power_up(layout: Layout) -> Iterator[str]:
    for strike in layout.strikes:
        pulled_up = strike.pin <= LAST_PULLED_UP_PIN
        if strike.lock is Lock.FAIL_SECURE and strike.level(StrikeState.RELEASED) is pulled_up:
            direction, opposite = ("up", "down") if pulled_up else ("down", "up")
            yield (
                f"{_label(strike)}: from power-up until doorctl starts, pin {strike.pin} is pulled "
                f"{direction}, which releases this lock: fit a pull-{opposite} resistor of at most 10 kΩ"
            )

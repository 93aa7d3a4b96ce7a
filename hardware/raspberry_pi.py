"""The board of a Raspberry Pi: the only importer of RPi.GPIO (rpi-lgpio serves the same module name).

`setup(pin, OUT, initial=level)` latches the level before the pin becomes an output: RPi.GPIO writes GPSET or GPCLR
and then the direction, rpi-lgpio hands both to the kernel in one request. Before that, from power-up on, the pin is
an input and only resistors hold it. Inputs are sampled: edge detection fails on newer kernels.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, cast

from hardware.board import BoardError, BoardNotOpenError, BoardUnavailableError, named
from hardware.pins import Indicator, Layout, Pull, Strike, StrikeState

HOW_TO_INSTALL = (
    "install RPi.GPIO (Pi 1 to 4) or doorctl[pi5] (Pi 5), or choose the board kind 'simulated' on another computer"
)


class _Gpio(Protocol):
    """The part of the RPi.GPIO module that we use."""

    BCM: int
    IN: int
    OUT: int
    PUD_UP: int
    PUD_DOWN: int
    PUD_OFF: int

    def setwarnings(self, flag: bool, /) -> None: ...
    def setmode(self, mode: int, /) -> None: ...
    def setup(self, channel: int, direction: int, pull_up_down: int = ..., initial: int = ...) -> None: ...
    def output(self, channel: int, value: int, /) -> None: ...
    def input(self, channel: int, /) -> int: ...
    def cleanup(self, channel: list[int]) -> None: ...


class RaspberryPiBoard:
    """A `Board` on the pins of this Raspberry Pi."""

    def __init__(self, layout: Layout) -> None:
        self._gpio = _load_gpio()
        self._strikes = {strike.name: strike for strike in layout.strikes}
        self._indicators = {indicator.name: indicator for indicator in layout.indicators}
        self._inputs = {item.name: item for item in layout.inputs}
        self._is_open = False

    def open(self) -> None:
        """Take the pins: strikes secured first, then indicators off, then inputs."""
        if self._is_open:
            raise BoardError("the Raspberry Pi's board is already open: close it first")
        gpio = self._gpio
        pulls = {Pull.UP: gpio.PUD_UP, Pull.DOWN: gpio.PUD_DOWN, Pull.OFF: gpio.PUD_OFF}
        with _renamed("take the pins"):
            gpio.setwarnings(False)  # after a SIGKILL the pins are still outputs, which is no reason to warn
            gpio.setmode(gpio.BCM)
            for strike in self._strikes.values():
                self._take(strike.pin, strike.level(StrikeState.SECURED))
            for indicator in self._indicators.values():
                self._take(indicator.pin, indicator.level(on=False))
            for item in self._inputs.values():
                gpio.setup(item.pin, gpio.IN, pull_up_down=pulls[item.pull])
        self._is_open = True

    def drive(self, strike: str, state: StrikeState) -> None:
        """Put the strike's pin to the level of `state`."""
        self._require_open()
        wired = named(self._strikes, strike, kind="strike")
        self._put(wired, wired.level(state))

    def show(self, indicator: str, on: bool) -> None:
        """Put the indicator's pin to its level for on or off."""
        self._require_open()
        wired = named(self._indicators, indicator, kind="indicator")
        self._put(wired, wired.level(on))

    def sample(self) -> Mapping[str, bool]:
        """Read the pin of every input; True is active."""
        self._require_open()
        with _renamed("read the inputs"):
            return {name: item.is_active(self._gpio.input(item.pin)) for name, item in self._inputs.items()}

    def filenos(self) -> Sequence[int]:
        """Name no descriptor: nobody waits to be served here."""
        return ()

    def serve(self) -> None:
        """Do nothing: nobody waits to be served here."""
        self._require_open()

    def close(self) -> None:
        """Leave each strike driven at `on_process_loss` and free the inputs only.

        `GPIO.cleanup()` without pins would turn the strikes' pins into inputs and let go of the locks. One pin that
        fails does not keep the others from their level.
        """
        if not self._is_open:
            return
        self._is_open = False
        failures = [*self._leave_outputs(), *self._free_inputs()]
        if failures:
            raise BoardError("; ".join(failures))

    def _require_open(self) -> None:
        if not self._is_open:
            raise BoardNotOpenError("the Raspberry Pi's board is not open: call open() first")

    def _take(self, pin: int, level: bool) -> None:
        gpio = self._gpio
        gpio.setup(pin, gpio.OUT, initial=int(level))
        if bool(gpio.input(pin)) != level:  # rpi-lgpio leaves the level of a pin that this process has taken before
            gpio.output(pin, int(level))

    def _put(self, wired: Strike | Indicator, level: bool) -> None:
        with _renamed(f"put {wired.name!r} (pin {wired.pin}) to {'high' if level else 'low'}"):
            self._gpio.output(wired.pin, int(level))

    def _leave_outputs(self) -> Iterator[str]:
        levels: list[tuple[Strike | Indicator, bool]] = [
            *((strike, strike.level(strike.on_process_loss)) for strike in self._strikes.values()),
            *((indicator, indicator.level(on=False)) for indicator in self._indicators.values()),
        ]
        for wired, level in levels:
            try:
                self._put(wired, level)
            except BoardError as error:
                yield str(error)

    def _free_inputs(self) -> Iterator[str]:
        try:
            with _renamed("free the inputs"):
                if self._inputs:
                    self._gpio.cleanup([item.pin for item in self._inputs.values()])
        except BoardError as error:
            yield str(error)


def _load_gpio() -> _Gpio:
    try:
        return cast(_Gpio, importlib.import_module("RPi.GPIO"))
    except ImportError as error:
        raise BoardUnavailableError(f"RPi.GPIO cannot be imported ({error}): {HOW_TO_INSTALL}") from error
    except (RuntimeError, OSError) as error:
        raise BoardUnavailableError(f"RPi.GPIO refuses this computer ({error}): {HOW_TO_INSTALL}") from error


@contextmanager
def _renamed(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # lgpio's own error derives from nothing narrower
        raise BoardError(
            f"cannot {what}: {error}: see that this user is in the group gpio and that no other program uses the pins"
        ) from error

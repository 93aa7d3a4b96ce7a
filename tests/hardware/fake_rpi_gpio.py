"""A stand-in for the module RPi.GPIO 0.7 that refuses wrong use with the same errors and remembers each level."""

from dataclasses import dataclass, field


@dataclass
class FakePin:
    """One pin: its output latch, its direction and every level that it drove (None: it let go)."""

    latch: int
    outside: int = 0
    direction: int | None = None
    pull: int | None = None
    driven: list[int | None] = field(default_factory=list)

    @property
    def level(self) -> int:
        """Give what a wire on the pin sees."""
        return self.latch if self.direction == FakeGpio.OUT else self.outside


class FakeGpio:
    """What `import RPi.GPIO` gives on a Pi."""

    OUT, IN = 0, 1
    BOARD, BCM = 10, 11
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22

    def __init__(self, *, latched: int = 0) -> None:
        self.pins = {number: FakePin(latch=latched) for number in range(54)}
        self.order: list[tuple[str, int]] = []
        self.warns = True
        self._mode: int | None = None

    def setwarnings(self, flag: bool) -> None:
        """Switch warnings on or off; ours must be off before the first setup."""
        self.warns = flag

    def setmode(self, mode: int) -> None:
        """Choose the numbering; only once."""
        if self._mode not in (None, mode):
            raise ValueError("A different mode has already been set!")
        self._mode = mode

    def setup(self, channel: int, direction: int, pull_up_down: int = PUD_OFF, initial: int | None = None) -> None:
        """Latch the level, then set the direction; stricter than the real one: an output must have a level."""
        pin = self._pin(channel)
        assert not self.warns, "a pin left as an output would warn"
        if direction == self.IN:
            self._set_up_input(pin, pull_up_down, initial)
        else:
            self._set_up_output(pin, pull_up_down, initial)
        self.order.append(("out" if direction == self.OUT else "in", channel))

    def output(self, channel: int, value: int) -> None:
        """Put an output to a level."""
        pin = self._pin(channel)
        if pin.direction != self.OUT:
            raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
        pin.latch = value
        pin.driven.append(value)

    def input(self, channel: int) -> int:
        """Read the level of a pin that was set up."""
        pin = self._pin(channel)
        if pin.direction is None:
            raise RuntimeError("You must setup() the GPIO channel first")
        return pin.level

    def cleanup(self, channel: list[int] | None = None) -> None:
        """Turn the pins, or without a list all of them, into inputs without pull."""
        for number in range(54) if channel is None else channel:
            pin = self.pins[number]
            if pin.direction == self.OUT:
                pin.driven.append(None)
            pin.direction, pin.pull = None, None
        if channel is None:
            self._mode = None

    def _pin(self, channel: int) -> FakePin:
        if self._mode != self.BCM:
            raise RuntimeError("Please set pin numbering mode using GPIO.setmode(GPIO.BCM)")
        if channel not in self.pins:
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        return self.pins[channel]

    def _set_up_input(self, pin: FakePin, pull: int, initial: int | None) -> None:
        if initial is not None:
            raise ValueError("initial parameter is not valid for inputs")
        pin.direction, pin.pull = self.IN, pull

    def _set_up_output(self, pin: FakePin, pull: int, initial: int | None) -> None:
        if pull != self.PUD_OFF:
            raise ValueError("pull_up_down parameter is not valid for outputs")
        assert initial is not None, "the pin would drive whatever was latched"
        pin.latch = initial
        pin.direction = self.OUT
        pin.driven.append(pin.latch)

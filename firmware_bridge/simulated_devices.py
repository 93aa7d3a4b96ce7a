"""What a simulated serial line leads to: a microcontroller with Wiegand readers, or one text reader."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from firmware_bridge.bridge_messages import Buzz, SetLed
from firmware_bridge.bridge_protocol import LED_COLOURS
from firmware_bridge.device_protocol import DeviceProtocol
from firmware_bridge.keypad import burst_of
from firmware_bridge.reader_config import DEFAULT_FRAMES
from firmware_bridge.reader_options import ReaderKind, ReaderSpec
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.supervised_line import LineState, SupervisedInput, ratio_of
from firmware_bridge.text_frames import frame_format
from firmware_bridge.wiegand import frame_of_card

FRAME_PAUSE_SECONDS = 0.05

_COLOUR_OF: Mapping[int, Led] = {colours: led for led, colours in LED_COLOURS.items()}


class UnknownReader(ValueError):
    """No reader of this name is on the line."""


class NoKeypad(ValueError):
    """The reader has no keys to press."""


class NoSuchLine(ValueError):
    """No supervised line of this name ends at the device, or none can be made to say that."""


class Device(Protocol):
    """The far end of a line."""

    def receive(self, data: bytes, now: float) -> list[tuple[str, Indication]]:
        """Take bytes of the host; answers with what to show at which reader."""

    def output(self, now: float) -> bytes:
        """Take what the device sends by now."""

    def swipe(self, reader: str, card: str, *, copies: int | None) -> Callable[[float], None]:
        """Prepare a swipe; call the answer with the time of it."""

    def press(self, reader: str, keys: str) -> Callable[[float], None]:
        """Prepare keys of a keypad; call the answer with the time of them."""

    def set_line(self, name: str, state: LineState) -> Callable[[float], None]:
        """Prepare what a supervised line is to tell; call the answer with the time of it."""


class BridgeDevice:
    """A microcontroller with its Wiegand readers."""

    def __init__(self, spec: ReaderSpec, *, boot: int) -> None:
        self._names = {number: options.name for number, options in spec.wiegand.items()}
        self._keypads = {options.name for options in spec.wiegand.values() if options.keypad}
        self._inputs = spec.inputs
        self.protocol = DeviceProtocol(boot=boot, readers=len(self._names))
        for channel, wired in spec.inputs.items():
            self._put(channel, wired, LineState.NORMAL, 0.0)

    def receive(self, data: bytes, now: float) -> list[tuple[str, Indication]]:
        """Take bytes of the host; answers with what to show at which reader."""
        shown = self.protocol.receive(data, now)
        return [(self._names[it.reader], _indication(it)) for it in shown if it.reader in self._names]

    def output(self, now: float) -> bytes:
        """Take what the device sends by now."""
        self.protocol.tick(now)
        return self.protocol.data_to_send(now)

    def swipe(self, reader: str, card: str, *, copies: int | None) -> Callable[[float], None]:
        """Prepare Wiegand bits of a card, or bits as they are."""
        bits = frame_of_card(card) if set(card) - {"0", "1"} else card
        return partial(self._bursts, self._number_of(reader), [bits] * (copies or 1))

    def press(self, reader: str, keys: str) -> Callable[[float], None]:
        """Prepare a burst of 4 bits for each key."""
        number = self._number_of(reader)
        if reader not in self._keypads:
            raise NoKeypad(f"{reader} has no keypad: its configuration lacks keypad = true")
        return partial(self._bursts, number, [burst_of(key) for key in keys])

    def set_line(self, name: str, state: LineState) -> Callable[[float], None]:
        """Prepare the resistance that tells a state, or, for silence, none that is read."""
        for channel, wired in self._inputs.items():
            if wired.name == name and state is not LineState.UNSTEADY:
                return partial(self._put, channel, wired, state)
        raise NoSuchLine(f"no line here is called {name}, or none tells {state} by itself")

    def _put(self, channel: int, wired: SupervisedInput, state: LineState, _: float) -> None:
        if state is LineState.SILENT:
            self.protocol.readings.pop(channel, None)
        else:
            self.protocol.readings[channel] = ratio_of(state, wired)

    def _number_of(self, reader: str) -> int:
        numbers = [number for number, name in self._names.items() if name == reader]
        if not numbers:
            raise UnknownReader(f"no reader is called {reader}; this line has {', '.join(self._names.values())}")
        return numbers[0]

    def _bursts(self, number: int, bursts: Sequence[str], now: float) -> None:
        for bits in bursts:
            self.protocol.burst(number, bits, now)


class TextDevice:
    """A reader that sends its frames by itself, one after the other while the card is held."""

    def __init__(self, spec: ReaderSpec) -> None:
        self._name = spec.name
        self._format = frame_format(spec.kind, spec.line)
        self._frames = spec.frames or DEFAULT_FRAMES[spec.kind]
        self._due: deque[tuple[float, bytes]] = deque()

    def receive(self, data: bytes, now: float) -> list[tuple[str, Indication]]:  # noqa: ARG002 - it is deaf
        """Hear nothing: these readers do not listen."""
        return []

    def output(self, now: float) -> bytes:
        """Take the frames whose time has come."""
        ready = bytearray()
        while self._due and self._due[0][0] <= now:
            ready += self._due.popleft()[1]
        return bytes(ready)

    def swipe(self, reader: str, card: str, *, copies: int | None) -> Callable[[float], None]:
        """Prepare a card that is held long enough for some frames."""
        if reader != self._name:
            raise UnknownReader(f"no reader is called {reader}; this line has {self._name}")
        return partial(self._hold, self._format.frame(card), copies or self._frames)

    def press(self, reader: str, keys: str) -> Callable[[float], None]:  # noqa: ARG002 - it has none
        """These readers have no keys."""
        raise NoKeypad(f"{reader} has no keypad: only readers behind a bridge can have one")

    def set_line(self, name: str, state: LineState) -> Callable[[float], None]:  # noqa: ARG002 - it has none
        """These readers have no inputs."""
        raise NoSuchLine(f"{name} does not end here: only a bridge has supervised lines")

    def _hold(self, frame: bytes, copies: int, now: float) -> None:
        start = max(now, self._due[-1][0] + FRAME_PAUSE_SECONDS) if self._due else now
        self._due.extend((start + turn * FRAME_PAUSE_SECONDS, frame) for turn in range(copies))


def make_device(spec: ReaderSpec, *, boot: int) -> Device:
    """Build the far end of a line; `boot` tells a restarted microcontroller."""
    return BridgeDevice(spec, boot=boot) if spec.kind is ReaderKind.BRIDGE else TextDevice(spec)


def _indication(shown: SetLed | Buzz) -> Indication:
    if isinstance(shown, Buzz):
        return Indication(buzzer_ms=shown.milliseconds)
    return Indication(_COLOUR_OF.get(shown.colours, Led.OFF), led_ms=shown.milliseconds)

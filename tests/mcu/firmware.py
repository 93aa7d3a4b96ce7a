"""The firmware's C on this computer: its frames, its end of the link, and the whole bridge without registers."""

import ctypes
from pathlib import Path

from firmware_bridge.bridge_messages import Buzz, SetLed, SetStrike, unpack
from firmware_bridge.framing import FrameDecoder
from firmware_bridge.reader_events import PulseTiming

FRAME_SPACE = BODY_SPACE = 98
MOST_READING = 0x3FF
IDLE = 0b1111
TICKS_PER_MS = 2000
TICK_US = 0.5
_ROOM = 8192  # more than any struct of the firmware takes
_PASS_TICKS = TICKS_PER_MS // 2


class Burst(ctypes.Structure):
    """`struct burst` of wiegand.h."""

    _fields_ = (
        ("reader", ctypes.c_uint8),
        ("bits", ctypes.c_uint16),
        ("at_ms", ctypes.c_uint32),
        ("timing", ctypes.c_uint16 * 4),
        ("data", ctypes.c_uint8 * 64),
    )


class Command(ctypes.Structure):
    """`struct command` of link.h."""

    _fields_ = (
        ("code", ctypes.c_uint8),
        ("number", ctypes.c_uint8),
        ("colours", ctypes.c_uint8),
        ("milliseconds", ctypes.c_uint16),
    )


class Shown(ctypes.Structure):
    """`struct shown` of bridge.h: what two readers and two strikes do."""

    _fields_ = (
        ("colours", ctypes.c_uint8 * 2),
        ("sounds", ctypes.c_bool * 2),
        ("released", ctypes.c_bool * 2),
    )


class Firmware:
    """The compiled library."""

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))
        for name in ("frame_take", "frame_encode", "link_next", "bridge_frame"):
            getattr(self.library, name).restype = ctypes.c_uint8
        for name in ("crc_of", "share_of"):
            getattr(self.library, name).restype = ctypes.c_uint16
        self.library.link_receive.restype = ctypes.c_bool
        self.library.link_heard_within.restype = ctypes.c_bool
        self.library.boot_count_next.restype = ctypes.c_uint32

    def encode(self, body: bytes) -> bytes:
        """Wrap a body for the line."""
        frame = ctypes.create_string_buffer(FRAME_SPACE)
        size = self.library.frame_encode(body, len(body), frame)
        return frame.raw[:size]

    def crc(self, data: bytes) -> int:
        """Sum bytes up."""
        return int(self.library.crc_of(data, len(data)))

    def level_of(self, reading: int, before: int) -> int:
        """Tell which level a reading of the converter is."""
        return int(self.library.level_of(self.library.share_of(reading), before))

    def count_boot(self, slots: bytes) -> tuple[int, bytes]:
        """Count a start; answers with the count and the slots after it."""
        kept, changed = ctypes.create_string_buffer(slots, len(slots)), ctypes.c_uint8()
        count = self.library.boot_count_next(kept, ctypes.byref(changed))
        size = len(slots) // 2
        place = changed.value * size
        return int(count), slots[:place] + kept.raw[place : place + size] + slots[place + size :]


class Decoder:
    """The firmware's cutting of bytes into bodies."""

    def __init__(self, firmware: Firmware) -> None:
        self._library = firmware.library
        self._state = ctypes.create_string_buffer(_ROOM)

    def receive(self, data: bytes, now_ms: int = 0) -> list[bytes]:
        """Take bytes; answers with every body that they complete."""
        sizes = ((self._library.frame_take(self._state, byte, now_ms), self._state.raw) for byte in data)
        return [raw[:size] for size, raw in sizes if size]


class FirmwareLink:
    """The firmware's end of the link, spoken to as to `DeviceProtocol`."""

    def __init__(self, firmware: Firmware, *, boot: int) -> None:
        self._firmware, self._library = firmware, firmware.library
        self._state = ctypes.create_string_buffer(_ROOM)
        self._decoder = Decoder(firmware)
        self._library.link_begin(self._state, boot)
        self.readings: dict[int, float] = {}

    def receive(self, data: bytes, now: float) -> list[SetLed | Buzz | SetStrike]:
        """Take bytes of the host; answers with what to do."""
        commands: list[SetLed | Buzz | SetStrike] = []
        for body in self._decoder.receive(data, _ms(now)):
            command = Command()
            if self._library.link_receive(self._state, body, len(body), _ms(now), ctypes.byref(command)):
                commands.append(_command(command))
        return commands

    def tick(self, now: float) -> None:
        """Let nothing grow so old that the clock comes round."""
        self._library.link_keep_ages(self._state, _ms(now))

    def hears_host(self, milliseconds: int, now: float) -> bool:
        """Tell whether a host was heard within so many ms."""
        return bool(self._library.link_heard_within(self._state, milliseconds, _ms(now)))

    def data_to_send(self, now: float) -> bytes:
        """Take what must be written to the line now."""
        data, body = b"", ctypes.create_string_buffer(BODY_SPACE)
        readings = (ctypes.c_uint16 * 8)(*(round(self.readings.get(at, 0) * MOST_READING) for at in range(8)))
        channels = sum(1 << channel for channel in self.readings)
        while size := self._library.link_next(self._state, body, readings, channels, _ms(now)):
            data += self._firmware.encode(body.raw[:size])
        return data

    def burst(self, reader: int, bits: str, now: float, timing: PulseTiming | None = None) -> None:
        """Queue Wiegand bits whose last one came now."""
        data = (ctypes.c_uint8 * 64)(*(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8)))
        self._library.link_burst(self._state, ctypes.byref(Burst(reader, len(bits), _ms(now), data=data)))

    def tamper(self, reader: int, *, active: bool) -> None:
        """Report a tamper contact."""
        self._library.link_tamper(self._state, reader, active)

    def presence(self, reader: int, *, present: bool) -> None:
        """Report whether a reader is connected."""
        self._library.link_presence(self._state, reader, present)


class FirmwareBridge:
    """The whole bridge; time passes when it is told to, as often as the chip's main loop would look."""

    def __init__(self, firmware: Firmware, *, boot: int = 1, levels: int = IDLE, strikes: bool = True) -> None:
        self._library = firmware.library
        self._state = ctypes.create_string_buffer(_ROOM)
        self._ticks = 0
        self._decoder = FrameDecoder()
        self._levels = levels
        self._library.bridge_begin(self._state, boot, levels, 0xFF, strikes)

    def wait(self, us: float) -> None:
        """Let time pass."""
        end = self._ticks + round(us / TICK_US)
        while self._ticks < end:
            self._ticks = min(self._ticks + _PASS_TICKS, end)
            self._library.bridge_clock(self._state, self._ticks % 0x10000)
            self._library.bridge_tick(self._state)

    def line(self, number: int, level: int) -> None:
        """Drive a data line: 0 and 1 are those of reader 0, 2 and 3 those of reader 1."""
        self._levels = self._levels & ~(1 << number) | level << number
        self._library.bridge_edge(self._state, self._levels, self._ticks % 0x10000)

    def lose_edges(self) -> None:
        """Have had more edges than could be kept."""
        self._library.bridge_lost_edges(self._state, self._ticks % 0x10000)

    def pulse(self, line: int, us: float) -> None:
        """Pull a line low for a while."""
        self.line(line, 0)
        self.wait(us)
        self.line(line, 1)

    def receive(self, data: bytes) -> None:
        """Take bytes of the host."""
        for byte in data:
            self._library.bridge_byte(self._state, byte)

    def read(self, channel: int, share: float) -> None:
        """Take a reading of the converter."""
        self._library.bridge_reading(self._state, channel, round(share * MOST_READING))

    def bodies(self) -> list[bytes]:
        """Take the bodies of all frames that must be sent now."""
        found: list[bytes] = []
        frame = ctypes.create_string_buffer(FRAME_SPACE)
        while size := self._library.bridge_frame(self._state, frame):
            found += [body for body in self._decoder.receive(frame.raw[:size], 0.0) if isinstance(body, bytes)]
        return found

    def shown(self) -> Shown:
        """Look at lights, buzzers and strikes."""
        shown = Shown()
        self._library.bridge_show(self._state, ctypes.byref(shown))
        return shown


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _command(command: Command) -> SetLed | Buzz | SetStrike:
    rest = (command.number, command.colours, command.milliseconds)
    body = {4: bytes([4, 0, *rest[:2]]), 5: bytes([5, 0, rest[0]]), 7: bytes([7, 0, rest[0]])}[command.code]
    read = unpack(body + rest[2].to_bytes(2, "big"))
    assert isinstance(read, SetLed | Buzz | SetStrike)
    return read

"""What bridge and host say to each other: each message's code, its fields and their bytes (big-endian).

A frame's body is code, sequence number, payload; docs/serial-protocol.md tells it byte by byte.
"""

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from firmware_bridge.reader_events import PulseTiming

VERSION = 1
FIRST_SEQUENCED = 0x04  # codes below are said again by their own rules, from here on until acknowledged
FROM_BRIDGE = 0x80
MAX_BURST_BITS = 512
INPUT_CHANNELS = 8
STRIKE_OUTPUTS = 2
FULL_SCALE = 0xFFFF


@dataclass(frozen=True, slots=True)
class HostHello:
    """The host opens or confirms its session."""

    version: int
    session: int


@dataclass(frozen=True, slots=True)
class HostAck:
    """The host has the message of the frame's sequence number."""


@dataclass(frozen=True, slots=True)
class HostHeartbeat:
    """The host is there."""


@dataclass(frozen=True, slots=True)
class SetLed:
    """Light a reader's LED: bit 0 red, bit 1 green, for some ms (0: until the next)."""

    reader: int
    colours: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Buzz:
    """Sound a reader's buzzer."""

    reader: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class ReadInputs:
    """Send Inputs of these channels, bit 0 for channel 0, each so many ms; without channels no more."""

    channels: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class SetStrike:
    """Release a strike that the bridge drives for some ms, 0: secure it; no longer than the bridge's own limit."""

    strike: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class BridgeHello:
    """The bridge says who it is; `session` is the host's last one, 0 after a start."""

    version: int
    boot: int
    session: int
    readers: int


@dataclass(frozen=True, slots=True)
class BridgeAck:
    """The bridge has the message of the frame's sequence number."""


@dataclass(frozen=True, slots=True)
class BridgeHeartbeat:
    """The bridge is there; it dropped `lost` messages since its start because its queue was full."""

    lost: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read at some channels, as shares of the supply: two bytes for each of their bits, the lowest first."""

    channels: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Burst:
    """Wiegand bits of one reader; `age_ms` since the last one; `data` holds them left-aligned."""

    reader: int
    bits: int
    age_ms: int
    width_min: int
    width_max: int
    interval_min: int
    interval_max: int
    data: bytes = field(repr=False)

    @property
    def timing(self) -> PulseTiming:
        """Tell how the pulses looked on the wires."""
        return PulseTiming(self.width_min, self.width_max, self.interval_min, self.interval_max)


@dataclass(frozen=True, slots=True)
class Tamper:
    """A reader's tamper contact: 1 opened, 0 closed."""

    reader: int
    active: int


@dataclass(frozen=True, slots=True)
class Presence:
    """A reader's wires: 1 idle high, 0 both low, so nothing is connected."""

    reader: int
    present: int


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """A hello in a version of the protocol that is not ours; nothing else of it can be read."""

    version: int


HostMessage = HostHello | HostAck | HostHeartbeat | SetLed | Buzz | ReadInputs | SetStrike
BridgeMessage = BridgeHello | BridgeAck | BridgeHeartbeat | Inputs | Burst | Tamper | Presence
Message = HostMessage | BridgeMessage

_SHAPES: Mapping[int, tuple[type[Message], str]] = {
    0x01: (HostHello, ">BI"),
    0x02: (HostAck, ">"),
    0x03: (HostHeartbeat, ">"),
    0x04: (SetLed, ">BBH"),
    0x05: (Buzz, ">BH"),
    0x06: (ReadInputs, ">BH"),
    0x07: (SetStrike, ">BH"),
    0x80: (Inputs, ">B"),
    0x81: (BridgeHello, ">BIIB"),
    0x82: (BridgeAck, ">"),
    0x83: (BridgeHeartbeat, ">H"),
    0x84: (Burst, ">BHHHHHH"),
    0x85: (Tamper, ">BB"),
    0x86: (Presence, ">BB"),
}
CODES: Mapping[type[Message], int] = {kind: code for code, (kind, _) in _SHAPES.items()}

_HELLOS = (0x01, 0x81)
_WITH_DATA: frozenset[type[Message]] = frozenset({Inputs, Burst})


def is_sequenced(code: int) -> bool:
    """Say whether a message of this code counts in the sequence and is acknowledged."""
    return code & ~FROM_BRIDGE >= FIRST_SEQUENCED


def is_damaged(body: bytes, sender: int) -> bool:
    """Say whether a body has a code of this sender (0: the host's) and does not fit it: it lost bytes on its way.

    A frame whose CRC ends in 00, and that loses this byte, still has a right one.
    """
    return body[0] & FROM_BRIDGE == sender and body[0] in _SHAPES and unpack(body) is None


def pack(message: Message, sequence: int = 0) -> bytes:
    """Write a frame's body."""
    code = CODES[type(message)]
    shape = struct.Struct(_SHAPES[code][1])
    names = [name for name in message.__slots__ if name != "data"]
    head = bytes((code, sequence)) + shape.pack(*(attrgetter(name)(message) for name in names))
    return head + message.data if isinstance(message, Inputs | Burst) else head


def unpack(body: bytes) -> Message | OtherVersion | None:
    """Read a frame's body; None where the code is unknown or the payload does not fit it."""
    code, payload = body[0], body[2:]
    if len(body) < 2 or code not in _SHAPES:
        return None
    if code in _HELLOS and payload and payload[0] != VERSION:
        return OtherVersion(payload[0])
    kind, shape = _SHAPES[code]
    size = struct.calcsize(shape)
    tail = (payload[size:],) if kind in _WITH_DATA else ()
    if len(payload) != size + sum(map(len, tail)):
        return None
    make: Callable[..., Message] = kind
    message = make(*struct.unpack(shape, payload[:size]), *tail)
    return None if isinstance(message, Inputs | Burst) and not _is_whole(message) else message


def burst_of(reader: int, bits: str, *, age_ms: int = 0, timing: PulseTiming | None = None) -> Burst:
    """Pack a bit string into a burst."""
    timing = timing or PulseTiming()
    size = -(-len(bits) // 8)
    data = int(bits.ljust(size * 8, "0") or "0", 2).to_bytes(size, "big")
    pulses = (timing.width_min, timing.width_max, timing.interval_min, timing.interval_max)
    return Burst(reader, len(bits), age_ms, *pulses, data)


def bits_of(burst: Burst) -> str:
    """Unpack a burst's bit string."""
    return f"{int.from_bytes(burst.data, 'big'):0{len(burst.data) * 8}b}"[: burst.bits]


def inputs_of(readings: Mapping[int, float]) -> Inputs:
    """Pack what was read at some channels, as shares of the supply from 0 to 1."""
    values = [round(readings[channel] * FULL_SCALE) for channel in sorted(readings)]
    return Inputs(channel_bits(readings), struct.pack(f">{len(values)}H", *values))


def readings_of(inputs: Inputs) -> dict[int, float]:
    """Unpack what was read, by channel."""
    values = struct.unpack(f">{inputs.channels.bit_count()}H", inputs.data)
    return {channel: value / FULL_SCALE for channel, value in zip(channels_in(inputs.channels), values, strict=True)}


def channel_bits(channels: Iterable[int]) -> int:
    """Write channels as bits, that of channel 0 the lowest."""
    return sum(1 << channel for channel in channels)


def channels_in(bits: int) -> list[int]:
    """Read channels from bits, the lowest first."""
    return [channel for channel in range(INPUT_CHANNELS) if bits >> channel & 1]


def _is_whole(message: Inputs | Burst) -> bool:
    if isinstance(message, Inputs):
        return len(message.data) == 2 * message.channels.bit_count()
    return message.bits <= MAX_BURST_BITS and len(message.data) == -(-message.bits // 8)

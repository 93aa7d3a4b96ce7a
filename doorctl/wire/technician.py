"""What a technician and the door process tell each other, one JSON object in each packet of a local socket.

The socket belongs to the door's user, and only that user and root are heard (docs/commissioning.md). What is told of
cards and keys is that they were there, and never which.
"""

import msgspec

from doorctl.wire.messages import decode_strictly

MAX_TECHNICIAN_BYTES = 4096


class _Packet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="say"):
    pass


class Begin(_Packet, frozen=True, tag="begin"):
    """To the door: doors are tried from now on, for so many seconds."""

    seconds: int


class Pulse(_Packet, frozen=True, tag="pulse"):
    """To the door: release this one for its usual time."""

    door: str


class Watch(_Packet, frozen=True, tag="watch"):
    """To the door: tell what readers, inputs, strikes and the log do, from now on."""


class End(_Packet, frozen=True, tag="end"):
    """To the door: doors are tried no longer."""


class Begun(_Packet, frozen=True, tag="begun"):
    """From the door: it counts, by this record in this epoch of the log."""

    record: int
    seconds: int
    epoch: int = 0


class Watching(_Packet, frozen=True, tag="watching"):
    """From the door: what happens is told, for so many seconds still."""

    seconds: float


class Pulsed(_Packet, frozen=True, tag="pulsed"):
    """From the door: the strike is released, by this record."""

    record: int
    door: str


class Ended(_Packet, frozen=True, tag="ended"):
    """From the door: doors are tried no longer; why: ``time``, ``technician``, ``gone`` or ``stop``."""

    why: str


class Refused(_Packet, frozen=True, tag="refused"):
    """From the door: nothing was done, and why."""

    refusal: str


class Heard(_Packet, frozen=True, tag="heard"):
    """From the door: a reader, an input or a strike (``what``) of this name (``where``) did something."""

    what: str
    where: str
    detail: str


class Recorded(_Packet, frozen=True, tag="recorded"):
    """From the door: a record is on disk under this number; whom it is about is not told."""

    number: int
    kind: str
    door: str = ""
    reader: str = ""
    outcome: str = ""
    reason: str = ""
    detail: str = ""
    of: int | None = None


FromTechnician = Begin | Pulse | Watch | End
FromDoor = Begun | Watching | Pulsed | Ended | Refused | Heard | Recorded

_encode = msgspec.json.Encoder().encode
_from_technician: msgspec.json.Decoder[FromTechnician] = msgspec.json.Decoder(FromTechnician)
_from_door: msgspec.json.Decoder[FromDoor] = msgspec.json.Decoder(FromDoor)


def encode(packet: FromTechnician | FromDoor) -> bytes:
    """Write a packet."""
    return _encode(packet)


def decode_from_technician(data: bytes) -> FromTechnician:
    """Read what a technician says. Raises Refused ``malformed``."""
    return decode_strictly(_from_technician, data)


def decode_from_door(data: bytes) -> FromDoor:
    """Read what a door says. Raises Refused ``malformed``."""
    return decode_strictly(_from_door, data)

"""The packets between keeper and link: one packet is one message on an AF_UNIX SEQPACKET socket, at most 64 KiB.

The link is a courier: it carries payloads it cannot read the truth of, and the keeper believes nothing but the
signed notes in them. Numbers are unsigned, big-endian. The first byte tells the kind:

====  ===================  ===========  ==================================================================
byte  kind                 direction    what follows
====  ===================  ===========  ==================================================================
01    Deliver              to keeper    token (4 bytes), channel (1 byte), payload (the rest)
02    LinkConnected        to keeper    nothing: a broker is there
03    LinkDisconnected     to keeper    nothing: no broker is there
11    Handled              to link      token (4 bytes): committed or refused, the broker may be told
12    Publish              to link      channel (1 byte), payload (the rest)
13    Collect              to link      id of the snapshot to subscribe to (32 hex digits), or nothing: none
====  ===================  ===========  ==================================================================

A channel is its place in ``CHANNELS``. Whose channel it is goes without saying: this controller's. A link keeps a
``Collect`` over lost brokers, but begins with none: the keeper says it on every new connection of a link.
"""

import re
import struct
from dataclasses import dataclass

from doorctl.errors import Refused
from doorctl.wire.topics import FROM_CONTROLLERS, TO_CONTROLLERS, Channel

MAX_PACKET_BYTES = 64 * 1024
HEADER_BYTES = 6
MAX_CARRIED_BYTES = MAX_PACKET_BYTES - HEADER_BYTES
_LATER = (Channel.OCCUPANCY, Channel.WHOLE_OCCUPANCY)
CHANNELS: tuple[Channel, ...] = (
    *(each for each in TO_CONTROLLERS if each not in _LATER),
    *FROM_CONTROLLERS,
    *_LATER,
)
"""Later ones stand behind all others: for a moment link and keeper may be of two versions."""

_DELIVER, _CONNECTED, _DISCONNECTED = 0x01, 0x02, 0x03
_HANDLED, _PUBLISH, _COLLECT = 0x11, 0x12, 0x13
_DELIVER_HEAD = struct.Struct("!BIB")
_HANDLED_HEAD = struct.Struct("!BI")
_PUBLISH_HEAD = struct.Struct("!BB")
_SNAPSHOT = re.compile(rb"([0-9a-f]{32})?")


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message came from the broker; the token is named again when it was handled."""

    token: int
    channel: Channel
    payload: bytes


@dataclass(frozen=True, slots=True)
class LinkConnected:
    """The link is connected to a broker."""


@dataclass(frozen=True, slots=True)
class LinkDisconnected:
    """The link has lost its broker."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What was delivered under this token is committed or refused."""

    token: int


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish this on a channel of this controller."""

    channel: Channel
    payload: bytes


@dataclass(frozen=True, slots=True)
class Collect:
    """Subscribe to the chunks of this snapshot, and to those of no other; None: to none."""

    snapshot: str | None


FromLink = Deliver | LinkConnected | LinkDisconnected
FromKeeper = Handled | Publish | Collect


def encode(packet: FromLink | FromKeeper) -> bytes:
    """Write a packet. Raises Refused ``packet-too-large``."""
    match packet:
        case Deliver(token, channel, payload):
            data = _DELIVER_HEAD.pack(_DELIVER, token, CHANNELS.index(channel)) + payload
        case Publish(channel, payload):
            data = _PUBLISH_HEAD.pack(_PUBLISH, CHANNELS.index(channel)) + payload
        case Handled(token):
            data = _HANDLED_HEAD.pack(_HANDLED, token)
        case Collect(snapshot):
            data = bytes([_COLLECT]) + (snapshot or "").encode()
        case LinkConnected():
            data = bytes([_CONNECTED])
        case LinkDisconnected():
            data = bytes([_DISCONNECTED])
    return _within_bounds(data)


def decode_from_link(data: bytes) -> FromLink:
    """Read what a link has sent. Raises Refused: ``packet-too-large``, ``bad-packet`` or ``wrong-channel``."""
    kind = _within_bounds(data)[:1]
    if kind == bytes([_DELIVER]) and len(data) >= _DELIVER_HEAD.size:
        _, token, channel = _DELIVER_HEAD.unpack_from(data)
        return Deliver(token, _channel(channel, TO_CONTROLLERS), data[_DELIVER_HEAD.size :])
    if data == bytes([_CONNECTED]):
        return LinkConnected()
    if data == bytes([_DISCONNECTED]):
        return LinkDisconnected()
    raise Refused("bad-packet", "not a packet of a link")


def decode_from_keeper(data: bytes) -> FromKeeper:
    """Read what a keeper has sent. Raises Refused: ``packet-too-large``, ``bad-packet`` or ``wrong-channel``."""
    kind = _within_bounds(data)[:1]
    if kind == bytes([_PUBLISH]) and len(data) >= _PUBLISH_HEAD.size:
        return Publish(_channel(data[1], FROM_CONTROLLERS), data[_PUBLISH_HEAD.size :])
    if kind == bytes([_HANDLED]) and len(data) == _HANDLED_HEAD.size:
        return Handled(_HANDLED_HEAD.unpack(data)[1])
    if kind == bytes([_COLLECT]) and _SNAPSHOT.fullmatch(data[1:]):
        return Collect(data[1:].decode() or None)
    raise Refused("bad-packet", "not a packet of a keeper")


def _channel(place: int, allowed: tuple[Channel, ...]) -> Channel:
    if place >= len(CHANNELS) or CHANNELS[place] not in allowed:
        raise Refused("wrong-channel", "not a channel for this direction")
    return CHANNELS[place]


def _within_bounds(data: bytes) -> bytes:
    if len(data) > MAX_PACKET_BYTES:
        raise Refused("packet-too-large", f"a packet has at most {MAX_PACKET_BYTES} bytes")
    return data

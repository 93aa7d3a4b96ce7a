"""What keeper and door tell each other, one JSON object in each packet of an AF_UNIX SEQPACKET socket.

Both are of one user and one trust domain. The socket is a bell, not a store: the door starts and decides with nobody
at the other end, and what is lost is said again on the next connection (ADR 6). The keeper listens.

Either may be of a newer doorctl than the other: a packet that is not known is passed over, as ``unknown-packet``.
"""

from typing import TypeVar

import msgspec

from doorctl.errors import Refused
from doorctl.wire.loop_state import LoopState
from doorctl.wire.messages import Count, Doors, Hex32, ZonesByDoor, decode_strictly
from doorctl.wire.orders import Deed
from doorctl.wire.whereabouts import People

MAX_BELL_BYTES = 64 * 1024


class _Packet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="say"):
    pass


class Look(_Packet, frozen=True, tag="look"):
    """Keeper to door: another policy is committed, or another file is the policy; look now."""


class Confirmed(_Packet, frozen=True, tag="confirmed"):
    """Keeper to door: the hub has confirmed our policy, in answer to a question of ours.

    ``asked_at`` is when the question was made, in seconds of CLOCK_BOOTTIME: the policy's age counts from there.
    ``hub_time`` is the hub's wall clock in its answer, in seconds since 1970.
    """

    asked_at: float
    hub_time: int


class Forked(_Packet, frozen=True, tag="forked"):
    """Keeper to door: our policy and the hub's have different histories; strict doors deny."""


class CarryOut(_Packet, frozen=True, omit_defaults=True, tag="carry-out"):
    """Keeper to door: carry out this order, whose signatures are verified.

    ``by_officer`` tells whether the admin whose ``command`` (its id) it carries is an officer by trust; ``epoch`` is
    that of the revision until which it denies.
    """

    id: str
    admin: str
    expires: int
    deed: Deed
    by_officer: bool
    command: str = ""
    epoch: int = 0


class HubHolds(_Packet, frozen=True, tag="hub-holds"):
    """Keeper to door: by its signed word the hub holds so many records of this epoch of our log, under this root.

    It is said of the newest epoch that the hub has spoken of, which need not be the one that the door writes.
    """

    epoch: Count
    size: Count
    root: Hex32


class HubLog(_Packet, frozen=True, tag="hub-log"):
    """Keeper to door: the hub's own log, proven to follow what was told before; a keeper of today says HubSigned.

    A higher epoch follows nothing: the hub has begun its log anew.
    """

    epoch: Count
    size: Count
    root: Hex32


class HubSigned(_Packet, frozen=True, tag="hub-signed"):
    """Keeper to door: the same, with the hub's signature under that checkpoint: base64, as its line has it."""

    epoch: Count
    size: Count
    root: Hex32
    signature: str


class HubForked(_Packet, frozen=True, tag="hub-forked"):
    """Keeper to door: the hub's own log is not the one that it was; said again on each connection."""

    text: str


class LinkIs(_Packet, frozen=True, tag="link-is"):
    """Keeper to door: the link has a broker now, or has none."""

    up: bool


class SiteOccupancy(_Packet, frozen=True, omit_defaults=True, tag="site-occupancy"):
    """Keeper to door: where these people are by the hub's count, as of this second of CLOCK_BOOTTIME.

    It takes the place of what was told of them before. A whole begins with the one that ``begins`` and counts from
    the one that ``ends``.
    """

    as_of: float
    people: People
    begins: bool = False
    ends: bool = True


class InForce(_Packet, frozen=True, omit_defaults=True, tag="in-force"):
    """Door to keeper: by which policy these doors answer from now on, and how the door's wall clock is.

    ``strict_zones`` holds, by door, the zones that the doors' own configuration calls strict.
    """

    epoch: int
    revision: int
    doors: Doors
    clock: str
    strict_zones: ZonesByDoor = {}


class NoPolicy(_Packet, frozen=True, tag="no-policy"):
    """Door to keeper: there is no policy that can be read; every card is denied."""

    doors: Doors


class CarriedOut(_Packet, frozen=True, tag="carried-out"):
    """Door to keeper: what became of an order; ``record`` is the number of its record."""

    id: str
    outcome: str
    reason: str = ""
    record: int | None = None


class LoopIs(_Packet, frozen=True, tag="loop-is"):
    """Door to keeper: how late the door's loop was within the last minute."""

    loop: LoopState


FromKeeper = Look | Confirmed | Forked | CarryOut | HubHolds | HubLog | HubSigned | HubForked | LinkIs | SiteOccupancy
FromDoor = InForce | NoPolicy | CarriedOut | LoopIs

_encode = msgspec.json.Encoder().encode


class _Frame(msgspec.Struct):
    """What can be read of any packet."""

    say: str


P = TypeVar("P")

_frame = msgspec.json.Decoder(_Frame)
_from_keeper: msgspec.json.Decoder[FromKeeper] = msgspec.json.Decoder(FromKeeper)
_from_door: msgspec.json.Decoder[FromDoor] = msgspec.json.Decoder(FromDoor)
_SAID_BY_KEEPER = frozenset(str(each.__struct_config__.tag) for each in FromKeeper.__args__)
_SAID_BY_DOOR = frozenset(str(each.__struct_config__.tag) for each in FromDoor.__args__)


def encode(packet: FromKeeper | FromDoor) -> bytes:
    """Write a packet. Raises Refused ``packet-too-large``."""
    data = _encode(packet)
    if len(data) > MAX_BELL_BYTES:
        raise Refused("packet-too-large", f"a packet has at most {MAX_BELL_BYTES} bytes")
    return data


def decode_from_keeper(data: bytes) -> FromKeeper:
    """Read what a keeper says. Raises Refused ``malformed``, or ``unknown-packet``: to be passed over."""
    return _decode(_from_keeper, data, known=_SAID_BY_KEEPER)


def decode_from_door(data: bytes) -> FromDoor:
    """Read what a door says. Raises Refused ``malformed``, or ``unknown-packet``: to be passed over."""
    return _decode(_from_door, data, known=_SAID_BY_DOOR)


def _decode(decoder: "msgspec.json.Decoder[P]", data: bytes, *, known: frozenset[str]) -> P:
    try:
        return decode_strictly(decoder, data)
    except Refused:
        if decode_strictly(_frame, data).say in known:
            raise
        raise Refused("unknown-packet", "a doorctl of another version says it") from None

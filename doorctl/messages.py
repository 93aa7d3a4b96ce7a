"""What signed notes say: one struct per type, decoded strictly.

A note's text is two lines: ``doorctl/v1/<type>`` and one line of JSON. An unknown type, an unknown or
missing field, a wrong type or a value out of range is refused with a name. No struct has room for
personal data: that travels sealed, beside the note (``doorctl.notes.attach``).
"""

import hashlib
from typing import Annotated, ClassVar, TypeVar

import msgspec

from doorctl.errors import Refused
from doorctl.policy.rows import Name, Row, UnixSeconds

VERSION = "doorctl/v1/"
FEATURE_LEVEL = 1

Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Revision = Count
Nonce = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
PublicKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Text = Annotated[str, msgspec.Meta(max_length=1000)]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any signed statement; it is about one site, and its kind stands in the note's first line."""

    kind: ClassVar[str]
    site: Name


class HubKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hub: its key name, what it signs with, and what is sealed to it."""

    name: str
    sign: PublicKey
    box: PublicKey


class AdminKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An admin: what they sign with and what is sealed to them."""

    id: Name
    sign: PublicKey
    box: PublicKey


class ControllerKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A controller: its keeper's key, its log's key, and what is sealed to it."""

    id: Name
    ack: PublicKey
    log: PublicKey
    box: PublicKey


class Trust(Message, frozen=True, forbid_unknown_fields=True):
    """Who may be hub, admin and controller; signed by the site root."""

    kind: ClassVar[str] = "trust"
    version: Count
    roots: tuple[PublicKey, ...]
    hub: HubKeys
    admins: tuple[AdminKeys, ...] = ()
    controllers: tuple[ControllerKeys, ...] = ()


class Head(Message, frozen=True, forbid_unknown_fields=True):
    """The newest revision, its chain and the digest of all rows; signed by the hub."""

    kind: ClassVar[str] = "head"
    epoch: Count
    revision: Revision
    chain: Hex32
    digest: Hex32
    at: UnixSeconds


class Put(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="put", tag_field="do"):
    """Write a row, in place of one with the same key."""

    row: Row


class Drop(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="drop", tag_field="do"):
    """Remove exactly this row."""

    row: Row


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One revision: what it does to the rows, and the signed command that asked for it."""

    revision: Revision
    at: UnixSeconds
    operations: tuple[Put | Drop, ...]
    needs: Count = FEATURE_LEVEL
    command: str = ""


class Delta(Message, frozen=True, forbid_unknown_fields=True):
    """Consecutive changes as exact bytes, and the chain after the last; signed by the hub."""

    kind: ClassVar[str] = "delta"
    epoch: Count
    first: Revision
    last: Revision
    chain: Hex32
    changes: tuple[msgspec.Raw, ...]


class Ask(Message, frozen=True, forbid_unknown_fields=True):
    """A keeper asks for all it lacks after ``revision``; the nonce binds the answer. Signed by its ack key."""

    kind: ClassVar[str] = "ask"
    controller: Name
    nonce: Nonce
    epoch: Count
    revision: Revision
    wants_card_keys: bool = False


class Answer(Message, frozen=True, forbid_unknown_fields=True):
    """The hub's answer to one nonce: the head; card keys, if wanted, travel sealed beside it."""

    kind: ClassVar[str] = "answer"
    controller: Name
    nonce: Nonce
    head: Head
    sealed: Hex32 | None = None


class Ack(Message, frozen=True, forbid_unknown_fields=True):
    """A keeper says which revision it has committed; signed by its ack key."""

    kind: ClassVar[str] = "ack"
    controller: Name
    epoch: Count
    revision: Revision
    chain: Hex32
    digest: Hex32
    level: Count = FEATURE_LEVEL


class LogBatch(Message, frozen=True, forbid_unknown_fields=True):
    """Consecutive leaves that end at a checkpoint; their openings travel sealed beside. Signed by the ack key."""

    kind: ClassVar[str] = "log"
    controller: Name
    log_epoch: Count
    first: Count
    leaves: tuple[str, ...]
    checkpoint: str


class LogAck(Message, frozen=True, forbid_unknown_fields=True):
    """The hub holds every record of this log epoch below ``size``, and their root is this; signed by the hub."""

    kind: ClassVar[str] = "logack"
    controller: Name
    log_epoch: Count
    size: Count
    root: Hex32


class Response(Message, frozen=True, forbid_unknown_fields=True):
    """The hub's answer to a command; a result, if there is one, travels sealed beside. Signed by the hub.

    ``verdict`` is ``accepted`` (more follows), ``done``, ``partial`` or ``refused``; ``reason`` is a stable word.
    """

    kind: ClassVar[str] = "response"
    admin: Name
    command: Nonce
    verdict: str
    reason: str = ""
    text: Text = ""
    revision: Revision | None = None
    sealed: Hex32 | None = None


M = TypeVar("M", bound=Message)

_encoder = msgspec.json.Encoder()
_decoders: dict[type[Message], msgspec.json.Decoder[Message]] = {}
_change_decoder = msgspec.json.Decoder(Change)


def to_text(message: Message) -> bytes:
    """Write a message as the text of a note."""
    return f"{VERSION}{message.kind}\n".encode() + _encoder.encode(message) + b"\n"


def from_text(text: bytes, message_type: type[M], *, site: str) -> M:
    """Read a note's text as this type of message about this site.

    Raises Refused: ``wrong-type``, ``malformed`` or ``wrong-site``.
    """
    first, _, body = text.partition(b"\n")
    if first != f"{VERSION}{message_type.kind}".encode():
        raise Refused("wrong-type", f"expected a {message_type.kind} note")
    if body.count(b"\n") != 1:
        raise Refused("malformed", "a note's text has two lines")
    decoder = _decoders.setdefault(message_type, msgspec.json.Decoder(message_type))
    message = decode_strictly(decoder, body)
    assert isinstance(message, message_type)
    if message.site != site:
        raise Refused("wrong-site", "the note is about another site")
    return message


def change_from(raw: msgspec.Raw) -> Change:
    """Read one change of a delta. Raises Refused ``malformed``."""
    return decode_strictly(_change_decoder, bytes(raw))


T = TypeVar("T")


def decode_strictly(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """Read JSON that anybody may have written. Raises Refused ``malformed``, also for what is nested too deep."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("malformed", str(error)) from error


def bound_to(message: Answer | Response, sealed: bytes) -> Answer | Response:
    """Return the message with the SHA-256 of what travels sealed beside it: sealing itself names no sender."""
    return msgspec.structs.replace(message, sealed=hashlib.sha256(sealed).hexdigest())


def beside(message: Answer | Response, sealed: bytes | None) -> bytes | None:
    """Return the sealed part, if it is the one that the signer has put there. Raises Refused ``wrong-sealed``."""
    found = None if sealed is None else hashlib.sha256(sealed).hexdigest()
    if found != message.sealed:
        raise Refused("wrong-sealed", "the sealed part is not the one that was signed for")
    return sealed

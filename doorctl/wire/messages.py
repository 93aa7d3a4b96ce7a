"""What signed notes say: one struct per type, decoded strictly.

A note's text is two lines: ``doorctl/v1/<type>`` and one line of JSON. An unknown type, a missing field, a wrong
type or a value out of range is refused with a name. A field that we do not know is passed over: what must not be
passed over, because it changes what a note means, raises the note's ``needs`` (ADR 5). No struct has room for
personal data: that travels sealed, beside the note (``doorctl.wire.notes.attach``).
"""

import hashlib
from typing import Annotated, ClassVar, TypeVar

import msgspec

from doorctl.errors import Refused
from doorctl.policy.rows import Name, Row, Scope, UnixSeconds
from doorctl.wire.loop_state import LoopState
from doorctl.wire.verdict import Verdict

VERSION = "doorctl/v1/"
FEATURE_LEVEL = 5
"""What this doorctl understands: 1 the first rows; 2 zone rules, rosters, lockdown, suspended admins, card rings;
3 erasures; 4 factors and PINs; 5 limits of cards, who is inside, visitors, classes of readers and cards, threat."""

Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Revision = Count
Nonce = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
PublicKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Text = Annotated[str, msgspec.Meta(max_length=1000)]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]{0,64}\Z")]
"""One of a list of words, which may be longer than the one that we know."""
MOST_DOORS = 256
"""Of one controller: more than a board has pins, and few enough to be looked at with every word."""
Doors = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_DOORS)]
ZonesByDoor = Annotated[dict[Name, Name], msgspec.Meta(max_length=MOST_DOORS)]


class Message(msgspec.Struct, frozen=True):
    """Any signed statement; it is about one site, and its kind stands in the note's first line."""

    kind: ClassVar[str]
    site: Name


class Head(Message, frozen=True):
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


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One revision: what it does to the rows, and the signed command that asked for it.

    ``command`` holds one note, or that of the admin who asked followed by that of the admin who approved.
    ``zones`` names the zones it is about, for those below the feature level that it ``needs``: they deny in these
    zones, or everywhere when nothing is said.
    """

    revision: Revision
    at: UnixSeconds
    operations: tuple[Put | Drop, ...]
    needs: Count = 1
    command: str = ""
    zones: tuple[Scope, ...] | None = None


class ChangeFrame(msgspec.Struct, frozen=True):
    """What can be read of a change that needs a higher feature level than ours."""

    revision: Revision
    at: UnixSeconds
    needs: Count = 1
    zones: tuple[Scope, ...] | None = None


class Delta(Message, frozen=True):
    """Consecutive changes as exact bytes, and the chain after the last; signed by the hub."""

    kind: ClassVar[str] = "delta"
    epoch: Count
    first: Revision
    last: Revision
    chain: Hex32
    changes: tuple[msgspec.Raw, ...]


class Ask(Message, frozen=True, omit_defaults=True):
    """A keeper asks for all it lacks after ``revision``; the nonce binds the answer. Signed by its ack key.

    One that collects a snapshot names it and asks for ``chunks`` chunks from ``chunk`` on. ``wants_snapshot``: only a
    whole policy helps, for ours holds changes that a doorctl before this one had to keep aside. ``wants_deltas``: a
    snapshot cannot be stored here. ``counter`` is higher than in every question before. ``kept`` is the furthest
    revision, of ``kept_epoch``, that a keeper whose policy was lost has once held: its doors deny until the hub
    confirms as much. ``wants_occupancy``: tell the whole of who is inside.
    """

    kind: ClassVar[str] = "ask"
    controller: Name
    nonce: Nonce
    epoch: Count
    revision: Revision
    wants_card_keys: bool = False
    level: Count = 1
    trust: Count = 0
    snapshot: Nonce | None = None
    chunk: Count = 0
    chunks: Count = 0
    wants_snapshot: bool = False
    wants_deltas: bool = False
    counter: Count = 0
    kept_epoch: Count = 0
    kept: Revision = 0
    wants_occupancy: bool = False


class Offer(msgspec.Struct, frozen=True):
    """A snapshot that the hub has ready: its id, how many chunks it has, and the position it leads to."""

    snapshot: Nonce
    chunks: Count
    epoch: Count
    revision: Revision
    chain: Hex32
    digest: Hex32
    needs: Count = 1


class Answer(Message, frozen=True, omit_defaults=True):
    """The hub's answer to one nonce: the head, and a snapshot for who lacks too much; signed by the hub.

    ``head.at`` is the hub's time. Card keys, if wanted, travel sealed beside it.
    """

    kind: ClassVar[str] = "answer"
    controller: Name
    nonce: Nonce
    head: Head
    sealed: Hex32 | None = None
    offer: Offer | None = None


class Chunk(Message, frozen=True):
    """One piece of a snapshot; its data, compressed, lies beside the note as it is. Signed by the hub."""

    kind: ClassVar[str] = "chunk"
    snapshot: Nonce
    number: Count
    sha256: Hex32


class Ack(Message, frozen=True, omit_defaults=True):
    """A keeper says what it has committed, and what the door answers with; signed by its ack key.

    ``in_force`` is the revision by which the door process answers, None while there is no door process.
    ``withheld`` counts changes that are kept aside for a higher feature level, ``fresh_seconds`` is the age of the
    policy as the doors reckon it, ``clock`` the quality of the controller's wall clock. ``strict_zones`` holds, by
    door, the zones that its doors' own configuration calls strict. ``hub_forked``: the hub's own log is not the one
    that it was. ``counter`` is higher than in every acknowledgement before. ``loop``: how late the door's loop was.
    """

    kind: ClassVar[str] = "ack"
    controller: Name
    epoch: Count
    revision: Revision
    chain: Hex32
    digest: Hex32
    level: Count = 1
    in_force: Revision | None = None
    doors: Doors = ()
    withheld: Count = 0
    fresh_seconds: Count | None = None
    clock: Word = ""
    trust: Count = 0
    forked: bool = False
    strict_zones: ZonesByDoor = {}
    counter: Count = 0
    hub_forked: bool = False
    loop: LoopState | None = None


class Recall(Message, frozen=True, omit_defaults=True):
    """A hub that has lost its newest changes asks controllers for the deltas after ``revision``; signed by the hub.

    A controller answers with the very notes that the hub signed then. One that is named is asked alone: it says that
    it followed another history, and shall prove it.
    """

    kind: ClassVar[str] = "recall"
    epoch: Count
    revision: Revision
    controller: Name | None = None


class LogBatch(Message, frozen=True, omit_defaults=True):
    """Consecutive leaves that end at a checkpoint; their openings travel sealed beside. Signed by the ack key.

    No leaves ask for the checkpoint's cosignature anew, and count only with the time of the newest one that the
    controller knows, ``cosigned_at``: so nobody makes silence look like news by repeating what was recorded.
    ``hub_epoch`` and ``hub_size`` are what the controller knows of the hub's own log: the acknowledgement proves that
    this has only grown. ``hub_checkpoint`` is a checkpoint of the hub's that what it said since does not follow.
    """

    kind: ClassVar[str] = "log"
    controller: Name
    log_epoch: Count
    first: Count
    leaves: tuple[str, ...]
    checkpoint: str
    hub_epoch: Count = 0
    hub_size: Count = 0
    cosigned_at: UnixSeconds = 0
    hub_checkpoint: str = ""


class LogAck(Message, frozen=True, omit_defaults=True):
    """The hub holds every record of this log epoch below ``size``, and their root is this; signed by the hub.

    ``cosignature`` is the hub's line under the checkpoint of that size. ``hub_checkpoint`` is of the hub's own log,
    and ``hub_proof`` shows that it only grew since ``hub_since`` (RFC 6962, section 2.1.2): the ``hub_size`` that the
    batch named, 0 when it named another epoch. So it can be told from an acknowledgement of earlier.
    """

    kind: ClassVar[str] = "logack"
    controller: Name
    log_epoch: Count
    size: Count
    root: Hex32
    cosignature: str = ""
    hub_checkpoint: str = ""
    hub_since: Count = 0
    hub_proof: Annotated[tuple[Hex32, ...], msgspec.Meta(max_length=128)] = ()


class Missing(msgspec.Struct, frozen=True, omit_defaults=True):
    """A controller that has not answered: when it was last heard, and when its doors deny by themselves.

    ``denies_at`` is None where no zone behind its doors has a ``max_age_seconds``, or this controller has not yet
    answered by the change that says so: those doors go on as they were.
    """

    controller: Name
    heard_at: UnixSeconds | None = None
    denies_at: UnixSeconds | None = None


class Response(Message, frozen=True, omit_defaults=True):
    """The hub's answer to a command; a result, if there is one, travels sealed beside. Signed by the hub.

    ``reason`` is a stable word.
    """

    kind: ClassVar[str] = "response"
    admin: Name
    command: Nonce
    verdict: Verdict
    reason: str = ""
    text: Text = ""
    revision: Revision | None = None
    sealed: Hex32 | None = None
    in_force: Count | None = None
    controllers: Count | None = None
    missing: tuple[Missing, ...] = ()


M = TypeVar("M", bound=Message)

_encoder = msgspec.json.Encoder()
_decoders: dict[type[Message], msgspec.json.Decoder[Message]] = {}
_change_decoder = msgspec.json.Decoder(Change)
_frame_decoder = msgspec.json.Decoder(ChangeFrame)


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


def frame_from(raw: msgspec.Raw) -> ChangeFrame:
    """Read what every feature level can read of a change. Raises Refused ``malformed``."""
    return decode_strictly(_frame_decoder, bytes(raw))


def change_from(raw: msgspec.Raw) -> Change:
    """Read one change of a delta. Raises Refused ``malformed``."""
    return decode_strictly(_change_decoder, bytes(raw))


T = TypeVar("T")


NOT_STRICT = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What comes of JSON that is not what it should be, or nested too deep."""


def decode_strictly(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """Read JSON that anybody may have written. Raises Refused ``malformed``, also for what is nested too deep."""
    try:
        return decoder.decode(body)
    except NOT_STRICT as error:
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

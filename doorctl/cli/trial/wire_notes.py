"""Messages on the wire, decoded for a person: what each says, who signed it, and the verdict by the site's trust.

A verdict is ``ok``, ``bad-signature``, ``unknown-signer``, ``malformed``, ``old`` (by a position that a newer one
has overtaken, or a time that is over) or ``unsigned``. What is sealed is never opened: its size is all that is told.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import msgspec

from doorctl.errors import Refused
from doorctl.keys.identity import ack_key_name, admin_key_name
from doorctl.trust.note import Trust
from doorctl.trust.verify import SignedTrust, open_trust
from doorctl.wire.alerts import Alert
from doorctl.wire.commands import Command
from doorctl.wire.messages import (
    Ack,
    Answer,
    Ask,
    Chunk,
    Delta,
    Head,
    LogAck,
    LogBatch,
    Message,
    Recall,
    Response,
    beside,
    decode_strictly,
    from_text,
)
from doorctl.wire.notes import Verifier, detach, detach_data, open_note
from doorctl.wire.orders import Carried, Order
from doorctl.wire.site_occupancy import OccupancyNote
from doorctl.wire.topics import Address, Channel, parse


class TraceVerdict(StrEnum):
    """What the site's trust says of a message."""

    OK = "ok"
    BAD_SIGNATURE = "bad-signature"
    UNKNOWN_SIGNER = "unknown-signer"
    MALFORMED = "malformed"
    OLD = "old"
    UNSIGNED = "unsigned"


MESSAGES: dict[Channel, type[Message]] = {
    Channel.TRUST: Trust,
    Channel.HEAD: Head,
    Channel.DELTA: Delta,
    Channel.RECALL: Recall,
    Channel.ALERT: Alert,
    Channel.SNAPSHOT: Chunk,
    Channel.OCCUPANCY: OccupancyNote,
    Channel.WHOLE_OCCUPANCY: OccupancyNote,
    Channel.ASK: Ask,
    Channel.ACK: Ack,
    Channel.LOG: LogBatch,
    Channel.NOTES: Delta,
    Channel.CARRIED: Carried,
    Channel.ANSWER: Answer,
    Channel.LOG_ACK: LogAck,
    Channel.ORDER: Order,
    Channel.COMMAND: Command,
    Channel.RESPONSE: Response,
}
_WITH_DATA = frozenset({Channel.SNAPSHOT, Channel.OCCUPANCY, Channel.WHOLE_OCCUPANCY})
_BY_CONTROLLERS = frozenset({Channel.ASK, Channel.ACK, Channel.LOG, Channel.CARRIED})
_TELLS: dict[type[Message], tuple[str, ...]] = {
    Trust: ("version", "epoch", "expires", "needs"),
    Head: ("epoch", "revision"),
    Delta: ("epoch", "first", "last"),
    Recall: ("epoch", "revision"),
    Alert: ("id", "rule", "severity", "state", "controller", "door"),
    Chunk: ("snapshot", "number"),
    OccupancyNote: ("run", "number", "part", "parts"),
    Ask: ("epoch", "revision", "level", "trust", "snapshot", "chunk", "chunks"),
    Ack: (
        "epoch",
        "revision",
        "in_force",
        "withheld",
        "fresh_seconds",
        "clock",
        "level",
        "trust",
        "forked",
        "hub_forked",
    ),
    LogBatch: ("log_epoch", "first"),
    LogAck: ("log_epoch", "size"),
    Carried: ("id", "outcome", "reason", "record"),
    Order: ("id", "admin", "expires"),
    Command: ("id", "admin", "expires"),
    Response: ("command", "verdict", "reason", "revision", "in_force", "controllers"),
}
"""What is told of each type; the text of a response is for its admin alone."""


@dataclass(frozen=True, slots=True)
class Traced:
    """One message on the wire."""

    at: str
    topic: str
    kind: str
    verdict: TraceVerdict
    signers: tuple[str, ...]
    retained: bool
    size: int
    sealed: int | None = None
    facts: dict[str, object] = field(default_factory=dict)

    def as_object(self) -> dict[str, object]:
        """Return it for programs."""
        return asdict(self)

    def line(self) -> str:
        """Write it for people: nothing in it can move a terminal's cursor."""
        words = [self.at, self.topic, self.kind, self.verdict, f"by={','.join(self.signers) or '-'}"]
        words += [f"{name}={value}" for name, value in self.facts.items()]
        words += [f"size={self.size}"]
        words += [] if self.sealed is None else [f"sealed={self.sealed}"]
        words += ["retained"] if self.retained else []
        return _printable(" ".join(words))


class Tracer:
    """Reads what comes by the trust that it holds, takes newer trust as it comes, and remembers what is newest."""

    def __init__(self, site: str, signed: SignedTrust, root_keys: tuple[bytes, ...]) -> None:
        """Begin with the trust that is stored."""
        self._site = site
        self._trust = signed.trust
        self._root_keys = root_keys
        self._newest: dict[str, tuple[int, int]] = {}

    def read(self, topic: str, payload: bytes, *, retained: bool, at: datetime) -> Traced:
        """Decode one message; whatever is wrong with it is its verdict."""
        traced = Traced(
            at.isoformat(timespec="milliseconds"), topic, "?", TraceVerdict.MALFORMED, (), retained, len(payload)
        )
        try:
            address = parse(self._site, topic)
        except Refused:
            return traced
        if address.channel is Channel.STATE:
            return _replace(traced, kind="state", **_state(payload))
        message_type = MESSAGES[address.channel]
        traced = _replace(traced, kind=message_type.kind)
        try:
            note, sealed = _apart(address.channel, payload)
            message, signers = self._open(note, address, message_type)
            _require_what_lies_beside(message, sealed)
        except Refused as refusal:
            return _replace(traced, verdict=_VERDICT_OF.get(refusal.refusal, TraceVerdict.MALFORMED))
        size = None if sealed is None or address.channel is Channel.SNAPSHOT else len(sealed)
        verdict = TraceVerdict.OLD if self._is_old(message, topic, at) else TraceVerdict.OK
        return _replace(traced, verdict=verdict, signers=tuple(sorted(signers)), sealed=size, facts=_facts(message))

    def _open(self, note: bytes, address: Address, message_type: type[Message]) -> tuple[Message, frozenset[str]]:
        if message_type is Trust:
            signed = open_trust(note, site=self._site, root_keys=self._root_keys, held=self._trust)
            self._trust = signed.trust
            return signed.trust, frozenset({"root"})
        opened = open_note(note, self._verifiers(address))
        return from_text(opened.text, message_type, site=self._site), opened.signers

    def _verifiers(self, address: Address) -> list[Verifier]:
        trust = self._trust
        if address.channel in _BY_CONTROLLERS:
            return [
                Verifier(ack_key_name(each.id), each.ack) for each in trust.controllers if each.id == address.name
            ]
        if address.channel is Channel.COMMAND:
            return [Verifier(admin_key_name(each.id), each.sign) for each in trust.admins if each.id == address.name]
        return [Verifier(trust.hub.name, trust.hub.sign)]

    def _is_old(self, message: Message, topic: str, at: datetime) -> bool:
        if isinstance(message, Command | Order):
            return message.expires < at.timestamp()
        if not isinstance(message, Head | Ack | Answer):
            return False
        told = message.head if isinstance(message, Answer) else message
        key = topic if isinstance(message, Ack) else Head.kind
        newest = max(self._newest.get(key, (0, 0)), (told.epoch, told.revision))
        self._newest[key] = newest
        return (told.epoch, told.revision) < newest


_VERDICT_OF = {
    "bad-signature": TraceVerdict.BAD_SIGNATURE,
    "unknown-signer": TraceVerdict.UNKNOWN_SIGNER,
    "old-trust": TraceVerdict.OLD,
}
"""The verdict by the word of a refusal; every other one means that the message is malformed."""


def _replace(traced: Traced, **news: object) -> Traced:
    return replace(traced, **news)  # type: ignore[arg-type]


def _apart(channel: Channel, payload: bytes) -> tuple[bytes, bytes | None]:
    return detach_data(payload) if channel in _WITH_DATA else detach(payload)


def _require_what_lies_beside(message: Message, found: bytes | None) -> None:
    if isinstance(message, Answer | Response):
        beside(message, found)
    if isinstance(message, Chunk | OccupancyNote) and hashlib.sha256(found or b"").hexdigest() != message.sha256:
        raise Refused("wrong-data", "the data is not the one that was signed for")


def _state(payload: bytes) -> dict[str, object]:
    try:
        told = decode_strictly(_any_object, payload)
    except Refused:
        return {}
    facts = {name: told[name] for name in ("link", "session", "certificate_expires") if name in told}
    return {"verdict": TraceVerdict.UNSIGNED, "facts": facts}


_any_object: msgspec.json.Decoder[dict[str, str | int | None]] = msgspec.json.Decoder(dict[str, str | int | None])


def _facts(message: Message) -> dict[str, object]:
    told = message.head if isinstance(message, Answer) else message
    facts = {name: getattr(told, name) for name in _TELLS[type(told)]}
    more = _MORE.get(type(message))
    return {
        name: value for name, value in (facts | (more(message) if more else {})).items() if value not in (None, "")
    }


def _deed(message: Message) -> dict[str, object]:
    assert isinstance(message, Order)
    return {"do": message.deed.__struct_config__.tag}


def _verb(message: Message) -> dict[str, object]:
    assert isinstance(message, Command)
    return {"do": message.do.__struct_config__.tag}


def _parties(message: Message) -> dict[str, object]:
    assert isinstance(message, Trust)
    return {"admins": len(message.admins), "controllers": len(message.controllers)}


def _leaves(message: Message) -> dict[str, object]:
    assert isinstance(message, LogBatch)
    return {"records": len(message.leaves)}


def _offer(message: Message) -> dict[str, object]:
    assert isinstance(message, Answer)
    return {} if message.offer is None else {"offers": message.offer.snapshot, "chunks": message.offer.chunks}


_MORE: dict[type[Message], Callable[[Message], dict[str, object]]] = {
    Order: _deed,
    Command: _verb,
    Trust: _parties,
    LogBatch: _leaves,
    Answer: _offer,
}


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)

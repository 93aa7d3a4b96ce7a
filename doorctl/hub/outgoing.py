"""What the hub says: signed payloads, each with the address it goes to."""

from dataclasses import dataclass

from doorctl.keys.identity import Identity
from doorctl.keys.sealing import seal
from doorctl.wire.messages import Answer, Message, Response, bound_to, to_text
from doorctl.wire.notes import attach, sign_text
from doorctl.wire.topics import RETAINED, Address


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload for the broker."""

    address: Address
    payload: bytes

    @property
    def retain(self) -> bool:
        """Whether the broker keeps it for those who come later."""
        return self.address.channel in RETAINED


@dataclass(frozen=True, slots=True)
class Sealed:
    """What travels beside a note for one reader's eyes: to whom, and what it is about."""

    plain: bytes
    to: bytes
    about: str


def signed(identity: Identity, message: Message) -> bytes:
    """Sign a message."""
    return sign_text(to_text(message), identity.signer)


def signed_with(identity: Identity, message: Answer | Response, beside: Sealed | None) -> bytes:
    """Sign a message and, where there is one, the sealed part that travels beside it."""
    if beside is None:
        return signed(identity, message)
    sealed = seal(beside.plain, to=beside.to, about=beside.about)
    return attach(signed(identity, bound_to(message, sealed)), sealed)

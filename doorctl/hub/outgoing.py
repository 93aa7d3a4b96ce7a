"""What the hub says: signed payloads, each with the address it goes to."""

from dataclasses import dataclass

from doorctl.keys import Identity, seal
from doorctl.messages import Message, to_text
from doorctl.notes import attach, sign_text
from doorctl.topics import RETAINED, Address


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


def signed(identity: Identity, message: Message, beside: Sealed | None = None) -> bytes:
    """Sign a message, with a sealed part beside it where there is one."""
    note = sign_text(to_text(message), identity.signer)
    return attach(note, None if beside is None else seal(beside.plain, to=beside.to, about=beside.about))

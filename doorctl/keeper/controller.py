"""Which controller a keeper speaks for, and what it says."""

from dataclasses import dataclass
from pathlib import Path

from doorctl.keys.identity import Identity
from doorctl.wire.messages import Message, to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.topics import Channel


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload to publish on a channel of this controller."""

    channel: Channel
    payload: bytes


@dataclass(frozen=True, slots=True)
class Controller:
    """One controller of a site: its keeper's keys, and where its ring of card keys lies."""

    site: str
    name: str
    identity: Identity
    card_keys: Path

    def say(self, channel: Channel, message: Message) -> Outgoing:
        """Sign a message for a channel."""
        return Outgoing(channel, sign_text(to_text(message), self.identity.signer))

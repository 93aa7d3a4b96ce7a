"""What a client asks of a broker, and what arrives from one: plain values, known to no MQTT library."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from doorctl.wire.notes import MAX_PAYLOAD_BYTES

KEEPALIVE_SECONDS = 30
TOPIC_AND_HEADER_BYTES = 1024
MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + TOPIC_AND_HEADER_BYTES
"""What client and broker tell each other that they take at most."""
SESSION_SECONDS = 300
"""How long a broker remembers a client that is gone: over a short loss, no more; nothing depends on it."""

MessageHandler = Callable[[str, bytes, bool], Awaitable[None] | None]
"""Gets topic, payload and whether the broker had kept it; the broker is told only after it has returned."""


def new_client_id(name: str) -> str:
    """Name a client for as long as its process runs: nobody can guess it, and throw us off by taking it."""
    return f"{name}-{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us, and keeps, when we are suddenly gone."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """One client's session: it outlives a connection by ``session_seconds`` (0: it does not, on MQTT 3.1.1 too)."""

    client_id: str
    version: int
    subscriptions: tuple[str, ...]
    will: Will | None = None
    session_seconds: int = SESSION_SECONDS
    user: str | None = None
    """What a probe says it is; certificates say who we are."""
    has_websockets: bool = False

    def __post_init__(self) -> None:
        """Know two versions of MQTT."""
        if self.version not in (4, 5):
            raise ValueError("MQTT version 4 (3.1.1) or 5")


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came; ``topic`` is None where it is not UTF-8. Nothing is there of one that is too long."""

    topic: str | None
    payload: bytes
    retained: bool
    identifier: int
    qos: int
    is_too_long: bool = False

"""The roll of controllers: whom trust names, what each has acknowledged, and when it was last heard.

Anybody can repeat what was recorded: only what is news is a sign of life. The hub's memory of what is news begins
when it starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import msgspec

from doorctl.errors import Refused
from doorctl.keys import ack_key_name
from doorctl.messages import Ack, Ask, LogBatch, decode_strictly, from_text
from doorctl.notes import Verifier, open_note
from doorctl.trust_note import ControllerKeys, Trust

FromController = TypeVar("FromController", Ask, Ack, LogBatch)

MAX_STATE_BYTES = 256


class LinkState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link, or its last will, says of itself; unsigned, so nothing depends on it."""

    link: str


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known about a controller since the hub started."""

    revision: int | None = None
    heard_at: datetime | None = None
    link: str = "unknown"


_LINK_WORDS = ("online", "offline")
_link_state = msgspec.json.Decoder(LinkState)


class Roll:
    """Whom the hub listens to, and how far each one is."""

    def __init__(self, trust: Trust) -> None:
        """Begin with the controllers that trust names."""
        self.trust = trust
        self._presences: dict[str, Presence] = {}

    def keys_of(self, controller: str) -> ControllerKeys:
        """Return the keys of a controller. Raises Refused ``unknown-controller``."""
        for keys in self.trust.controllers:
            if keys.id == controller:
                return keys
        raise Refused("unknown-controller", "trust names no such controller")

    def open(self, note: bytes, message_type: type[FromController], *, controller: str) -> FromController:
        """Check a note of a controller's keeper. Raises Refused, also ``wrong-topic``."""
        keys = self.keys_of(controller)
        opened = open_note(note, [Verifier(ack_key_name(controller), keys.ack)])
        message = from_text(opened.text, message_type, site=self.trust.site)
        if message.controller != controller:
            raise Refused("wrong-topic", "the note names another controller than its topic")
        return message

    def heard(self, controller: str, at: datetime) -> None:
        """Note a sign of life: something that a controller has never said before."""
        self._update(controller, heard_at=at)

    def acknowledged(self, controller: str, revision: int, at: datetime) -> None:
        """Note that a controller has a revision; an acknowledgement that is late or repeated changes nothing."""
        known = self.presence(controller).revision
        if known is None or revision > known:
            self._update(controller, revision=revision, heard_at=at)

    def link_said(self, controller: str, payload: bytes) -> None:
        """Note what a link says of itself. Raises Refused."""
        self.keys_of(controller)
        if len(payload) > MAX_STATE_BYTES:
            raise Refused("too-large", f"the state of a link has at most {MAX_STATE_BYTES} bytes")
        state = decode_strictly(_link_state, payload)
        if state.link not in _LINK_WORDS:
            raise Refused("malformed", "not the state of a link")
        self._update(controller, link=state.link)

    def presence(self, controller: str) -> Presence:
        """Return what is known about a controller."""
        return self._presences.get(controller, Presence())

    def lacking(self, revision: int) -> tuple[str, ...]:
        """Name the controllers that have not acknowledged a revision."""
        return tuple(keys.id for keys in self.trust.controllers if (self.presence(keys.id).revision or 0) < revision)

    @property
    def presences(self) -> Mapping[str, Presence]:
        """What is known, by controller, in the order of trust."""
        return {keys.id: self.presence(keys.id) for keys in self.trust.controllers}

    def _update(self, controller: str, **news: object) -> None:
        self._presences[controller] = replace(self.presence(controller), **news)  # type: ignore[arg-type]

"""The roll of controllers: whom trust names, what each has acknowledged, and when it was last heard.

Anybody can repeat what was recorded: only what is news is a sign of life.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from doorctl.errors import Refused
from doorctl.hub.controllers.presence import NOBODY, Presence
from doorctl.hub.controllers.served_doors import ServedDoors
from doorctl.journal import Level, is_worth_saying, say
from doorctl.keys.identity import ack_key_name
from doorctl.trust.note import ControllerKeys, Trust
from doorctl.trust.verify import is_expired
from doorctl.wire.link_state import LinkState, LinkWord
from doorctl.wire.messages import Ack, Ask, LogBatch, decode_strictly, from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.orders import Carried

FromController = TypeVar("FromController", Ask, Ack, LogBatch, Carried)

MAX_STATE_BYTES = 256

_link_state = msgspec.json.Decoder(LinkState)


class Roll:
    """Whom the hub listens to, and how far each one is."""

    def __init__(self, trust: Trust, presences: Mapping[str, Presence] | None = None) -> None:
        """Begin with the controllers that trust names, and what was known of them before."""
        self.trust = trust
        self.lost_trust: int | None = None
        """The version of newer trust that the root has signed, and that we cannot take."""
        self.late_with_leavers: tuple[str, ...] = ()
        """The controllers that were there and have not confirmed in time to deny a leaver."""
        self._presences = dict(presences or {})
        self._changed: set[str] = set()
        self._newer_trust_said: Counter[str] = Counter()
        self._said: dict[str, tuple[int, int]] = {}
        self._keys = _ack_keys(trust)
        self._served = self._served_doors()

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

    def is_next(self, said: Ask | Ack) -> bool:
        """Note the number of a word; False for one that was said before, or before another one."""
        known = self.presence(said.controller)
        number = known.ask_counter if isinstance(said, Ask) else known.ack_counter
        if said.counter <= number:
            return said.counter == number == 0  # a doorctl that does not count yet
        changed = {"ask_counter" if isinstance(said, Ask) else "ack_counter": said.counter}
        self._update(said.controller, msgspec.structs.replace(known, **changed))
        return True

    def take_place(self, said: Ask | Ack) -> None:
        """Note how far a controller says to be, in its newest word, also where we know of no such revision."""
        self._said[said.controller] = (said.epoch, said.revision)

    def place_of(self, controller: str) -> tuple[int, int]:
        """Return epoch and revision of where a controller is, by what it has acknowledged or by its newest word."""
        known = self.presence(controller)
        return max((known.epoch, known.revision or 0), self._said.get(controller, (0, 0)))

    def went_back(self, ack: Ack, at: int) -> bool:
        """Note that a controller is not as far any more as it was; False for one that is."""
        known = self.presence(ack.controller)
        if not known.is_back(ack):
            return False
        self._update(ack.controller, known.back_at(ack, at))
        return True

    def heard(self, controller: str, at: int) -> None:
        """Note a sign of life: something that a controller has never said before."""
        self._update(controller, msgspec.structs.replace(self.presence(controller), heard_at=at))

    def asked(self, controller: str, at: int) -> None:
        """Note that a controller gets an answer to a new question of its own."""
        self._update(controller, msgspec.structs.replace(self.presence(controller), heard_at=at, asked_at=at))

    def acknowledged(self, ack: Ack, *, agrees: bool | None, at: int) -> None:
        """Note what a controller has, and whether its digest is ours; None where the two cannot be compared."""
        self._update(ack.controller, self.presence(ack.controller).after(ack, agrees=agrees, at=at))

    def trust_said(self, controller: str, version: int) -> None:
        """Note which version of trust a controller holds; a newer one than ours is an alarm."""
        known = self.presence(controller)
        if not version or version == known.trust:
            return
        if version > self.trust.version:
            self._newer_trust_said[controller] += 1
            if is_worth_saying(self._newer_trust_said[controller]):
                say("trust_behind", Level.ALARM, says=controller, version=version, own=self.trust.version)
        self._update(controller, msgspec.structs.replace(known, trust=version))

    def hub_fork_said(self, ack: Ack) -> None:
        """Note whether a controller knows another history of the hub's own log, whatever else it says."""
        known = self.presence(ack.controller)
        if ack.hub_forked != known.hub_forked:
            self._update(ack.controller, msgspec.structs.replace(known, hub_forked=ack.hub_forked))

    def take_trust(self, trust: Trust) -> None:
        """Go on with those whom newer trust names."""
        self.trust, self.lost_trust = trust, None
        self._keys = _ack_keys(trust)
        self._served = self._served_doors()

    @property
    def newer_trust(self) -> int | None:
        """The version of trust that is newer than ours, if the root has signed one, or a controller says so."""
        said = max((presence.trust for presence in self.presences.values()), default=0)
        return self.lost_trust or (said if said > self.trust.version else None)

    def trust_bars_additions(self, at: datetime) -> bool:
        """Tell whether trust lets nobody add now to what people may do: it has expired, or is not the newest."""
        return self.newer_trust is not None or is_expired(self.trust, at.timestamp())

    def forked(self, controller: str) -> None:
        """Note that a controller follows another history than ours."""
        self._update(controller, msgspec.structs.replace(self.presence(controller), forked=True))

    def link_said(self, controller: str, payload: bytes) -> None:
        """Note what a link says of itself; the last will of a session that is over is passed by. Raises Refused."""
        self.keys_of(controller)
        if len(payload) > MAX_STATE_BYTES:
            raise Refused("too-large", f"the state of a link has at most {MAX_STATE_BYTES} bytes")
        state = decode_strictly(_link_state, payload)
        if state.link is LinkWord.UNKNOWN:
            raise Refused("malformed", "not the state of a link")
        known = self.presence(controller)
        if state.link is LinkWord.OFFLINE and known.unsigned.session not in ("", state.session):
            raise Refused("old-session", "the last will of a session that another has replaced")
        self._update(controller, msgspec.structs.replace(known, unsigned=state))

    def presence(self, controller: str) -> Presence:
        """Return what is known about a controller: nothing of one that had the name, and other keys."""
        known = self._presences.get(controller, NOBODY)
        return known if known.key in ("", self._keys.get(controller, "")) else NOBODY

    def lacking(self, revision: int, *, epoch: int) -> Iterator[str]:
        """Name the controllers whose doors have not answered by a revision yet, one after the other."""
        for keys in self.trust.controllers:
            if not self.presence(keys.id).is_done_with(epoch=epoch, revision=revision):
                yield keys.id

    def serving(self, door: str) -> list[str]:
        """Name the controllers that say that they serve a door: more than one, and somebody lies or was moved."""
        claimants = self._served.claimants(door)
        return [keys.id for keys in self.trust.controllers if keys.id in claimants]

    @property
    def claimed_twice(self) -> Mapping[str, list[str]]:
        """The doors that more than one controller says it serves, and who does."""
        return {door: self.serving(door) for door in sorted(self._served.contested())}

    @property
    def presences(self) -> Mapping[str, Presence]:
        """What is known, by controller, in the order of trust."""
        return {keys.id: self.presence(keys.id) for keys in self.trust.controllers}

    @property
    def has_changed(self) -> bool:
        """Whether anything is known that was not known when this was last taken."""
        return bool(self._changed)

    def take_changed(self) -> Mapping[str, Presence]:
        """Return what has changed since the last time this was asked."""
        changed = {controller: self._presences[controller] for controller in sorted(self._changed)}
        self._changed.clear()
        return changed

    def _update(self, controller: str, presence: Presence) -> None:
        known = self.presence(controller)
        presence = msgspec.structs.replace(presence, key=self._keys.get(controller, ""))
        if presence == known:
            return
        self._presences[controller] = presence
        self._changed.add(controller)
        if presence.doors != known.doors:
            self._served.move(controller, left=known.doors, served=presence.doors)

    def _served_doors(self) -> ServedDoors:
        served = ServedDoors()
        for controller, presence in self.presences.items():
            served.move(controller, left=(), served=presence.doors)
        return served


def _ack_keys(trust: Trust) -> dict[str, str]:
    return {keys.id: keys.ack.hex() for keys in trust.controllers}

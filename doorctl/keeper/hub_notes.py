"""What the hub says, opened: signed by the hub that trust names, about this site, and to this controller."""

from typing import TypeVar

from doorctl.errors import Refused
from doorctl.keeper.kept_trust import KeptTrust
from doorctl.trust.note import Trust
from doorctl.trust.verify import SignedTrust
from doorctl.wire.messages import Answer, LogAck, Message, from_text
from doorctl.wire.notes import open_note
from doorctl.wire.orders import Order

M = TypeVar("M", bound=Message)


class HubNotes:
    """Opens notes by the trust that is held now."""

    def __init__(self, trust: KeptTrust, *, site: str, controller: str) -> None:
        """Believe the hub of this trust, in what it says to this controller or to all."""
        self._kept = trust
        self._site = site
        self._controller = controller

    @property
    def trust(self) -> Trust:
        """The trust that counts. Raises Refused ``no-trust``."""
        return self._held.trust

    @property
    def trust_version(self) -> int:
        """The version of trust that is held, 0 for none."""
        return self._kept.current.trust.version if self._kept.current else 0

    def open(self, note: bytes, message_type: type[M]) -> M:
        """Read a note of the hub. Raises Refused: ``no-trust``, ``wrong-controller``, or as notes and messages do."""
        opened = open_note(note, [self._held.hub_verifier])
        message = from_text(opened.text, message_type, site=self._site)
        if isinstance(message, Answer | LogAck | Order) and message.controller != self._controller:
            raise Refused("wrong-controller", "the note is to another controller")
        return message

    @property
    def _held(self) -> SignedTrust:
        if self._kept.current is None:
            raise Refused("no-trust", "the site root has not told us yet who is the hub")
        return self._kept.current

"""How a keeper follows the hub: what comes in, what it believes, what it answers.

1. Only signatures count: of the site root for trust, of the hub that trust names for everything else.
2. A lower epoch is dropped; a higher one too, unless we are empty: trust must name it, and cannot yet.
3. What we have is a repeat and is acknowledged. The same revision with another chain is a fork: we stop applying.
4. What follows is applied in one transaction, then acknowledged.
5. What does not follow makes us ask for what is missing.

Time and chance come in; nothing here knows of sockets. Whatever is returned may be lost on its way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from doorctl.errors import KeyFileError, PolicyUnavailable, Refused
from doorctl.journal import Level, say
from doorctl.keeper.asking import Asking
from doorctl.keeper.kept_trust import KeptTrust
from doorctl.keeper.log_upload import LogUpload
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.tally import Tally
from doorctl.keys import Identity, card_keys_from, load_card_keys, open_sealed, replace_card_keys
from doorctl.messages import Ack, Answer, Ask, Delta, Head, LogAck, Message, beside, from_text, to_text
from doorctl.notes import detach, open_note, sign_text
from doorctl.topics import Channel

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload to publish on a channel of this controller."""

    channel: Channel
    payload: bytes


@dataclass(frozen=True, slots=True)
class Controller:
    """Which controller this is, and where its ring of card keys lies."""

    site: str
    name: str
    card_keys: Path


class Keeper:
    """Follows the hub in what it signs, and uploads the log; ``tally`` counts what it refused."""

    def __init__(
        self,
        controller: Controller,
        identity: Identity,
        *,
        trust: KeptTrust,
        store: PolicyStore,
        upload: LogUpload,
        tally: Tally,
        chance: Callable[[], float],
    ) -> None:
        """Go on from what trust and store hold; ``chance`` gives numbers in [0, 1)."""
        self.tally = tally
        self._controller = controller
        self._identity = identity
        self._trust = trust
        self._store = store
        self._upload = upload
        self._asking = Asking(chance=chance)
        self._newest = 0
        self._forked = False
        self._wants_card_keys = not _has_card_keys(controller.card_keys)
        self._handlers: dict[Channel, Callable[[bytes, float], list[Outgoing]]] = {
            Channel.TRUST: self._on_trust,
            Channel.HEAD: self._on_head,
            Channel.DELTA: self._on_delta,
            Channel.ANSWER: self._on_answer,
            Channel.LOG_ACK: self._on_log_ack,
        }

    def connected(self, now: float) -> list[Outgoing]:
        """A broker is there: say where we are, ask at once, upload what waits."""
        self._asking.connected(now)
        self._upload.connected()
        return [self._ack()] if self._store.position.revision else []

    def disconnected(self) -> None:
        """No broker is there; nothing is sent until one is."""
        self._asking.disconnected()
        self._upload.disconnected()

    def handle(self, channel: Channel, payload: bytes, now: float) -> list[Outgoing]:
        """Take what came on a channel to controllers; whatever its effect is, it is durable when this returns."""
        try:
            return self._handlers[channel](payload, now)
        except Refused as refusal:
            self.tally.add(refusal, source=channel.name.lower())
        except OSError as error:
            self.tally.add(Refused("storage-failed", str(error)), source=channel.name.lower())
        except PolicyUnavailable as error:
            self.tally.add(Refused("policy-unavailable"), source=channel.name.lower())
            say("policy_unavailable", Level.ALARM, why=error)
            self._review(now)
        return []

    def tick(self, now: float) -> list[Outgoing]:
        """Do what is due: ask, upload; about 20 times a second."""
        if self._store.tick(now):
            self._review(now)
        hub = self._trust.current.trust.hub if self._trust.current else None
        outgoing = [Outgoing(Channel.LOG, batch) for batch in self._upload.tick(now, hub)]
        nonce = self._asking.ask_now(now)
        return outgoing if nonce is None else [self._ask(nonce), *outgoing]

    def _on_trust(self, payload: bytes, now: float) -> list[Outgoing]:
        if self._trust.take(payload):
            self._asking.missing(now)  # what came before was not believed
        return []

    def _on_head(self, payload: bytes, now: float) -> list[Outgoing]:
        self._take_head(self._open(payload, Head), now)
        return []

    def _on_delta(self, payload: bytes, now: float) -> list[Outgoing]:
        delta = self._open(payload, Delta)
        if len(delta.changes) != delta.last - delta.first + 1:
            raise Refused("malformed", "a delta holds one change per revision")
        self._check_history(delta.epoch, delta.last, delta.chain)
        own = self._store.position.revision
        if delta.last <= own:
            self.tally["repeat"] += 1
            return [self._ack()]
        self._newest = max(self._newest, delta.last)
        if delta.first > own + 1:
            self._review(now)
            raise Refused("gap", f"revision {delta.first} does not follow {own}")
        return self._apply(delta, now)

    def _apply(self, delta: Delta, now: float) -> list[Outgoing]:
        fresh = delta.changes[self._store.position.revision + 1 - delta.first :]
        try:
            position = self._store.apply(fresh, epoch=delta.epoch, chain=delta.chain, now=now)
        except Refused as refusal:
            self._forked = self._forked or refusal.refusal == "fork"
            raise
        say("policy_committed", epoch=position.epoch, revision=position.revision)
        self._asking.progressed(now)
        self._review(now)
        return [self._ack()]

    def _on_answer(self, payload: bytes, now: float) -> list[Outgoing]:
        note, sealed = detach(payload)
        answer = self._open(note, Answer)
        sealed = beside(answer, sealed)
        if answer.controller != self._controller.name:
            raise Refused("wrong-controller", "the answer is to another controller")
        if not self._asking.answered(answer.nonce, now):
            raise Refused("unknown-nonce", "the answer is to no question that is open")
        self._review(now)  # card keys that cannot be opened leave us asking
        if sealed is not None and self._wants_card_keys:
            self._take_card_keys(sealed, answer.nonce)
        self._take_head(answer.head, now)
        return []

    def _take_card_keys(self, sealed: bytes, nonce: str) -> None:
        keys = card_keys_from(open_sealed(sealed, box=self._identity.box, about=f"card-keys:{nonce}"))
        replace_card_keys(self._controller.card_keys, keys)
        self._wants_card_keys = False
        say("card_keys_stored")

    def _on_log_ack(self, payload: bytes, now: float) -> list[Outgoing]:
        ack = self._open(payload, LogAck)
        if ack.controller != self._controller.name:
            raise Refused("wrong-controller", "the acknowledgement is to another controller")
        self._upload.take_ack(ack, now)
        return []

    def _take_head(self, head: Head, now: float) -> None:
        if head.site != self._controller.site:
            raise Refused("wrong-site", "the head is of another site")
        self._check_history(head.epoch, head.revision, head.chain)
        own = self._store.position
        if head.revision < own.revision:
            raise Refused("old-head", f"we are at revision {own.revision}")
        self._newest = max(self._newest, head.revision)
        self._review(now)
        if head.revision == own.revision and head.digest != own.digest_hex:
            raise Refused("digest-differs", "our rows are not those of the hub")

    def _check_history(self, epoch: int, revision: int, chain: str) -> None:
        own = self._store.position
        if self._forked:
            raise Refused("forked", "the hub's history and ours differ: nothing is applied")
        if epoch < own.epoch:
            raise Refused("old-epoch", f"we are in epoch {own.epoch}")
        if own.epoch and epoch > own.epoch:
            raise Refused("unknown-epoch", "trust names no such epoch")
        if revision == own.revision and chain != own.chain.hex():
            self._forked = True
            raise Refused("fork", f"another history leads to revision {revision}")

    def _review(self, now: float) -> None:
        """Ask for what is missing, or be content."""
        if self._newest > self._store.position.revision or self._wants_card_keys:
            self._asking.missing(now)
        else:
            self._asking.complete(now)

    def _open(self, note: bytes, message_type: type[M]) -> M:
        if self._trust.current is None:
            raise Refused("no-trust", "the site root has not told us yet who is the hub")
        opened = open_note(note, [self._trust.current.hub_verifier])
        return from_text(opened.text, message_type, site=self._controller.site)

    def _ask(self, nonce: str) -> Outgoing:
        own = self._store.position
        ask = Ask(
            site=self._controller.site,
            controller=self._controller.name,
            nonce=nonce,
            epoch=own.epoch,
            revision=own.revision,
            wants_card_keys=self._wants_card_keys,
        )
        return Outgoing(Channel.ASK, self._sign(ask))

    def _ack(self) -> Outgoing:
        own = self._store.position
        ack = Ack(
            site=self._controller.site,
            controller=self._controller.name,
            epoch=own.epoch,
            revision=own.revision,
            chain=own.chain.hex(),
            digest=own.digest_hex,
        )
        return Outgoing(Channel.ACK, self._sign(ack))

    def _sign(self, message: Message) -> bytes:
        return sign_text(to_text(message), self._identity.signer)


def _has_card_keys(path: Path) -> bool:
    try:
        load_card_keys(path)
    except KeyFileError:
        return False
    return True

"""A site for the keeper's tests: a root, a hub with a history of changes, and one controller in a folder."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.keeper.batch_note import BatchNotes
from doorctl.keeper.card_ring import CardRing
from doorctl.keeper.controller import Controller, Outgoing
from doorctl.keeper.door_bell import DoorArrived, DoorLeft
from doorctl.keeper.erasing import Erasing
from doorctl.keeper.fork_mark import ForkMark
from doorctl.keeper.join import controller_keys, load_keeper, make_keys
from doorctl.keeper.keeper import Keeper
from doorctl.keeper.kept_notes import KeptNotes
from doorctl.keeper.kept_trust import KeptTrust
from doorctl.keeper.log_reader import LogReader
from doorctl.keeper.log_upload import LogUpload
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.possessions import Possessions
from doorctl.keeper.refill import Refill
from doorctl.keeper.word_counter import WordCounter
from doorctl.keys.card_keys import CardKeys
from doorctl.keys.identity import Identity, ack_key_name, hub_key_name, root_key_name
from doorctl.keys.sealing import seal
from doorctl.policy.apply import Position, apply_changes, chain_after, position_of
from doorctl.policy.needs import Operation, needs_of, zones_of
from doorctl.policy.rows import GroupRow, Row
from doorctl.policy.schema import migrate
from doorctl.policy.snapshot import chunks_of
from doorctl.tally import Tally
from doorctl.trust.note import AdminKeys, HubKeys, Trust
from doorctl.trust.verify import SignedTrust, sign_trust
from doorctl.wire.bell import FromKeeper, InForce
from doorctl.wire.messages import (
    FEATURE_LEVEL,
    Ack,
    Answer,
    Ask,
    Change,
    Delta,
    Drop,
    Head,
    Message,
    Offer,
    Put,
    Recall,
    bound_to,
    from_text,
    to_text,
)
from doorctl.wire.notes import Signer, Verifier, attach, open_note, sign_text
from doorctl.wire.topics import Channel
from tests.keeper.snapshots import ASnapshot

SITE = "hq"
CONTROLLER = "pi-4f"
CARD_KEYS = CardKeys((b"k" * 32,))


def a_signer(name: str) -> Signer:
    return Signer(name, Ed25519PrivateKey.generate())


class ASite:
    """The root and the hub of a site, with what the hub would say."""

    def __init__(self, revisions: int = 0, *, epoch: int = 1) -> None:
        self.root = a_signer(root_key_name(SITE))
        self.hub = Identity(a_signer(hub_key_name(SITE)), X25519PrivateKey.generate())
        self.epoch = epoch
        self._policy = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self._policy, site=SITE)
        self.changes: list[msgspec.Raw] = []
        self.chains = [bytes(32)]
        self.digests = [position_of(self._policy).digest_hex]
        for _ in range(revisions):
            self.change()

    @property
    def root_keys(self) -> list[bytes]:
        return [self.root.verifier.public_key]

    @property
    def revision(self) -> int:
        return len(self.changes)

    def change(
        self, *, group: str = "", rows: Sequence[Row] = (), dropped: Sequence[Row] = (), needs: int = 0
    ) -> bytes:
        """Make the next revision; return its delta. It needs what its rows need, or more."""
        revision = self.revision + 1
        operations: tuple[Operation, ...] = (*(Put(row) for row in rows), *(Drop(row) for row in dropped))
        operations = operations or (Put(GroupRow(id=group or f"group-{revision}")),)
        needs = needs or needs_of(operations)
        zones = zones_of(operations) if needs > 1 else None
        change = Change(revision=revision, at=0, operations=operations, needs=needs, zones=zones)
        return self.append(msgspec.json.encode(change))

    def append(self, change: bytes) -> bytes:
        """Make the next revision of these bytes, whatever they say; return its delta."""
        raw = msgspec.Raw(change)
        chain = chain_after(self.chains[-1], bytes(raw))
        position = apply_changes(self._policy, [raw], epoch=self.epoch, chain=chain.hex())
        self.changes.append(raw)
        self.chains.append(chain)
        self.digests.append(position.digest_hex)
        return self.delta(self.revision)

    def delta(self, first: int, last: int | None = None) -> bytes:
        last = first if last is None else last
        return self.sign(
            Delta(
                site=SITE,
                epoch=self.epoch,
                first=first,
                last=last,
                chain=self.chains[last].hex(),
                changes=tuple(self.changes[first - 1 : last]),
            )
        )

    def head_message(self, revision: int | None = None, *, at: int = 0) -> Head:
        revision = self.revision if revision is None else revision
        return Head(
            site=SITE,
            epoch=self.epoch,
            revision=revision,
            chain=self.chains[revision].hex(),
            digest=self.digests[revision],
            at=at,
        )

    def head(self, revision: int | None = None) -> bytes:
        return self.sign(self.head_message(revision))

    def trust(
        self,
        controllers: Sequence[Path] = (),
        *,
        version: int = 1,
        supersedes: int = 0,
        admins: Sequence[AdminKeys] = (),
    ) -> SignedTrust:
        hub = HubKeys(self.hub.signer.name, self.hub.sign_public, self.hub.box_public)
        keys = tuple(controller_keys(state_dir, CONTROLLER) for state_dir in controllers)
        trust = Trust(
            site=SITE,
            version=version,
            roots=tuple(self.root_keys),
            hub=hub,
            admins=tuple(admins),
            controllers=keys,
            epoch=self.epoch,
            supersedes=supersedes,
        )
        return sign_trust(trust, self.root)

    def answer(
        self,
        ask: Ask,
        *,
        box: bytes | None = None,
        revision: int | None = None,
        at: int = 0,
        ring: CardKeys = CARD_KEYS,
        offer: Offer | None = None,
    ) -> bytes:
        """Answer a question; with the ring of card keys when a box to seal it to is given."""
        head = self.head_message(revision, at=at)
        return self.answer_with(head, ask, box=box, ring=ring, offer=offer)

    def answer_with(
        self,
        head: Head,
        ask: Ask,
        *,
        box: bytes | None = None,
        ring: CardKeys = CARD_KEYS,
        offer: Offer | None = None,
    ) -> bytes:
        """Answer a question with any head."""
        answer = Answer(site=SITE, controller=ask.controller, nonce=ask.nonce, head=head, offer=offer)
        keys = msgspec.json.encode(ring)
        sealed = None if box is None else seal(keys, to=box, about=f"card-keys:{ask.nonce}")
        return self.sign(answer) if sealed is None else attach(self.sign(bound_to(answer, sealed)), sealed)

    def snapshot(self, name: str = "a") -> ASnapshot:
        """Make a snapshot of the newest revision."""
        return ASnapshot(position_of(self._policy), list(chunks_of(self._policy)), name=name)

    def recall(self, revision: int, controller: str | None = None) -> bytes:
        return self.sign(Recall(SITE, self.epoch, revision, controller))

    def sign(self, message: Message) -> bytes:
        return sign_text(to_text(message), self.hub.signer)


def asks(controller: "AController", now: float) -> list[Ask]:
    """What the keeper asks at this time."""
    return [controller.read_ask(each.payload) for each in controller.keeper.tick(now) if each.channel is Channel.ASK]


def acks(controller: "AController", outgoing: Sequence[Outgoing]) -> list[Ack]:
    """The acknowledgements among what the keeper publishes, without their numbers."""
    notes = [controller.read(each.payload, Ack) for each in outgoing if each.channel is Channel.ACK]
    return [msgspec.structs.replace(note, counter=0) for note in notes if isinstance(note, Ack)]


def settled(controller: "AController", site: ASite, now: float = 0) -> None:
    """Connect, ask and be answered: nothing is missing."""
    controller.keeper.connected(now)
    (ask,) = asks(controller, now)
    controller.keeper.handle(Channel.DELTA, site.delta(1, site.revision), now)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), now)


class HasRoots(Protocol):
    """Whoever knows the site's root."""

    @property
    def root_keys(self) -> list[bytes]:
        """The pinned keys."""


class FakeDoor:
    """The keeper's way to a door process: keeps what the door was told."""

    def __init__(self) -> None:
        self.has_peer = False
        self.told: list[FromKeeper] = []

    def send(self, packet: FromKeeper) -> None:
        if self.has_peer:
            self.told.append(packet)


@dataclass
class HandSetClock:
    """A wall clock in the test's hand; ``confirmed`` is what it was told of the hub's time."""

    seconds: float = 0.0
    confirmed: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def confirm(self, hub_time: float) -> None:
        self.confirmed.append(hub_time)


@dataclass
class AController:
    """A controller's keeper in a folder, driven by hand; ``door`` is what its door process hears."""

    state_dir: Path
    site: HasRoots
    tally: Tally = field(default_factory=Tally)
    name: str = CONTROLLER
    level: int = FEATURE_LEVEL
    chance: float = 0.5
    clock: HandSetClock = field(default_factory=HandSetClock)

    def __post_init__(self) -> None:
        if not (self.state_dir / "keys").exists():
            make_keys(self.state_dir)
        self.identity = load_keeper(self.state_dir, self.name)
        self.reader = LogReader(self.state_dir / "audit.db")
        self.store = PolicyStore(self.state_dir, SITE, level=self.level)
        self.kept = KeptNotes(self.state_dir / "kept-notes.db")
        self.door = FakeDoor()
        self.upload = LogUpload(
            self.reader,
            self.state_dir,
            notes=BatchNotes(SITE, self.name, self.identity.signer),
            tally=self.tally,
            tell_door=self.door.send,
            wall=lambda: self.clock.seconds,
        )
        self.refill = Refill(self.store, folder=self.state_dir, site=SITE, chance=lambda: self.chance)
        self.erasing = Erasing(self.store, self.kept, self.refill, folder=self.state_dir)
        self.keeper = Keeper(
            Controller(SITE, self.name, self.identity, self.state_dir / "card.keys"),
            Possessions(
                trust=KeptTrust(self.state_dir / "trust.note", site=SITE, root_keys=self.site.root_keys),
                store=self.store,
                kept=self.kept,
                fork=ForkMark(self.state_dir / "policy.forked"),
                ring=CardRing(self.state_dir / "card.keys", self.identity.box),
                refill=self.refill,
                words=WordCounter(self.state_dir / "words.counter", clock=self.clock.now),
                erasing=self.erasing,
            ),
            upload=self.upload,
            door=self.door,
            tally=self.tally,
            chance=lambda: self.chance,
            clock=self.clock,
        )

    def door_arrives(self, now: float = 0) -> None:
        """A door process connects to the bell."""
        self.door.has_peer = True
        self.keeper.hear_door(DoorArrived(), now)

    def door_leaves(self, now: float = 0) -> list[Outgoing]:
        """The door process is gone."""
        self.door.has_peer = False
        return self.keeper.hear_door(DoorLeft(), now)

    def door_answers_by(self, revision: int, now: float = 0, *, epoch: int = 1) -> list[Outgoing]:
        """The door process says by which revision it answers."""
        return self.keeper.hear_door(InForce(epoch, revision, doors=("front",), clock="synchronized"), now)

    @property
    def position(self) -> Position:
        return self.store.position

    @property
    def ack_verifier(self) -> Verifier:
        return Verifier(ack_key_name(self.name), self.identity.sign_public)

    def read(self, payload: bytes, message_type: type[Message]) -> Message:
        """Open what the keeper has signed, as the hub does."""
        return from_text(open_note(payload, [self.ack_verifier]).text, message_type, site=SITE)

    def read_ask(self, payload: bytes) -> Ask:
        ask = self.read(payload, Ask)
        assert isinstance(ask, Ask)
        return ask

    def restart(self, *, level: int = 0) -> "AController":
        """Begin again from what is on disk, perhaps as a doorctl of another feature level."""
        self.close()
        return AController(self.state_dir, self.site, name=self.name, level=level or self.level)

    def close(self) -> None:
        self.refill.close()
        self.kept.close()
        self.store.close()
        self.upload.close()
        self.reader.close()

"""A small site for the hub's tests: one hub, two admins, two controllers, keys made on the spot."""

import errno
import hashlib
import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.database import open_writer
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.hub import Hub
from doorctl.hub.means import Means
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.own_log import NO_CLOCK
from doorctl.hub.rights.limits import USUAL_LIMITS
from doorctl.hub.site_db import open_site
from doorctl.hub.snapshots.shelf import SnapshotShelf
from doorctl.keys.card_keys import CardKeys
from doorctl.keys.identity import (
    Identity,
    ack_key_name,
    admin_key_name,
    hub_key_name,
    log_key_name,
    root_key_name,
)
from doorctl.keys.sealing import open_sealed, seal
from doorctl.policy.schema import migrate
from doorctl.trust.note import AdminKeys, ControllerKeys, HubKeys, Role, Trust
from doorctl.trust.verify import SignedTrust
from doorctl.wire.commands import Command, Private, Verb
from doorctl.wire.messages import Ack, Ask, Delta, Head, Message, Response, from_text, to_text
from doorctl.wire.notes import Signer, attach, detach, open_note, sign_text
from doorctl.wire.topics import Address, Channel
from tests.hub.new_site import open_new_site

SITE = "hq"
NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
NOON_SECONDS = int(NOON.timestamp())
CARD_KEYS = CardKeys((b"k" * 32,))
ADAS_CARD = "H10301:123:4567"

M = TypeVar("M", bound=Message)
S = TypeVar("S", bound=msgspec.Struct)

_counter = itertools.count(1)


def a_signer(name: str) -> Signer:
    return Signer(name, Ed25519PrivateKey.generate())


def an_identity(name: str) -> Identity:
    return Identity(a_signer(name), X25519PrivateKey.generate())


def an_id() -> str:
    return f"{next(_counter):032x}"


@dataclass(frozen=True, slots=True)
class AnAdmin:
    id: str
    identity: Identity
    roles: tuple[str, ...] = tuple(Role)
    zones: tuple[str, ...] | None = None

    @property
    def keys(self) -> AdminKeys:
        public = self.identity.sign_public, self.identity.box_public
        return AdminKeys(self.id, *public, roles=self.roles, zones=self.zones)


@dataclass(frozen=True, slots=True)
class AController:
    id: str
    ack: Identity
    log: Signer

    @property
    def keys(self) -> ControllerKeys:
        return ControllerKeys(self.id, self.ack.sign_public, self.log.verifier.public_key, self.ack.box_public)

    def says(self, message: Message) -> bytes:
        return sign_text(to_text(message), self.ack.signer)


def an_admin(name: str, *roles: str, zones: tuple[str, ...] | None = None) -> AnAdmin:
    """Make an admin: with every role, if none is given."""
    return AnAdmin(name, an_identity(admin_key_name(name)), roles or tuple(Role), zones)


def a_controller(name: str) -> AController:
    return AController(name, an_identity(ack_key_name(name)), a_signer(log_key_name(name)))


def a_private(*, handle: str = "", name: str = "", card: str = "", pin: str = "", duress: str = "") -> Private:
    return Private("5" * 32, handle=handle, name=name, card=card, pin=pin, duress=duress)


class ASite:
    """A hub on a real site.db, and everybody who speaks with it."""

    def __init__(self, folder: Path, *, controllers: Sequence[str] = (), settle_seconds: float = 5) -> None:
        self.path = folder / "site.db"
        self.settle_seconds = settle_seconds
        self.hub_identity = an_identity(hub_key_name(SITE))
        self.root = a_signer(root_key_name(SITE))
        self.grace = an_admin("grace")
        self.alan = an_admin("alan")
        self.others: list[AnAdmin] = []
        self.trust_expires: int | None = None
        self.epoch = 1
        self.former: tuple[bytes, ...] = ()
        self.limits = USUAL_LIMITS
        self.ring = CARD_KEYS
        self.disk = DiskReserve()
        self.has_room_for_ring = True
        self.ran_ms = 0
        self.controllers = [a_controller(name) for name in controllers]
        self.connection = open_new_site(self.path, site=SITE)
        self.hub = self.a_hub()

    def a_hub(self, shelf: SnapshotShelf | None = None) -> Hub:
        clock = replace(NO_CLOCK, mono_ms=lambda: self.ran_ms)
        means = Means(self.limits, settle_seconds=self.settle_seconds, shelf=shelf, disk=self.disk, clock=clock)
        return Hub(
            self.connection,
            self.hub_identity,
            trust=self.trust(),
            card_keys=self.ring,
            store_card_keys=self.store_ring,
            means=means,
        )

    def store_ring(self, keys: CardKeys) -> None:
        """Keep the ring as a file would, or find no room for it."""
        if not self.has_room_for_ring:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.ring = keys

    def hire(self, name: str, *roles: str, zones: tuple[str, ...] | None = None) -> AnAdmin:
        """Let trust name one more admin, and the hub know it."""
        admin = an_admin(name, *roles, zones=zones)
        self.others.append(admin)
        self.hub = self.a_hub()
        return admin

    def restart(self) -> None:
        """Begin anew from what is on disk."""
        self.connection.close()
        self.connection = open_site(self.path, site=SITE)
        self.hub = self.a_hub()

    def trust(self, version: int = 1) -> SignedTrust:
        trust = Trust(
            site=SITE,
            version=version,
            roots=(self.root.verifier.public_key,),
            hub=HubKeys(
                hub_key_name(SITE), self.hub_identity.sign_public, self.hub_identity.box_public, former=self.former
            ),
            admins=(self.grace.keys, self.alan.keys, *(other.keys for other in self.others)),
            controllers=tuple(controller.keys for controller in self.controllers),
            expires=self.trust_expires,
            epoch=self.epoch,
        )
        return SignedTrust(sign_text(to_text(trust), self.root), trust)

    def ask(
        self, do: Verb, private: Private | None = None, *, admin: AnAdmin | None = None, at: datetime = NOON
    ) -> Response:
        """Give a command as an admin and return the hub's first answer."""
        return self.responses(self.send(self.a_command(do, private, admin=admin, at=at), admin=admin, at=at))[0]

    def ask_for(
        self,
        do: Verb,
        result_type: type[S],
        private: Private | None = None,
        *,
        admin: AnAdmin | None = None,
        at: datetime = NOON,
    ) -> S:
        """Ask a question as an admin and return what the hub found."""
        admin = admin or self.grace
        (outgoing,) = self.send(self.a_command(do, private, admin=admin, at=at), admin=admin, at=at)
        note, sealed = detach(outgoing.payload)
        assert sealed is not None, self.read(note, Response)
        about = f"response:{self.read(note, Response).command}"
        return msgspec.json.decode(open_sealed(sealed, box=admin.identity.box, about=about), type=result_type)

    def a_command(
        self,
        do: Verb,
        private: Private | None = None,
        *,
        admin: AnAdmin | None = None,
        at: datetime = NOON,
        expires: int | None = None,
        command_id: str | None = None,
        signer: Signer | None = None,
    ) -> bytes:
        """Write, seal and sign a command."""
        admin = admin or self.grace
        plain = msgspec.json.encode(private) if private else None
        command = Command(
            site=SITE,
            id=command_id or an_id(),
            admin=admin.id,
            expires=int(at.timestamp()) + 300 if expires is None else expires,
            do=do,
            private=hashlib.sha256(plain).hexdigest() if plain else None,
        )
        note = sign_text(to_text(command), signer or admin.identity.signer)
        return attach(note, self.sealed(plain, command.id) if plain else None)

    def sealed(self, plain: bytes, command_id: str) -> bytes:
        return seal(plain, to=self.hub_identity.box_public, about=f"command:{command_id}")

    def send(self, payload: bytes, *, admin: AnAdmin | None = None, at: datetime = NOON) -> list[Outgoing]:
        return self.hub.handle(Address(Channel.COMMAND, (admin or self.grace).id), payload, at)

    def ack(
        self,
        controller: AController,
        *,
        at: datetime = NOON,
        revision: int | None = None,
        idle: bool = False,
        **more: Any,  # noqa: ANN401 - any field
    ) -> list[Outgoing]:
        """Let a controller acknowledge the newest revision, or an older one; with no door process if ``idle``."""
        head = self.head()
        own = head.revision if revision is None else revision
        ack = Ack(
            site=SITE,
            controller=controller.id,
            epoch=head.epoch,
            revision=own,
            chain=head.chain if revision is None else self.chain(revision),
            digest=head.digest,
            level=2,
            in_force=None if idle else own,
        )
        note = controller.says(msgspec.structs.replace(ack, **more))
        return self.hub.handle(Address(Channel.ACK, controller.id), note, at)

    def link(self, controller: AController, state: str, **more: object) -> None:
        """Let a controller's link say that it is online or offline."""
        payload = msgspec.json.encode({"link": state, **more})
        self.hub.handle(Address(Channel.STATE, controller.id), payload, NOON)

    def chain(self, revision: int) -> str:
        row = self.connection.execute("SELECT chain FROM changes WHERE revision = ?", (revision,)).fetchone()
        return bytes(row[0]).hex()

    def ask_as(
        self,
        controller: AController,
        *,
        revision: int = 0,
        epoch: int = 1,
        wants_card_keys: bool = False,
        nonce: str = "a" * 32,
        trust: int = 1,
        at: datetime = NOON,
        **more: Any,  # noqa: ANN401 - any field
    ) -> list[Outgoing]:
        """Let a controller ask for what it lacks."""
        ask = Ask(
            site=SITE,
            controller=controller.id,
            nonce=nonce,
            epoch=epoch if revision or epoch > 1 else 0,
            revision=revision,
            wants_card_keys=wants_card_keys,
            trust=trust,
        )
        note = controller.says(msgspec.structs.replace(ask, **more))
        return self.hub.handle(Address(Channel.ASK, controller.id), note, at)

    def head(self) -> Head:
        return self.messages(self.hub.greet(NOON), Head)[0]

    def read(self, note: bytes, message_type: type[M]) -> M:
        """Read a note of the hub, checking its signature."""
        return from_text(open_note(note, [self.hub_identity.signer.verifier]).text, message_type, site=SITE)

    def messages(self, outgoing: Iterable[Outgoing], message_type: type[M]) -> list[M]:
        """Read the messages of one type among what the hub publishes."""
        first_line = f"doorctl/v1/{message_type.kind}\n".encode()
        return [
            self.read(detach(each.payload)[0], message_type)
            for each in outgoing
            if each.payload.startswith(first_line)
        ]

    def responses(self, outgoing: Iterable[Outgoing]) -> list[Response]:
        return self.messages(outgoing, Response)

    def verdicts(self, outgoing: Iterable[Outgoing]) -> list[tuple[str, str]]:
        """What admins are told: each verdict with its sentence."""
        return [(response.verdict, response.text) for response in self.responses(outgoing)]

    def deltas(self, outgoing: Iterable[Outgoing]) -> list[Delta]:
        return self.messages(outgoing, Delta)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self.connection.execute(statement).fetchall()

    def close(self) -> None:
        self.connection.close()


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_policy(path: Path) -> sqlite3.Connection:
    """Make an empty policy as a keeper has it."""
    connection = open_writer(path)
    migrate(connection, site=SITE)
    return connection


def now() -> datetime:
    return datetime.now(UTC)

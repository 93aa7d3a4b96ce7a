"""What the site root signs: who may be hub, admin and controller, and how the root's own keys have changed.

Trust carries every change of the root since the site began, so one note leads from the keys that a controller was
given on its first day to the keys of today (ADR 5). Each change is a note of its own, signed by a key of the root
before it and by a key of the root after it.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec

from doorctl.policy.rows import Name, PartyName, UnixSeconds
from doorctl.wire.messages import Count, Message, PublicKey

MAX_ROOTS = 2
Roots = Annotated[tuple[PublicKey, ...], msgspec.Meta(min_length=1, max_length=MAX_ROOTS)]


class Role(StrEnum):
    """What an admin may do; an admin may have several."""

    ADMIN = "admin"
    """Grants and revokes, in the zones named, or in all."""
    OFFICER = "officer"
    """Strict zones and their rosters, zone rules, lockdown, keys, other admins."""
    CLERK = "clerk"
    """Enrols people and cards; grants nothing."""
    AUDITOR = "auditor"
    """Reads and exports; changes nothing."""
    HOST = "host"
    """Lets own guests in and out; nothing else."""


OPENS_DOORS = frozenset({Role.ADMIN, Role.OFFICER})
"""Whose orders open a door, or hold it open."""


class HubKeys(msgspec.Struct, frozen=True, omit_defaults=True):
    """The hub: its key name, what it signs with, and what is sealed to it.

    ``former`` are keys that it signed with before: they prove to a restored hub its own old words, and nothing else.
    """

    name: str
    sign: PublicKey
    box: PublicKey
    former: tuple[PublicKey, ...] = ()


class AdminKeys(msgspec.Struct, frozen=True, omit_defaults=True):
    """An admin: what they sign with, what is sealed to them, and what they may do.

    ``zones`` limits the role ``admin``; None is all zones. A role of a newer doorctl is a word we pass over.
    """

    id: PartyName
    sign: PublicKey
    box: PublicKey
    roles: tuple[str, ...] = (Role.ADMIN,)
    zones: tuple[Name, ...] | None = None


class ControllerKeys(msgspec.Struct, frozen=True, omit_defaults=True):
    """A controller: its keeper's key, its log's key, what is sealed to it, and its link's TLS key."""

    id: PartyName
    ack: PublicKey
    log: PublicKey
    box: PublicKey
    tls: PublicKey | None = None


class RootChange(Message, frozen=True, kw_only=True):
    """The site root is replaced for the ``number``-th time; signed by a key of the old root and one of the new."""

    kind: ClassVar[str] = "root-change"
    number: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    roots: Roots


class Trust(Message, frozen=True, omit_defaults=True):
    """Who may be hub, admin and controller; signed by the site root.

    ``root_changes`` are notes, the oldest first. ``epoch`` is the policy's; it ``supersedes`` every epoch up to the
    one named. Trust that ``needs`` a higher feature level than ours is not taken: it may restrict in words that we
    would pass over. ``expires`` warns, and stops additions; it never denies by itself.
    """

    kind: ClassVar[str] = "trust"
    version: Count
    roots: Roots
    hub: HubKeys
    admins: tuple[AdminKeys, ...] = ()
    controllers: tuple[ControllerKeys, ...] = ()
    root_changes: tuple[str, ...] = ()
    epoch: Annotated[int, msgspec.Meta(ge=1, le=2**53)] = 1
    supersedes: Count = 0
    expires: UnixSeconds | None = None
    needs: Count = 1

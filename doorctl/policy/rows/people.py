"""Holders, what they hold, and the groups they belong to; no row names a person."""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.model import Status
from doorctl.policy.rows.fields import CredentialKey, Name, UnixSeconds
from doorctl.policy.rows.policy_row import PolicyRow


class HolderRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="holder"):
    """A person, by an opaque id."""

    table: ClassVar[str] = "holders"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    status: Status = Status.ACTIVE
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class GroupRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="group"):
    """A set of holders that can be granted access together."""

    table: ClassVar[str] = "groups"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name


class MemberRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="member"):
    """A holder belongs to a group."""

    table: ClassVar[str] = "members"
    primary_key: ClassVar[tuple[str, ...]] = ("holder", "group")
    holder: Name
    group: Name


class CredentialRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="credential"):
    """What is held about a card: its keyed hash and whose it is."""

    table: ClassVar[str] = "credentials"
    primary_key: ClassVar[tuple[str, ...]] = ("key",)
    key: CredentialKey
    holder: Name
    status: Status = Status.ACTIVE
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class PinRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="pin"):
    """A holder's PIN, as keyed hashes made with so many keys of the ring of card keys; without a row there is none.

    ``key`` is that of ``pin:<holder>:<digits>``. A PIN that may be entered without a card has ``alone``, too, that of
    ``pin:<digits>``, and is nobody else's. ``duress`` and ``alone_duress`` are those of the PIN for duress.
    """

    table: ClassVar[str] = "pins"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 4
    holder: Name
    ring_keys: Annotated[int, msgspec.Meta(ge=1, le=64)]
    key: CredentialKey
    duress: CredentialKey | None = None
    alone: CredentialKey | None = None
    alone_duress: CredentialKey | None = None

    def __post_init__(self) -> None:
        """The PIN for duress is another, and works without a card where the other does."""
        if self.duress == self.key or (self.alone is not None and self.alone == self.alone_duress):
            raise ValueError("the PIN for duress must differ from the other")
        if (self.alone_duress is None) != (self.alone is None or self.duress is None):
            raise ValueError("the PIN for duress works alone where the other does, and nowhere else")


class PinCodeRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="pin-code"):
    """A code by which a holder may set an own PIN at a reader, once; without a row there is none.

    ``key`` is that of ``pin-code:<holder>:<its first three digits>``; the hub alone can compare the rest. The PIN has
    so many ``digits`` where it is not 0.
    """

    table: ClassVar[str] = "pin_codes"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 5
    holder: Name
    ring_keys: Annotated[int, msgspec.Meta(ge=1, le=64)]
    key: CredentialKey
    valid_until: UnixSeconds
    digits: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0


class CardRingRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="card-ring"):
    """With how many keys of the ring the credential keys of this policy are made; without a row, with one."""

    table: ClassVar[str] = "card_rings"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    level: ClassVar[int] = 2
    id: Name
    keys: Annotated[int, msgspec.Meta(ge=1, le=64)]


class ErasureRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="erasure"):
    """A person has been erased; to write it removes every row of that holder.

    So the change that erases tells of no card, and can be kept. The id was opaque, and now belongs to nobody.
    """

    table: ClassVar[str] = "erasures"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 3
    holder: Name


class SuspendedAdminRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="suspended-admin"):
    """An admin whom an officer has suspended: their commands and signatures no longer count."""

    table: ClassVar[str] = "suspended_admins"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    level: ClassVar[int] = 2
    id: Name

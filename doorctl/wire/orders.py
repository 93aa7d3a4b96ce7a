"""Orders that act now: signed by the hub for one controller, over within seconds, carried out at most once.

An order opens a door, holds it open, or ends at once what a holder or a card may do, before the policy that says so
has come. The hub signs it; the admin's own signed command travels in it, so that a strict door can ask whether an
officer has really said so.
"""

import hashlib
from typing import Annotated, ClassVar

import msgspec

from doorctl.core.machines.enrolment import LONGEST_SECONDS
from doorctl.policy.rows import CredentialKey, Name, Scope, UnixSeconds
from doorctl.wire.messages import Count, Message, Nonce, Revision, Word

EnrolmentSeconds = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SECONDS)]
NO_LONGER = 0
"""The time until which a door is held open that shall be held open no longer."""


class _Deed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    pass


class OpenNow(_Deed, frozen=True, tag="open"):
    """Release a door's strike for its usual time."""

    door: Name


class HoldOpenUntil(_Deed, frozen=True, tag="hold-open"):
    """Keep a door's strike released until a time, or with 0 no longer; it ends with the door process, too."""

    door: Name
    until: UnixSeconds


class Enrol(_Deed, frozen=True, tag="enrol"):
    """Put a reader of a door in enrolment for so long: the unknown card that comes twice there is told.

    Without a ``reader`` it is the only one of the door. ``enrolment`` is its id in the records.
    """

    door: Name
    seconds: EnrolmentSeconds
    enrolment: Nonce
    reader: Name | None = None


class DenyHolder(_Deed, frozen=True, tag="deny-holder"):
    """Deny a holder everywhere until the policy stands at ``revision``, and end what is under way for them."""

    holder: Name
    revision: Revision


class DenyCard(_Deed, frozen=True, tag="deny-card"):
    """Deny a card everywhere until the policy stands at ``revision``."""

    credential: CredentialKey
    revision: Revision


class DenyAdmin(_Deed, frozen=True, tag="deny-admin"):
    """Take no order of an admin until the policy stands at ``revision``, and end what they hold open."""

    admin: Name
    revision: Revision


class LockDown(_Deed, frozen=True, tag="lock-down"):
    """Lock a zone down, or every one, until the policy stands at ``revision``."""

    scope: Scope
    revision: Revision


Denial = DenyHolder | DenyCard | DenyAdmin | LockDown
"""What only takes away: the hub's word is enough, and it may be said again."""
AtDoor = OpenNow | HoldOpenUntil | Enrol
"""What an admin has done at a door: it takes the admin's own command, and is carried out once."""
Deed = AtDoor | Denial


def order_id(admin: str, command: str, deed: Deed) -> str:
    """Return the id of an order: two admins may give two commands one id, and one command may make several orders."""
    what = msgspec.json.encode(deed) if isinstance(deed, Denial) else b""
    return hashlib.sha256(f"{admin}:{command}:".encode() + what).hexdigest()[:32]


class Order(Message, frozen=True, omit_defaults=True):
    """One order to one controller, with the id that ``order_id`` makes; signed by the hub.

    ``epoch`` is that of the revision until which it denies.
    """

    kind: ClassVar[str] = "order"
    controller: Name
    id: Nonce
    admin: Name
    expires: UnixSeconds
    deed: Deed
    command: Annotated[str, msgspec.Meta(max_length=16 * 1024)] = ""
    epoch: Count = 0


class Carried(Message, frozen=True, omit_defaults=True):
    """What became of an order: ``done`` or ``refused`` and why; signed by the keeper's ack key."""

    kind: ClassVar[str] = "carried"
    controller: Name
    id: Nonce
    outcome: Word
    reason: Word = ""
    record: Count | None = None

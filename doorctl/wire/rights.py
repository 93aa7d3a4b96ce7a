"""Commands beyond people and places: what zones ask for, who may command, and what acts now."""

from typing import Annotated

import msgspec

from doorctl.core.model import USUAL_PERSONS_SECONDS, USUAL_PIN_BLOCK_SECONDS, USUAL_PIN_TRIES, Factor
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.policy.rows import (
    Approvals,
    FactorTimes,
    GraceSeconds,
    MaxAgeSeconds,
    Name,
    Persons,
    PersonsSeconds,
    PinBlockSeconds,
    PinTries,
    UnixSeconds,
)
from doorctl.wire.messages import Count, Hex32, Nonce, Revision
from doorctl.wire.orders import EnrolmentSeconds
from doorctl.wire.verb import VerbStruct


class ZoneRuleSet(VerbStruct, frozen=True, tag="zone-rule-set"):
    """Say what a zone asks for beyond a grant, and how old the policy may be there: all of it anew."""

    zone: Name
    approvals: Approvals = 1
    strict: bool = False
    max_age_seconds: MaxAgeSeconds | None = None
    break_glass: Name | None = None
    mechanical_key: bool = False
    grace_after_boot_seconds: GraceSeconds | None = None


class ZoneFactorSet(VerbStruct, frozen=True, tag="zone-factor-set"):
    """Say what a zone asks for at its doors, by the clock too, of how many, and how it bears wrong PINs: all anew."""

    zone: Name
    factor: Factor = Factor.CARD
    times: FactorTimes = ()
    pin_tries: PinTries = USUAL_PIN_TRIES
    pin_block_seconds: PinBlockSeconds = USUAL_PIN_BLOCK_SECONDS
    persons: Persons = 1
    persons_seconds: PersonsSeconds = USUAL_PERSONS_SECONDS
    persons_group: Name | None = None


class AdminSuspend(VerbStruct, frozen=True, tag="admin-suspend"):
    """End what an admin may do, at once; trust goes on naming them."""

    admin: Name


class AdminRestore(VerbStruct, frozen=True, tag="admin-restore"):
    """Let a suspended admin command again."""

    admin: Name


class RosterSet(VerbStruct, frozen=True, tag="roster-set"):
    """Put a signed roster (private ``note``) in force in its strict zone."""

    zone: Name


class Approve(VerbStruct, frozen=True, tag="approve"):
    """Agree to a command that waits for a second admin, by its id and the SHA-256 of its note, as it was signed.

    ``grounds`` is the SHA-256 of what it rested on when it was looked at, as the hub told it.
    """

    request: Nonce
    sha256: Hex32 | None = None
    grounds: Hex32 | None = None


class Refuse(VerbStruct, frozen=True, tag="refuse"):
    """Refuse a command that waits for a second admin, or take back one's own, by its id and its note's SHA-256."""

    request: Nonce
    sha256: Hex32 | None = None


class CardKeysRotate(VerbStruct, frozen=True, tag="card-keys-rotate"):
    """Add a key to the ring, and wrap every credential key with it."""


class Lockdown(VerbStruct, frozen=True, tag="lockdown"):
    """Lock down a zone, or every zone if none is named: no card opens, until it is ended."""

    zone: Name | None = None


class LockdownEnd(VerbStruct, frozen=True, tag="lockdown-end"):
    """End the lockdown of a zone, or every lockdown if none is named."""

    zone: Name | None = None


class OpenDoor(VerbStruct, frozen=True, tag="open"):
    """Release a door once, now."""

    door: Name


class HoldOpen(VerbStruct, frozen=True, tag="hold-open"):
    """Keep a door released until a time, or with 0 no longer."""

    door: Name
    until: UnixSeconds


class CardEnrol(VerbStruct, frozen=True, tag="card-enrol"):
    """Put a reader of a door (the only one, if none is named) in enrolment, under an id of the admin's making."""

    door: Name
    seconds: EnrolmentSeconds
    enrolment: Nonce
    reader: Name | None = None


class PlanPart(VerbStruct, frozen=True, tag="plan-part"):
    """Bring one part of a plan (private ``blob``) to the hub; nothing is changed by it."""

    plan: Nonce
    number: Annotated[int, msgspec.Meta(ge=0, lt=1024)]


class PlanApply(VerbStruct, frozen=True, tag="plan-apply"):
    """Carry out a plan as a whole, if the policy still stands where the plan was made.

    ``sha256`` is the hash of all parts, one after the other.
    """

    plan: Nonce
    parts: Annotated[int, msgspec.Meta(ge=1, le=1024)]
    sha256: Hex32
    epoch: Count
    revision: Revision
    chain: Hex32


class ExportBegin(VerbStruct, frozen=True, tag="export-begin"):
    """Say that records will be taken out into a file: under which id, in what form, which, and whether with names."""

    export: Nonce
    form: Name
    names: bool = False
    since: UnixSeconds | None = None
    until: UnixSeconds | None = None
    zone: Name | None = None
    door: Name | None = None
    holder: Name | None = None
    outcome: Outcome | None = None
    reason: Reason | None = None
    kind: RecordKind | None = None


RightsVerb = (
    ZoneRuleSet
    | ZoneFactorSet
    | AdminSuspend
    | AdminRestore
    | RosterSet
    | Approve
    | Refuse
    | CardKeysRotate
    | Lockdown
    | LockdownEnd
    | OpenDoor
    | HoldOpen
    | CardEnrol
    | PlanPart
    | PlanApply
    | ExportBegin
)

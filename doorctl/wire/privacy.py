"""What is asked about persons' data, and found: to erase it, to tell all of it, and for how long it is kept."""

from enum import StrEnum
from typing import Annotated

import msgspec

from doorctl.core.record_classes import RecordClass
from doorctl.policy.rows import Name, Scope
from doorctl.wire.messages import Count
from doorctl.wire.verb import VerbStruct

Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


class PersonErase(VerbStruct, frozen=True, tag="person-erase"):
    """Erase a holder: rows, name, cards, and all that leads from records to the person; for ever."""

    holder: Name


class ErasureOf(VerbStruct, frozen=True, tag="erasure-of"):
    """Ask where a holder has been erased, and what no erasure reaches: silent controllers, backups, exports."""

    holder: Name


class RetentionSet(VerbStruct, frozen=True, tag="retention-set"):
    """Say after how many days openings, and whole records, go; without a number they are kept.

    ``zone`` and ``records`` are ``*`` for all; the most exact rule counts: zone and class, zone, class, all.
    """

    zone: Scope
    records: RecordClass = RecordClass.ALL
    openings_days: Days | None = None
    leaf_days: Days | None = None


class RetentionRemove(VerbStruct, frozen=True, tag="retention-remove"):
    """Take a rule of retention back; from then on the next most exact one counts, if there is one."""

    zone: Scope
    records: RecordClass = RecordClass.ALL


class RetentionOf(VerbStruct, frozen=True, tag="retention"):
    """Ask for how long records are kept."""


class HeldPart(StrEnum):
    """What else is held about somebody, each part asked for page by page."""

    WHEREABOUTS = "whereabouts"
    PASSBACK_RESETS = "passback_resets"
    BADGES = "badges"
    GUESTS = "guests"
    HOST_KEYS = "host_keys"
    DELEGATES = "delegates"
    OWN_PINS = "own_pins"
    COMMANDS = "commands"
    AS_UNKNOWN = "as_unknown"
    WATCHED = "watched"
    CHANGES = "changes"


class PersonHeld(VerbStruct, frozen=True, tag="person-held"):
    """Ask for all that is held about a holder, but for records, which ``records`` tells.

    With ``acts_after`` or ``reviews_after`` it asks for a page of what admins did, or of reviews, behind a position;
    with ``alerts_before`` for a page of alerts, the newest first (0: from the newest); with ``part`` for a page of
    that, behind the key of the page before.
    """

    holder: Name
    acts_after: Count | None = None
    alerts_before: Count | None = None
    reviews_after: Count | None = None
    part: HeldPart | None = None
    after_key: Annotated[str, msgspec.Meta(max_length=200)] = ""


class RetentionLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule: for which zone and class of records, after how many days openings and records go, and since when."""

    zone: str
    records: str
    openings_days: int | None
    leaf_days: int | None
    at: int


class RetentionFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long records are kept; what no rule is about is kept for ever."""

    rules: tuple[RetentionLine, ...]


class ErasureThere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A controller: since when it has erased a person, None if it has not said so, and when it was last heard."""

    controller: str
    erased_at: int | None
    heard_at: int | None


class CopyLeft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A backup or an export from before an erasure: when it was made, and what is recorded of it."""

    at: int
    told: str


class ErasureFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the erasure of a holder has come; ``swept_at`` is when the hub's own files were done."""

    holder: str
    at: int
    revision: int
    swept_at: int | None
    controllers: tuple[ErasureThere, ...]
    backups: tuple[CopyLeft, ...]
    exports: tuple[CopyLeft, ...]


PrivacyVerb = PersonErase | ErasureOf | RetentionSet | RetentionRemove | RetentionOf | PersonHeld

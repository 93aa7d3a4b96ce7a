"""Alerts: what the hub publishes of one, what admins say and ask about them, and what they are told.

An alert names nobody: ``about`` is an opaque id, and what somebody writes beside an alert travels sealed.
"""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.suspicion.alerts import RuleName, Severity
from doorctl.core.words import Word
from doorctl.policy.rows import Name, UnixSeconds
from doorctl.wire.messages import Count, Message, Text
from doorctl.wire.messages import Word as WordText
from doorctl.wire.verb import VerbStruct

MAX_NOTE = 500
"""So many characters somebody may write beside an alert."""
MOST_COUNTED = 100
MOST_SECONDS = 172_800
MOST_QUIET_SECONDS = 2_592_000
AlertId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{12}\Z")]


class AlertState(Word):
    """What became of an alert."""

    OPEN = "open", "Nobody has acknowledged it yet."
    ACKNOWLEDGED = "acknowledged", "Somebody has seen it, and says so in their name."


class Place(Word):
    """Between what a distance is."""

    DOOR = "door", "Two doors."
    ZONE = "zone", "Two zones."


class Alert(Message, frozen=True, omit_defaults=True):
    """Something suspicious, or that it was acknowledged; signed by the hub.

    ``at`` is the time of the record that completed it, ``raised_at`` that of the hub. ``about`` is the opaque subject
    (``holder:…``, or ``credential:…`` cut short) or nobody. ``late``: the record came long after it was made.
    """

    kind: ClassVar[str] = "alert"
    id: AlertId
    rule: WordText
    severity: WordText
    state: WordText
    at: UnixSeconds
    raised_at: UnixSeconds
    detail: Text = ""
    about: Annotated[str, msgspec.Meta(max_length=128)] = ""
    controller: str = ""
    door: str = ""
    zone: str = ""
    records: Count = 0
    late: bool = False


class AlertAcknowledge(VerbStruct, frozen=True, tag="alert-acknowledge"):
    """Say that somebody has seen an alert and takes care of it; a note is private.

    ``relearn``: what ``pulse-timing`` has learned of the door's readers is forgotten, and learned anew.
    """

    alert: AlertId
    relearn: bool = False


class AlertRuleSet(VerbStruct, frozen=True, tag="alert-rule-set"):
    """Set what is named of a rule; with ``usual`` all the rest of it goes back to what it was at first."""

    rule: RuleName
    enabled: bool | None = None
    severity: Severity | None = None
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_COUNTED)] | None = None
    seconds: Annotated[int, msgspec.Meta(ge=1, le=MOST_SECONDS)] | None = None
    quiet_seconds: Annotated[int, msgspec.Meta(ge=0, le=MOST_QUIET_SECONDS)] | None = None
    schedule: Name | None = None
    usual: bool = False


class AlertDistanceSet(VerbStruct, frozen=True, tag="alert-distance-set"):
    """Say how many seconds it takes at least from one door or zone to another, either way; 0 for no matter."""

    place: Place
    one: Name
    other: Name
    seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class AlertTest(VerbStruct, frozen=True, tag="alert-test"):
    """Raise an alert that means nothing, to see whether alerts arrive."""


class AlertsOf(VerbStruct, frozen=True, omit_defaults=True, tag="alerts"):
    """Ask for a page of alerts, the newest first: all or only the open ones, or the one whose id begins so."""

    before: Count = 0
    everything: bool = False
    alert: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{0,12}\Z")] = ""


class AlertRules(VerbStruct, frozen=True, tag="alert-rules"):
    """Ask how the rules of suspicion are set."""


AlertVerb = AlertAcknowledge | AlertRuleSet | AlertDistanceSet | AlertTest | AlertsOf | AlertRules


class RecordPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a record stands: whose log, which epoch of it, which number."""

    log: str
    epoch: int
    seq: int


class AlertFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alert as the hub keeps it; ``about`` is an opaque id, ``handle`` the person's, if there is one.

    ``records`` are those that led to it.
    """

    position: int
    id: str
    rule: str
    severity: str
    state: str
    at: int
    raised_at: int
    detail: str
    about: str
    controller: str
    door: str
    zone: str
    late: bool
    handle: str | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    note: str = ""
    records: tuple[RecordPlace, ...] = ()


class AlertsPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Alerts, the newest first; ``after`` asks for older ones, None when there are none."""

    alerts: tuple[AlertFound, ...]
    after: int | None = None


class RuleFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a rule is set."""

    rule: str
    enabled: bool
    severity: str
    count: int
    seconds: float
    quiet_seconds: float
    schedule: str | None
    is_usual: bool


class DistanceFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far two places are from each other."""

    place: str
    one: str
    other: str
    seconds: float


class RulesFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules and distances."""

    rules: tuple[RuleFound, ...]
    distances: tuple[DistanceFound, ...]

"""What is suspicious: the rules' names and settings, what they are told of a record, and what they say.

Records may arrive in any order and long after they were made, so a rule looks at records before and after the one
that has arrived, by the records' own times. What it must remember is told as marks; who keeps them finds them again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from doorctl.core.model import USUAL_PIN_BLOCK_SECONDS, USUAL_PIN_TRIES
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.company import AWAITING
from doorctl.core.suspicion.pulse_bands import Band, Pulses
from doorctl.core.words import Word

LATE_SECONDS = 300.0
"""A record that takes longer to the hub was delivered late, and so is what it tells."""
CAME_ALONG = "came_along"
"""What a grant is, as rules see it once more for each of those who come in with whom it lets in."""


class Severity(StrEnum):
    """How much an alert matters, the least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class RuleName(Word):
    """What an alert can be raised for: the stable word and its meaning."""

    DENIALS_AT_DOOR = "denials-at-door", "So many denials within so many seconds at one door."
    DENIALS_OF_CARD = "denials-of-card", "So many denials within so many seconds of one person, or unknown card."
    TOO_FAST = "too-fast", "One person, or unknown card, at two doors that are too far from each other for the time."
    TWICE_AT_ONCE = "twice-at-once", "One person, or unknown card, at two readers within so many seconds."
    AFTER_LEAVING = "after-leaving", "Somebody asked to enter after their last valid day, or even got in."
    FIRST_USE = "first-use", "Somebody was let into a server room for the first time."
    OUT_OF_HOURS = "out-of-hours", "Somebody was let in while a schedule is not open."
    WRONG_PINS = "wrong-pins", "Wrong PINs of one person or unknown card: so many within so many seconds, or a block."
    WRONG_PINS_AT_READER = (
        "wrong-pins-at-reader",
        "Wrong PINs at a reader: so many within so many seconds, or a block.",
    )
    DURESS = "duress", "Somebody entered the PIN for being forced to open: send help."
    REX_WHEN_EMPTY = "rex-when-empty", "Somebody left whom no count or entry knows to be inside."
    FORCED_DOOR = "forced-door", "A door opened while its strike was secured and nobody had asked."
    READER_TAMPER = "reader-tamper", "A reader's housing was opened."
    READER_CHANNEL = "reader-channel", "An OSDP reader lacks its secure channel, or its line has others' replies."
    TAMPER = "tamper", "A door's tamper contact opened, or that of a controller's housing."
    INPUT_FAULT = "input-fault", "The line of an input is cut, shorted, silent or unsteady; a strike is unconfirmed."
    POWER_FAULT = "power-fault", "A controller's mains or a reader's supply failed, or a battery is low."
    TECHNICIAN = "technician", "Somebody at a controller itself began to try its doors, or to give a reader its key."
    PASSBACK = "passback", "Somebody entered who was inside, or left who was not inside, or tried to."
    LEFT_ALONE = "left-alone", "Somebody left a zone so that fewer stay behind than it allows."
    PULSE_TIMING = "pulse-timing", "A reader's pulses are beyond the band that its first so many good reads had."
    FLOOD = "flood", "So many faults or refusals at a reader, or alerts of a controller, that they are only counted."
    LOG_ALARM = "log-alarm", "A log is not what it was, has a gap, or began anew without a word."
    AUDIT_FAILED = "audit-failed", "A log has lost records, or could not take some."
    SILENT = "silent", "A controller has not been heard for so many seconds."
    DISK_SHORT = "disk-short", "The hub's disk is nearly full: records wait at the controllers."
    BADGE_OVERDUE = "badge-overdue", "A visitor has not brought a badge back by their time."
    SENDER = "sender", "Alerts cannot be sent on one of their ways, after so many tries."
    TEST = "test", "An admin tries whether alerts arrive."


class Trace(StrEnum):
    """What is remembered for rules."""

    DENIED_AT = "denied-at"
    DENIED_WHO = "denied-who"
    WRONG_PIN = "wrong-pin"
    WRONG_PIN_AT = "wrong-pin-at"
    USED = "used"
    FIRST = "first"
    ENTERED = "entered"
    RAISED = "raised"


LASTING = frozenset({Trace.FIRST})
"""What is never forgotten by its age; of ``ENTERED`` the newest of each zone is not, either."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a rule is set; what a rule does not use is passed over.

    For ``quiet_seconds`` before and after an alert the same rule raises none about the same.
    """

    enabled: bool = True
    severity: Severity = Severity.MEDIUM
    count: int = 1
    seconds: float = 60.0
    quiet_seconds: float = 3600.0
    schedule: str | None = None


_WRONG_PINS = Settings(
    severity=Severity.HIGH,
    count=USUAL_PIN_TRIES,
    seconds=float(USUAL_PIN_BLOCK_SECONDS),
    quiet_seconds=600.0,
)
"""As many as block a card or a reader where the zone does not say otherwise."""
SLOW_TRIES_SECONDS = 3600.0
"""Whoever tries a PIN with a card so slowly that nothing is blocked is noticed within it; nobody errs so often."""
DEFAULTS: Mapping[RuleName, Settings] = {
    RuleName.DENIALS_AT_DOOR: Settings(count=5, seconds=60.0, quiet_seconds=600.0),
    RuleName.DENIALS_OF_CARD: Settings(count=5, seconds=300.0, quiet_seconds=600.0),
    RuleName.TOO_FAST: Settings(severity=Severity.HIGH, quiet_seconds=600.0),
    RuleName.TWICE_AT_ONCE: Settings(severity=Severity.HIGH, seconds=2.0, quiet_seconds=600.0),
    RuleName.AFTER_LEAVING: Settings(severity=Severity.HIGH),
    RuleName.FIRST_USE: Settings(severity=Severity.LOW),
    RuleName.OUT_OF_HOURS: Settings(enabled=False),
    RuleName.WRONG_PINS: replace(_WRONG_PINS, seconds=SLOW_TRIES_SECONDS),
    RuleName.WRONG_PINS_AT_READER: _WRONG_PINS,
    RuleName.DURESS: Settings(severity=Severity.CRITICAL, quiet_seconds=0.0),
    RuleName.REX_WHEN_EMPTY: Settings(seconds=43_200.0),
    RuleName.FORCED_DOOR: Settings(severity=Severity.CRITICAL, quiet_seconds=60.0),
    RuleName.READER_TAMPER: Settings(severity=Severity.HIGH, quiet_seconds=60.0),
    RuleName.READER_CHANNEL: Settings(severity=Severity.HIGH, quiet_seconds=600.0),
    RuleName.TAMPER: Settings(severity=Severity.HIGH, quiet_seconds=60.0),
    RuleName.INPUT_FAULT: Settings(severity=Severity.HIGH, quiet_seconds=600.0),
    RuleName.POWER_FAULT: Settings(severity=Severity.HIGH, quiet_seconds=600.0),
    RuleName.TECHNICIAN: Settings(quiet_seconds=0.0),
    RuleName.PASSBACK: Settings(quiet_seconds=600.0),
    RuleName.LEFT_ALONE: Settings(severity=Severity.HIGH, quiet_seconds=600.0),
    RuleName.PULSE_TIMING: Settings(severity=Severity.HIGH, count=50),
    RuleName.FLOOD: Settings(severity=Severity.LOW),
    RuleName.LOG_ALARM: Settings(severity=Severity.HIGH),
    RuleName.AUDIT_FAILED: Settings(severity=Severity.HIGH),
    RuleName.SILENT: Settings(severity=Severity.HIGH, seconds=900.0),
    RuleName.DISK_SHORT: Settings(severity=Severity.HIGH, quiet_seconds=86_400.0),
    RuleName.BADGE_OVERDUE: Settings(),
    RuleName.SENDER: Settings(severity=Severity.HIGH, count=8, quiet_seconds=86_400.0),
    RuleName.TEST: Settings(severity=Severity.LOW, quiet_seconds=0.0),
}
USED: Mapping[str, frozenset[RuleName]] = {
    "count": frozenset(
        {
            *(RuleName.DENIALS_AT_DOOR, RuleName.DENIALS_OF_CARD, RuleName.WRONG_PINS),
            *(RuleName.WRONG_PINS_AT_READER, RuleName.PULSE_TIMING, RuleName.SENDER),
        }
    ),
    "within": frozenset(
        {
            RuleName.DENIALS_AT_DOOR,
            RuleName.DENIALS_OF_CARD,
            RuleName.TWICE_AT_ONCE,
            RuleName.WRONG_PINS,
            RuleName.WRONG_PINS_AT_READER,
            RuleName.REX_WHEN_EMPTY,
            RuleName.SILENT,
        }
    ),
    "schedule": frozenset({RuleName.OUT_OF_HOURS}),
}
"""Which rules go by what; the others pass it over."""
_PIN_REASONS = frozenset({Reason.WRONG_PIN, Reason.PIN_BLOCKED})
_WAITING = AWAITING | {Reason.DURESS, Reason.ESCORT_AWAITED}
"""Who is denied for nothing else waits for others, as everybody does where several come in together."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it has arrived, and what the hub knows about it; times in seconds since 1970.

    ``reason`` is the first of ``reasons``. ``subject`` is `holder:…`, `credential:…` or nobody.
    ``has_good_clock``: something confirms the clock it is by.
    ``left_at`` is when the person's validity ends, ``is_in_hours`` whether the schedule of ``out-of-hours`` was open,
    ``alarm_of`` is whose log an alarm of the hub's own log is about,
    ``is_complete`` whether every controller with doors into the zone is heard: then its entries are here, too,
    ``inside`` how many counted as inside the zone when somebody left by REX, None where that is not known,
    ``pulses`` how the read looked on the wires, and ``band`` what has been learned of the reader before it.
    """

    position: int
    at: float
    kind: str
    controller: str = ""
    door: str = ""
    zone: str = ""
    reader: str = ""
    outcome: str | None = None
    reason: str = ""
    reasons: tuple[str, ...] = ()
    detail: str = ""
    subject: str = ""
    alarm_of: str = ""
    has_good_clock: bool = True
    is_late: bool = False
    is_server_room: bool = False
    left_at: float | None = None
    is_in_hours: bool | None = None
    is_complete: bool = True
    inside: int | None = None
    pulses: Pulses | None = None
    band: Band | None = None

    @property
    def is_granted(self) -> bool:
        """Whether this is a request that was granted."""
        return self.kind == RecordKind.DECISION and self.outcome == Outcome.GRANTED

    @property
    def is_let_in(self) -> bool:
        """Whether somebody was let into this very zone: by a grant, along with others, or by choosing a floor."""
        return self.is_granted or self.kind in (RecordKind.FLOOR_CHOSEN, CAME_ALONG)

    @property
    def is_opened_by_rex(self) -> bool:
        """Whether a door was opened by nobody's card, but from inside."""
        return self.kind == RecordKind.OPENED and self.reason == Reason.REX

    @property
    def is_denied(self) -> bool:
        """Whether this is a request that was denied, and not for want of company or another door alone."""
        denied = self.kind == RecordKind.DECISION and self.outcome == Outcome.DENIED
        waits = self.reason == Reason.INTERLOCKED or _WAITING.issuperset({self.reason, *self.reasons})
        return denied and not waits

    @property
    def has_wrong_pin(self) -> bool:
        """Whether a PIN was wrong, for whatever else it was denied, or not tried after too many that were."""
        return self.is_denied and not _PIN_REASONS.isdisjoint({self.reason, *self.reasons})


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to be remembered about a record, or about an alert: what, of whom or what, when and where."""

    trace: Trace
    key: str
    at: float
    position: int
    subject: str = ""
    door: str = ""
    zone: str = ""
    reader: str = ""
    has_good_clock: bool = True


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What an alert is about: nothing in ``detail`` or ``key`` is personal but the opaque subject in ``key``.

    ``records`` are the positions of the records that led to it, the oldest first.
    """

    rule: RuleName
    severity: Severity
    at: float
    key: str
    detail: str
    subject: str = ""
    controller: str = ""
    door: str = ""
    zone: str = ""
    records: tuple[int, ...] = ()
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Distances:
    """How many seconds it takes at least from one door to another, or from one zone to another, either way."""

    doors: Mapping[frozenset[str], float] = field(default_factory=dict)
    zones: Mapping[frozenset[str], float] = field(default_factory=dict)

    @property
    def longest(self) -> float:
        """The longest of them; 0 where there are none."""
        return max((*self.doors.values(), *self.zones.values()), default=0.0)

    def between(self, one: Seen | Mark, other: Seen | Mark) -> float:
        """Return the seconds between two places: those of their doors, else of their zones, else 0."""
        doors = self.doors.get(frozenset({one.door, other.door}))
        return self.zones.get(frozenset({one.zone, other.zone}), 0.0) if doors is None else doors


@dataclass(frozen=True, slots=True)
class RuleBook:
    """How every rule of a site is set."""

    settings: Mapping[RuleName, Settings] = field(default_factory=lambda: DEFAULTS)
    distances: Distances = Distances()

    def of(self, rule: RuleName) -> Settings:
        """Return how a rule is set."""
        return self.settings.get(rule, DEFAULTS[rule])


Recall = Callable[[Trace, str, float, float], Sequence[Mark]]
"""Returns the marks of a trace and a key from one time to another, both inclusive."""


Rule = Callable[[Seen, RuleBook, Recall], Suspicion | None]
"""Looks at one record and at what is remembered."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a record: what to remember, what is suspicious, and what its reader is known by from now on.

    ``band`` is None where nothing is learned by it.
    """

    marks: tuple[Mark, ...]
    suspicions: tuple[Suspicion, ...]
    band: Band | None = None


def about(rule: RuleName, seen: Seen, key: str, detail: str, book: RuleBook) -> Suspicion:
    """Raise an alert about one record; ``key`` tells what it is about."""
    return Suspicion(
        rule=rule,
        severity=book.of(rule).severity,
        at=seen.at,
        key=key,
        detail=detail,
        subject=seen.subject,
        controller=seen.controller,
        door=seen.door,
        zone=seen.zone,
        records=(seen.position,),
        is_late=seen.is_late,
    )


def raised_key(suspicion: Suspicion) -> str:
    """Return by what an alert is remembered, so that it is not raised twice."""
    return f"{suspicion.rule}|{suspicion.key}"


def raised_mark(suspicion: Suspicion) -> Mark:
    """Return what is remembered of an alert."""
    position = suspicion.records[-1] if suspicion.records else 0
    return Mark(Trace.RAISED, raised_key(suspicion), suspicion.at, position, subject=suspicion.subject)


def is_news(suspicion: Suspicion, settings: Settings, recall: Recall) -> bool:
    """Tell whether no alert of this rule about the same is within the quiet time before or after."""
    quiet, at = settings.quiet_seconds, suspicion.at
    raised = recall(Trace.RAISED, raised_key(suspicion), at - quiet, at + quiet)
    return not any(abs(mark.at - at) < quiet for mark in raised)

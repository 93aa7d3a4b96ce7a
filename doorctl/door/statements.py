"""Makes records out of what happened: adds the time, the clock's quality and the place."""

from typing import NamedTuple, TypedDict, Unpack

from doorctl.audit.leaf import MAX_DETAIL, Draft, PolicyMark, PulseMark, Statement, TreeMark, written
from doorctl.audit.state import Remembered
from doorctl.clock import ClockQuality, WallClock, boottime
from doorctl.core.machines.door_events import Record
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.policy.building import PolicyPosition


class Said(TypedDict, total=False):
    """What a record may say besides its kind, its time and its detail: fields of ``Statement``."""

    door: str
    zone: str
    reader: str
    outcome: Outcome | None
    reason: Reason | None
    reasons: tuple[Reason, ...]
    policy: PolicyMark | None
    of: int | None
    pulse: PulseMark | None
    tree: TreeMark | None
    before: int | None


class Drafted(Said, total=False):
    """The same of a record with whom it is about, and what is remembered with it."""

    subject: str
    remembered: tuple[Remembered, ...]


class Moment(NamedTuple):
    """When something happens: what all records say of it that are written of it together."""

    at: str
    clock: ClockQuality
    mono_ms: int

    def draft(
        self,
        kind: RecordKind,
        detail: str = "",
        *,
        subject: str = "",
        remembered: tuple[Remembered, ...] = (),
        **said: Unpack[Said],
    ) -> Draft:
        """Make a record of something that happens then."""
        statement = Statement(
            kind=kind, at=self.at, clock=self.clock, mono_ms=self.mono_ms, detail=detail[:MAX_DETAIL], **said
        )
        return Draft(statement, subject, remembered)


class Statements:
    """Drafts records, each with the time at which it was drafted."""

    def __init__(self, clock: WallClock) -> None:
        """Take the time from this clock."""
        self._clock = clock

    def now(self) -> Moment:
        """Tell the time, for records that are written together."""
        at = self._clock.now()
        return Moment(written(at), self._clock.quality(), int(boottime() * 1000))

    def draft(self, kind: RecordKind, detail: str = "", **of: Unpack[Drafted]) -> Draft:
        """Make a record of something that happens now."""
        return self.now().draft(kind, detail, **of)

    def of_door(
        self,
        record: Record,
        *,
        door: str,
        zone: str,
        reader: str = "",
        subject: str = "",
        remembered: tuple[Remembered, ...] = (),
    ) -> Draft:
        """Make what a door asks to have recorded into a record."""
        return self.draft(
            record.kind,
            record.detail,
            subject=subject,
            remembered=remembered,
            door=door,
            zone=zone,
            reader=reader,
            reason=record.reason,
            of=record.of,
        )


def mark_of(position: PolicyPosition | None, facts: Facts) -> PolicyMark | None:
    """Say which policy decided, and how old it was."""
    age = facts.policy_age_seconds
    return None if position is None else PolicyMark(position.epoch, position.revision, age and round(age, 1))


def subject_of(facts: Facts, request: AccessRequest) -> str:
    """Say whom a request is about: the holder, else the unknown credential, else nobody."""
    if facts.whose is not None:
        return f"holder:{facts.whose}"
    credential = request.credential(facts.ring_keys)
    return "" if credential is None else f"credential:{credential.hex()}"

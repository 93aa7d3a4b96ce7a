"""Notices that the policy in force is another one, and records by which revision the doors answer."""

from collections.abc import Callable, Iterable
from datetime import datetime

from doorctl import journal
from doorctl.core.model import AccessRequest
from doorctl.core.records import RecordKind
from doorctl.door.doorway import Doorway
from doorctl.door.recorder import TakesRecords
from doorctl.policy.facts import PolicyPosition
from doorctl.policy.reader import PolicyReader


class PolicyWatch:
    """Looks at the policy from time to time."""

    def __init__(
        self,
        policy: PolicyReader,
        doorways: Iterable[Doorway],
        recorder: TakesRecords,
        clock: Callable[[], datetime],
    ) -> None:
        """Watch the policy for these doors."""
        self._policy = policy
        self._doorways = tuple(doorways)
        self._recorder = recorder
        self._clock = clock
        self._seen: PolicyPosition | None = None
        self._ever_looked = False

    def look(self) -> None:
        """Record a new revision, or that there is no policy any more."""
        position = self._policy.position()
        if self._ever_looked and position == self._seen:
            return
        self._ever_looked, self._seen = True, position
        for doorway in self._doorways:
            facts, _ = self._policy.facts(AccessRequest(doorway.door, None, self._clock()))
            doorway.zone = facts.zone.id if facts.zone else ""
        if position is None:
            journal.say("policy_unavailable", journal.Level.ALARM, why=self._policy.why_unavailable)
            self._recorder.record(RecordKind.POLICY_APPLIED, "none: every card is denied")
        else:
            detail = f"epoch={position.epoch} revision={position.revision}"
            self._recorder.record(RecordKind.POLICY_APPLIED, detail)

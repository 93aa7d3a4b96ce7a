"""A doorway whose disk, clock and policy are in the test's hand: everything it does stands in one list, in order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from doorctl.audit.leaf import Draft, Statement
from doorctl.audit.writer import Committed, Failed, Verdict
from doorctl.clock import WallClock
from doorctl.core.machines.door_events import SignalName
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.model import OnAuditFailure
from doorctl.core.records import RecordKind
from doorctl.core.request import NO_POLICY, AccessRequest, Facts
from doorctl.door.asking.asked import Presented
from doorctl.door.asking.escorts import VisitorBook
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.door.doorway import Doorway
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.presence.movement_records import MovementRecords
from doorctl.door.statements import Statements
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import PolicyPosition
from hardware.pins import StrikeState
from tests.core import builders

LATE_SECONDS = 2.0
Submit = Callable[[list[Draft], Callable[[Verdict], None]], None]
DOOR = builders.FRONT.id
ADMITTED = builders.facts(builders.ADAS_GRANT)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A record that waits for its commit, with what is to be written behind it in the same one."""

    draft: Draft
    done: Callable[[Verdict], None]
    more: tuple[Draft, ...] = ()


class HandDrivenDoorway:
    """Records stay uncommitted until the test commits or fails them; ``done`` lists effects in their order.

    Questions to the policy are answered at once, or kept in ``questions`` while ``keeps_waiting``.
    """

    def __init__(
        self,
        facts: Facts = ADMITTED,
        *,
        rex_releases: bool = True,
        strict_zone: str | None = None,
        visitors: VisitorBook | None = None,
    ) -> None:
        self.now = 1000.0
        self.facts = facts
        self.position = PolicyPosition(1, 7)
        self.keeps_waiting = False
        self.questions: list[Callable[[], None]] = []
        self.requests: list[AccessRequest] = []
        self.done: list[str] = []
        self.waiting: list[Submitted] = []
        self.statements: list[Statement] = []
        self.drafts: list[Draft] = []
        self.committed = 0
        self.deny_list = DenyList()
        self.wrong_pins = WrongPinBook({}, at=builders.NOON)
        self._submit_to: Submit = self._keep
        statements = Statements(WallClock())
        self.records = MovementRecords(statements, self._submit)
        self.around = around = Surroundings(
            ask=self._ask,
            position=lambda: self.position,
            submit=self._submit,
            drive=lambda _, state: self.done.append(state),
            signal=lambda _, name: self.done.append(f"signal {name}"),
            insist=self.records.insist,
            statements=statements,
            deny_list=self.deny_list,
            wrong_pins=self.wrong_pins,
            visitors=visitors or VisitorBook({}),
            monotonic=lambda: self.now,
        )
        state = DoorState(DoorSettings(rex_releases=rex_releases))
        self.doorway = Doorway(DOOR, state, late_seconds=LATE_SECONDS, around=around, strict_zone=strict_zone)

    def present(self, *, read_seconds_ago: float = 0.0) -> None:
        """Present the card that the facts are about."""
        self.doorway.take(Presented(builders.a_request(), "front-in", self.now - read_seconds_ago))

    def commit(self) -> None:
        """Commit the oldest record that waits."""
        numbers = range(self.committed, self.committed + 1 + len(self.waiting[0].more))
        self.committed = numbers.stop
        self._settle(Committed(numbers))

    def commit_all(self) -> None:
        """Commit records until none waits."""
        while self.waiting:
            self.commit()

    def fail(self) -> None:
        """Fail the oldest record that waits."""
        self._settle(Failed("no space"))

    @property
    def moves(self) -> list[str]:
        """What the strike did."""
        return [what for what in self.done if what in set(StrikeState)]

    @property
    def kinds(self) -> list[RecordKind]:
        """The kinds of the records that were submitted."""
        return [statement.kind for statement in self.statements]

    def statement(self, kind: RecordKind) -> Statement:
        """Give the only record of a kind."""
        (statement,) = [statement for statement in self.statements if statement.kind is kind]
        return statement

    def _ask(self, request: AccessRequest, answered: Callable[[Facts, PolicyPosition | None], None]) -> None:
        self.requests.append(request)
        if self.keeps_waiting:
            self.questions.append(lambda: self._answer(answered))
        else:
            self._answer(answered)

    def _answer(self, answered: Callable[[Facts, PolicyPosition | None], None]) -> None:
        answered(self.facts, None if self.facts is NO_POLICY else self.position)

    def submit_to(self, submit: Submit) -> None:
        """Hand records to somebody else than the test."""
        self._submit_to = submit

    def _submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        for draft in drafts:
            self.done.append(f"record {draft.statement.kind}")
            self.statements.append(draft.statement)
            self.drafts.append(draft)
        self._submit_to(drafts, done)

    def _keep(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        self.waiting.append(Submitted(drafts[0], done, tuple(drafts[1:])))

    def _settle(self, verdict: Verdict) -> None:
        self.waiting.pop(0).done(verdict)


@dataclass
class Notebook:
    """Takes the records that nobody waits for."""

    statements: Statements = field(default_factory=lambda: Statements(WallClock()))
    drafts: list[Draft] = field(default_factory=list)

    def record(self, kind: RecordKind, detail: str = "", **fields: object) -> None:
        """Take one record."""
        self.drafts.append(self.statements.draft(kind, detail, **fields))  # type: ignore[arg-type]

    @property
    def told(self) -> list[tuple[RecordKind, str, str]]:
        """Kind, reader and detail of each record."""
        return [(it.statement.kind, it.statement.reader, it.statement.detail) for it in self.drafts]


def releasing_on_failure() -> Facts:
    """Ada is admitted, and the zone releases even when the record fails."""
    return replace(ADMITTED, zone=replace(builders.FLOOR_3, on_audit_failure=OnAuditFailure.RELEASE))


RELEASED, SECURED = StrikeState.RELEASED, StrikeState.SECURED
GRANTED, DENIED, FAULT = (f"signal {name}" for name in (SignalName.GRANTED, SignalName.DENIED, SignalName.FAULT))

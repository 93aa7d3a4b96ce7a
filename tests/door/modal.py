"""A door with modes: its disk, its clocks, its policy and who comes are in the test's hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from doorctl.audit.state import ModeKept
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.model import Credential, Holder, Schedule
from doorctl.core.modes import DoorModes, Mode
from doorctl.core.records import RecordKind
from doorctl.core.request import NO_POLICY, AccessRequest, Facts
from doorctl.door.asking.asked import Presented
from doorctl.door.doorway import Doorway
from doorctl.door.interlock import Interlock
from doorctl.policy.building import DoorPlace, PolicyPosition
from tests.core import builders
from tests.door.hand_driven import DOOR, LATE_SECONDS, HandDrivenDoorway

DAY = builders.a_schedule(builders.a_window("12:00", "18:00"))
NIGHT = Schedule("night", (builders.a_window("18:00", "12:00"),))
MORNING = builders.NOON - timedelta(hours=1)
FIRST_BY_DAY = DoorModes(Mode.CARD, (("office", Mode.FIRST_PERSON_IN),))
OPEN_BY_DAY = DoorModes(Mode.CARD, (("office", Mode.UNLOCKED),))
OFFICE = DoorModes(Mode.OFFICE, office_group="keepers")
ADA = builders.facts(builders.ADAS_GRANT, schedules=(DAY, NIGHT))
GRACES_KEY = b"g" * 32
GRACE = replace(
    ADA,
    credential=Credential(GRACES_KEY, "grace"),
    holder=Holder("grace"),
    grants=(replace(builders.ADAS_GRANT, subject="grace"),),
)


class ModalDoor:
    """``hand`` settles records and answers questions; ``moves`` and ``records`` tell what came of it."""

    def __init__(
        self,
        modes: DoorModes,
        *,
        at: datetime = builders.NOON,
        kept: Mapping[str, tuple[ModeKept, int]] | None = None,
        strict_zone: str | None = None,
        interlock: Interlock | None = None,
        **about: Any,  # noqa: ANN401 (as dataclasses.replace has it)
    ) -> None:
        self.hand = HandDrivenDoorway()
        self.at = at
        self.modes = modes
        self.about = about
        self.people = {builders.KEY: ADA, GRACES_KEY: GRACE}
        self.answers: list[Callable[[], None]] = []
        self.keeps_waiting = False
        around = replace(
            self.hand.around,
            ask=self._ask,
            standing=self._standing,
            clock=lambda: self.at,
            kept_modes=kept or {},
            interlock=interlock or self.hand.around.interlock,
        )
        state = DoorState(DoorSettings(unlock_seconds=5, rex_releases=True))
        self.door = Doorway(DOOR, state, late_seconds=LATE_SECONDS, around=around, strict_zone=strict_zone)

    def begin(self) -> "ModalDoor":
        """Let the policy tell of the door, and commit what comes of it."""
        self.tell()
        self.hand.commit_all()
        return self

    def tell(self, *, known: bool = True, **about: Any) -> None:  # noqa: ANN401 (as dataclasses.replace has it)
        """Let another policy come, with other facts of this door."""
        self.about |= about
        self.hand.position = self.hand.position._replace(revision=self.hand.position.revision + 1)
        self.door.move_to(self._place() if known else None)

    def set(self, modes: DoorModes) -> None:
        """Let a policy come with other modes, and commit what comes of it."""
        self.modes = modes
        self.tell()
        self.hand.commit_all()

    def present(self, key: bytes = builders.KEY, *, pin: bytes | None = None) -> None:
        """Present a card, or one with a PIN."""
        pins = None if pin is None else (pin,)
        self.door.take(Presented(AccessRequest(DOOR, (key,), self.at, pins=pins), "front-in", self.hand.now))

    def let_in(self, key: bytes = builders.KEY) -> None:
        """Present a card, and commit all that comes of it."""
        self.present(key)
        self.hand.commit_all()

    def let_in_twice(self, key: bytes = builders.KEY, *, apart: float = 2) -> None:
        """Present a card twice."""
        self.let_in(key)
        self.wait(apart)
        self.let_in(key)

    def wait(self, seconds: float, *, commits: bool = True) -> None:
        """Let so much time go by by both clocks."""
        self.hand.now += seconds
        self.at += timedelta(seconds=seconds)
        self.door.tick(self.hand.now)
        if commits:
            self.hand.commit_all()

    def restarted(self, *, after: timedelta = timedelta(0)) -> "ModalDoor":
        """Begin anew from what was committed with records, as after a power cut."""
        again = ModalDoor(self.modes, at=self.at + after, kept=self.kept, **self.about)
        again.people = self.people
        return again

    @property
    def is_released(self) -> bool:
        """Whether the strike is released now."""
        return self.hand.moves[-1:] == ["released"]

    @property
    def told(self) -> list[str]:
        """What the records of modes say."""
        return [it.detail for it in self.hand.statements if it.kind is RecordKind.MODE]

    @property
    def kept(self) -> dict[str, tuple[ModeKept, int]]:
        """What was submitted to be remembered; these tests commit all of it but where they say so."""
        drafts = [(each, number) for number, each in enumerate(self.hand.drafts)]
        kept = [(what, number) for draft, number in drafts for what in draft.remembered if isinstance(what, ModeKept)]
        return {what.door: (what, number) for what, number in kept}

    def answer_all(self) -> None:
        """Answer the questions that wait."""
        while self.answers:
            self.answers.pop(0)()

    def _place(self) -> DoorPlace:
        known = self._about(builders.facts(schedules=(DAY, NIGHT), credential=None, holder=None))
        return DoorPlace("floor-3", facts=known)

    def _about(self, facts: Facts) -> Facts:
        door = replace(builders.FRONT, modes=self.modes)
        return replace(facts, **({"door": door} | self.about))

    def _standing(self, facts: Facts) -> Facts:
        standing = {name: self.about[name] for name in ("clock_trusted", "policy_age_seconds") if name in self.about}
        return replace(facts, **standing)

    def _ask(self, request: AccessRequest, answered: Callable[[Facts, PolicyPosition | None], None]) -> None:
        def answer() -> None:
            known = next((self.people[key] for key in request.credentials if key in self.people), None)
            facts = builders.facts(credential=None, holder=None) if known is None else known
            about = self._about(facts) if self.door.place is not None else NO_POLICY
            answered(about, self.hand.position if self.door.place is not None else None)

        if self.keeps_waiting:
            self.answers.append(answer)
        else:
            answer()

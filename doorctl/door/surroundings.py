"""What a door needs of the process around it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from doorctl.audit.leaf import Draft
from doorctl.audit.occupancy import KeptOccupancy
from doorctl.audit.state import ModeKept
from doorctl.audit.writer import Verdict
from doorctl.core.machines.door_events import SignalName
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.company import Companies
from doorctl.door.asking.escorts import VisitorBook
from doorctl.door.asking.uses import UseBook
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.door.interlock import Interlock
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.presence.occupancy import OccupancyBook
from doorctl.door.statements import Statements
from doorctl.policy.building import PolicyPosition
from hardware.pins import StrikeState


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a door needs of the process around it.

    ``insist`` submits records that are written again, together, if the disk does not take them.
    ``standing`` says how old the policy is and how far the clock counts; ``kept_modes`` is by door the last change of
    its mode before the start, with the number of that record, 0 if it is lost.
    """

    ask: Callable[[AccessRequest, Callable[[Facts, PolicyPosition | None], None]], None]
    position: Callable[[], PolicyPosition | None]
    submit: Callable[[list[Draft], Callable[[Verdict], None]], None]
    insist: Callable[[Sequence[Draft]], None]
    drive: Callable[[str, StrikeState], None]
    signal: Callable[[str, SignalName], None]
    statements: Statements
    deny_list: DenyList
    wrong_pins: WrongPinBook
    uses: UseBook = field(default_factory=lambda: UseBook({}))
    visitors: VisitorBook = field(default_factory=lambda: VisitorBook({}))
    companies: Companies = field(default_factory=Companies)
    occupancy: OccupancyBook = field(default_factory=lambda: OccupancyBook(KeptOccupancy()))
    interlock: Interlock = field(default_factory=lambda: Interlock({}))
    room: Callable[[], bool] = lambda: True
    standing: Callable[[Facts], Facts] = lambda facts: facts
    kept_modes: Mapping[str, tuple[ModeKept, int]] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic

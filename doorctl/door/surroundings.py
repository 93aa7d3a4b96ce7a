"""What a door needs of the process around it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from doorctl.audit.leaf import Draft
from doorctl.audit.writer import Verdict
from doorctl.core.machines.door_events import SignalName
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.door.interlock import Interlock
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.statements import Statements
from doorctl.policy.building import PolicyPosition
from hardware.pins import StrikeState


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a door needs of the process around it."""

    ask: Callable[[AccessRequest, Callable[[Facts, PolicyPosition | None], None]], None]
    position: Callable[[], PolicyPosition | None]
    submit: Callable[[list[Draft], Callable[[Verdict], None]], None]
    drive: Callable[[str, StrikeState], None]
    signal: Callable[[str, SignalName], None]
    statements: Statements
    deny_list: DenyList
    wrong_pins: WrongPinBook
    interlock: Interlock = field(default_factory=lambda: Interlock({}))
    room: Callable[[], bool] = lambda: True
    monotonic: Callable[[], float] = time.monotonic

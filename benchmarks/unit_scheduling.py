"""The scheduling that systemd gives the door's process, given to a process of a benchmark: as the unit says it."""

import os
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

UNIT = Path(__file__).resolve().parent.parent / "systemd" / "doorctl-door.service"
_POLICIES = {"rr": os.SCHED_RR, "fifo": os.SCHED_FIFO, "other": os.SCHED_OTHER}
WHAT_IT_TAKES = (
    "this takes the right to real-time scheduling: run it as root, or with CAP_SYS_NICE, or with a limit "
    "of at least {priority} (ulimit -r {priority})"
)


class NotAllowed(Exception):
    """This user may not schedule in real time; the message says what it takes."""


@dataclass(frozen=True, slots=True)
class Scheduling:
    """A policy and a priority in it."""

    policy: int
    priority: int

    def apply_to(self, pid: int) -> None:
        """Schedule all threads of a process so, and those that they start. Raises NotAllowed."""
        for task in Path(f"/proc/{pid}/task").iterdir():
            try:
                os.sched_setscheduler(int(task.name), self.policy, os.sched_param(self.priority))
            except PermissionError as error:
                raise NotAllowed(WHAT_IT_TAKES.format(priority=self.priority)) from error

    def try_on_myself(self) -> None:
        """See that this is allowed at all, and go on as before. Raises NotAllowed."""
        before = os.sched_getscheduler(0), os.sched_getparam(0)
        self.apply_to(os.getpid())
        os.sched_setscheduler(0, *before)


def scheduling_of_the_door() -> Scheduling:
    """Read the door's unit."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    return Scheduling(_POLICIES[service["CPUSchedulingPolicy"]], int(service["CPUSchedulingPriority"]))

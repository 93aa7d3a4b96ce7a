"""The units: whether each is there, starts by itself and runs; and what ends a computer that hangs."""

import os
import re
from collections.abc import Iterator

from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding, Trouble

UNITS = ("doorctl-door.service", "doorctl-keeper.service", "doorctl-link.service", "doorctl.target")
TIMERS = ("doorctl-verify.timer", "doorctl-check.timer")
LOSS_PROGRAM = "/opt/doorctl/bin/doorctl-on-process-loss"
_SHOWN = "--property=Id,LoadState,ActiveState,UnitFileState"
_STARTS = frozenset({"enabled", "enabled-runtime", "static", "generated", "indirect"})


def look_at_units(computer: Computer) -> Iterator[Finding]:
    """Ask systemd about each unit of a controller."""
    told = computer.run(["systemctl", "show", _SHOWN, *UNITS, *TIMERS])
    shown = [dict(re.findall(r"^(\w+)=(.*)$", part, flags=re.MULTILINE)) for part in told.split("\n\n")]
    by_name = {each.get("Id", ""): each for each in shown}
    for name in (*UNITS, *TIMERS):
        yield from _of_unit(name, by_name.get(name, {}))


def look_at_last_resorts(computer: Computer) -> Iterator[Finding]:
    """Look for what puts strikes to rest when the door process, systemd or the kernel no longer can."""
    if not os.access(computer.at(LOSS_PROGRAM), os.X_OK):
        yield Finding(Trouble.LOSS_PROGRAM_MISSING, f"{LOSS_PROGRAM} is not there, or no program")
    told = computer.run(["systemctl", "show", "--property=RuntimeWatchdogUSec"]).strip().partition("=")[2]
    if told in ("", "0", "infinity"):
        yield Finding(Trouble.WATCHDOG_OFF, "systemd does not feed the hardware's watchdog")
    if computer.number("/proc/sys/kernel/panic") in (None, 0):
        yield Finding(Trouble.PANIC_STAYS, "the kernel stays as it is after a panic")


def _of_unit(name: str, shown: dict[str, str]) -> Iterator[Finding]:
    if shown.get("LoadState") != "loaded":
        yield Finding(Trouble.UNIT_MISSING, f"{name} is not installed")
        return
    if shown.get("UnitFileState") not in _STARTS:
        yield Finding(Trouble.UNIT_DISABLED, f"{name} is not enabled")
    state = shown.get("ActiveState")
    if state == "failed":
        yield Finding(Trouble.UNIT_FAILED, f"{name} has failed")
    elif state not in ("active", "activating", "reloading"):
        yield Finding(Trouble.UNIT_STOPPED, f"{name} does not run")

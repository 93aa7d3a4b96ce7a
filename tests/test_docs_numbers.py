"""The numbers that docs/rules.md and docs/wiring.md tell are those that the code goes by."""

import re

import msgspec
import pytest

from doorctl.core.areas import USUAL_PASSBACK_SECONDS
from doorctl.core.machines.enrolment import AGAIN_SECONDS
from doorctl.core.machines.pin_entry import FEWEST_DIGITS, MOST_DIGITS, PAUSE_SECONDS
from doorctl.core.rules.holder_times import MOST_HELD_OPEN_SECONDS, MOST_RELEASE_SECONDS
from doorctl.core.rules.order_rules import MAX_HOLD_OPEN_SECONDS
from doorctl.core.site_count import SILENCE_SECONDS
from doorctl.core.visitors import USUAL_ESCORT_SECONDS
from doorctl.door.asking.company import GLASS_SECONDS
from doorctl.door.asking.pin_pads import WAIT_SECONDS
from doorctl.door.config.tables import DoorTable
from doorctl.door.loop import SAMPLE_SECONDS
from doorctl.door.modes import OFFICE_SECONDS
from doorctl.machine.last_resorts import PANIC_SECONDS, WATCHDOG_SECONDS
from firmware_bridge.strike_outputs import RELEASE_MS
from tests.test_docs import ROOT

RULES_DOC = " ".join((ROOT / "docs/rules.md").read_text().split())
TOLD = (
    f"The card then waits {WAIT_SECONDS:g} seconds for a key",
    f"who presses none for {PAUSE_SECONDS:g} seconds begins anew",
    f"({FEWEST_DIGITS} to {MOST_DIGITS} digits, as many as the one for duress",
    f"their card opens only within {USUAL_ESCORT_SECONDS} seconds after an escort was let in",
    f"the second, within {GLASS_SECONDS:g} seconds at the same door, is granted with `break_glass`",
    f"denies who enters again within {USUAL_PASSBACK_SECONDS // 60} minutes",
    f"When the hub has not been heard for {SILENCE_SECONDS:g} seconds, each controller goes by what passed",
    f"a member of its office group is let in twice within {OFFICE_SECONDS:g} seconds",
    f"The unknown card that comes twice within {AGAIN_SECONDS:g} seconds, and no other between",
    f"at most {MOST_RELEASE_SECONDS:g} and {MOST_HELD_OPEN_SECONDS:g} seconds and never shorter than for all",
)
WIRING_DOC = " ".join((ROOT / "docs/wiring.md").read_text().split())


def usual(field: str) -> float:
    """Return what a key of ``[[door]]`` is if nothing is said."""
    return next(float(each.default) for each in msgspec.structs.fields(DoorTable) if each.name == field)


def number_in(file: str, pattern: str) -> int:
    """Return the one number that stands in a file after this."""
    (found,) = re.findall(pattern + r"(\d+)", (ROOT / file).read_text())
    return int(found)


DOOR_UNIT = "systemd/doorctl-door.service"
WATCHDOG_SEC, ABORT_SEC, STOP_SEC, RESTART_SEC = (
    number_in(DOOR_UNIT, f"(?m)^{key}=") for key in ("WatchdogSec", "TimeoutAbortSec", "TimeoutStopSec", "RestartSec")
)
WATCHDOG, PANIC = WATCHDOG_SECONDS, PANIC_SECONDS
HOST_GONE_MS = number_in("firmware_bridge/mcu/bridge.c", "#define HOST_IS_ALIVE_MS ")
BRIDGE_HANGS_MS = number_in("firmware_bridge/mcu/board.c", r"wdt_enable\(WDTO_")
BRIDGE_MOST_MS = number_in("firmware_bridge/mcu/outputs.h", "#define MOST_RELEASE_MS ")
WIRED = (
    f"`unlock_seconds` ({usual('unlock_seconds'):g} s if nothing is said)",
    f"at most {MOST_RELEASE_SECONDS:g} s, an order to hold open at most {MAX_HOLD_OPEN_SECONDS // 3600} h",
    f"| {SAMPLE_SECONDS:g} s longer | secured | the loop turns at least each {SAMPLE_SECONDS * 1000:g} ms |",
    f"| {STOP_SEC} s | `on_process_loss` | `TimeoutStopSec={STOP_SEC}`",
    f"| {WATCHDOG_SEC + ABORT_SEC} s | `on_process_loss` | `WatchdogSec={WATCHDOG_SEC}`,",
    f"`TimeoutAbortSec={ABORT_SEC}` |",
    f"`RestartSec={RESTART_SEC}`, and Python's start",
    f"| the kernel panics | {PANIC} s | the resistor's level | `kernel.panic = {PANIC}`",
    f"hangs | {WATCHDOG} s | the resistor's level | `RuntimeWatchdogSec={WATCHDOG}`",
    f"or the cable | {HOST_GONE_MS / 1000:g} s | secured |",
    f"the bridge's program hangs | {BRIDGE_HANGS_MS / 1000:g} s | secured |",
    f"not that it is to secure | {RELEASE_MS / 1000:g} s | secured | it is released for {RELEASE_MS / 1000:g} s at",
    f"asks for too long | {BRIDGE_MOST_MS / 1000:g} s | secured |",
)


@pytest.mark.parametrize("told", WIRED)
def test_how_long_a_strike_stays_released_stands_in_the_document_as_in_the_code(told: str) -> None:
    assert told in WIRING_DOC


def test_every_failure_of_a_strike_that_has_a_number_is_held_to_one() -> None:
    """But for what no code of ours decides: no time at all, and the second that systemd is allowed."""
    (table,) = re.findall(r"\| failure \|.*?\n\n", (ROOT / "docs/wiring.md").read_text(), flags=re.DOTALL)
    figures = {row.split(" | ")[1].split()[0] for row in table.splitlines() if re.search(r"^\|[^|]*\| \d", row)}
    held = {SAMPLE_SECONDS, PANIC, WATCHDOG, WATCHDOG_SEC + ABORT_SEC, STOP_SEC}
    held |= {HOST_GONE_MS / 1000, BRIDGE_HANGS_MS / 1000, BRIDGE_MOST_MS / 1000, RELEASE_MS / 1000}

    assert figures - {f"{number:g}" for number in held} == {"0", "1"}


@pytest.mark.parametrize("told", TOLD)
def test_a_number_stands_in_the_document_as_in_the_code(told: str) -> None:
    assert told in RULES_DOC

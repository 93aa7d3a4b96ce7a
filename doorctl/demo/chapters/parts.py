"""What chapters do beside presenting badges: drive inputs, wait for records and alerts, ask doorctl something."""

import json
import time
from collections.abc import Collection
from datetime import UTC, datetime

from doorctl.audit.leaf import Leaf
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.building import Building
from doorctl.demo.chapters.site import DOORS
from doorctl.demo.steps import QUIET_SECONDS, Do, Seen
from doorctl.demo.witness import wait_for


def newest(building: Building) -> int:
    """Return the number of the newest record."""
    return building.log.records()[-1].seq


def wait_for_record(building: Building, kind: RecordKind, *, after: int) -> Leaf:
    """Wait for a record of this kind behind a number. Raises NotSeen."""
    return wait_for(
        lambda: next((leaf for leaf in building.log.records(after=after) if leaf.kind is kind), None),
        what=f"the record {kind}",
        seconds=building.patience,
    )


def drives(name: str, kind: RecordKind, *, active: bool) -> Do:
    """Drive an input of the board, and wait for what is recorded of it."""

    def do(building: Building) -> Seen:
        began, before = time.monotonic(), newest(building)
        building.board.drive(name, active=active)
        record = wait_for_record(building, kind, after=before)
        return Seen(f"record {record.seq}: {kind}", time.monotonic() - began, "audit.db")

    return do


def wait_for_moment(at: datetime) -> None:
    """Wait until the wall clock shows a moment."""
    while datetime.now(UTC) < at:
        time.sleep(QUIET_SECONDS)


def lets_go(button: str) -> Do:
    """Press a button no longer, of which nothing is recorded, and wait until its door is secured."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        building.board.drive(button, active=False)
        _wait_until(building, {button.split(".", maxsplit=1)[0]}, "secured")
        return Seen("let go", time.monotonic() - began, "the board's socket")

    return do


def all_are(state: str) -> Do:
    """Wait until every strike is in this state."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        _wait_until(building, DOORS, state)
        return Seen(f"all {len(DOORS)} strikes {state}", time.monotonic() - began, "the board's socket")

    return do


def told(*words: str, exit_code: int = 0, says: str) -> Do:
    """Ask doorctl something, which must come to say this: records take a moment to the hub."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        line = wait_for(
            lambda: _line_with(says, building.admin(*words, may_end_with=(exit_code,))),
            what=f"doorctl {' '.join(words)} to say {says}",
            seconds=building.patience,
        )
        return Seen(line.strip(), time.monotonic() - began, f"doorctl {' '.join(words)}")

    return do


def _line_with(text: str, said: str) -> str | None:
    return next((line for line in said.splitlines() if text in line), None)


def alerted(rule: RuleName) -> Do:
    """Wait until the hub has raised an alert of this rule."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        alert = wait_for(
            lambda: next((alert for alert in _alerts(building) if alert["rule"] == rule), None),
            what=f"the alert {rule}",
            seconds=building.patience,
        )
        return Seen(f"alert {rule}: {alert['severity']}", time.monotonic() - began, "doorctl alert list")

    return do


def _alerts(building: Building) -> list[dict[str, str]]:
    return [json.loads(line) for line in building.admin("alert", "list", "--json").splitlines()]


def _wait_until(building: Building, doors: Collection[str], state: str) -> None:
    wait_for(
        lambda: {building.board.strike(door) for door in doors} == {state} or None,
        what=f"the strikes of {', '.join(doors)} to be {state}",
        seconds=building.patience,
    )

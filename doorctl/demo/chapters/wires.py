"""What wires and the housing tell, for ``doorctl demo --building``: a line that is cut, a mains that fails."""

import json
import time

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import alerted, drives, lets_go, newest, wait_for_record
from doorctl.demo.chapters.site import ENTRANCE, SERVER_ROOM, VAULT
from doorctl.demo.steps import KEEPER_TO_HUB, READER_TO_STRIKE, Do, Seen, Step, in_turn
from doorctl.demo.witness import wait_for


def simulated(name: str, state: str, kind: RecordKind) -> Do:
    """Have an input tell something, and wait for what is recorded of it."""

    def do(building: Building) -> Seen:
        began, before = time.monotonic(), newest(building)
        building.doorctl("simulate", "input", name, state, "--config", str(building.controller_config))
        record = wait_for_record(building, kind, after=before)
        return Seen(f"record {record.seq}: {record.detail}", time.monotonic() - began, "audit.db")

    return do


def of_late(rule: RuleName, *, within: str) -> Do:
    """Say what a rule of suspicion takes for long ago."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        building.admin("alert", "rule", "set", rule, "--within", within)
        return Seen(f"{rule}: within {within}", time.monotonic() - began, "doorctl alert rule set")

    return do


def _in_trouble(*troubles: tuple[str, str, str]) -> Do:
    """Wait until the status tells that these inputs are in trouble, and no other: door, what of it, in which."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        wait_for(
            lambda: _troubles(building) == list(troubles) or None,
            what=f"{troubles} in the status",
            seconds=building.patience,
        )
        told = ", ".join(f"{what}: {trouble}" for _, what, trouble in troubles) or "nothing is in trouble"
        return Seen(told, time.monotonic() - began, "doorctl status")

    return do


def _troubles(building: Building) -> list[tuple[str, str, str]]:
    controllers = json.loads(building.admin("status", "--json"))["controllers"]
    return [(it["door"], it["what"], it["trouble"]) for each in controllers for it in each["input_troubles"]]


_CONTACT = f"{VAULT}.contact"
_CUT, _FAILED, _LOW = (VAULT, "line of contact", "open-line"), ("", "mains", "failed"), ("", "battery", "failed")
_COVER = f"{ENTRANCE}.tamper"

WIRES = (
    Step(
        "The line to the vault's contact is cut: a fault, and somebody is called",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            simulated(_CONTACT, "open-line", RecordKind.INPUT_FAULT),
            alerted(RuleName.INPUT_FAULT),
            _in_trouble(_CUT),
        ),
    ),
    Step(
        "The mains fails: nothing is unlocked by that, and the status tells it",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(simulated("mains", "on", RecordKind.POWER), _in_trouble(_FAILED, _CUT)),
    ),
    Step(
        "So does the battery, and somebody opens the housing at the entrance",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            simulated("battery", "on", RecordKind.POWER),
            alerted(RuleName.POWER_FAULT),
            simulated(_COVER, "on", RecordKind.TAMPER),
            alerted(RuleName.TAMPER),
        ),
    ),
    Step(
        "All is mended",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            simulated(_CONTACT, "normal", RecordKind.INPUT_FAULT),
            simulated("mains", "off", RecordKind.POWER),
            simulated("battery", "off", RecordKind.POWER),
            simulated(_COVER, "off", RecordKind.TAMPER),
            _in_trouble(),
        ),
    ),
    Step(
        "Somebody presses to leave a server room into which nobody was let of late",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            of_late(RuleName.REX_WHEN_EMPTY, within="1s"),
            drives(f"{SERVER_ROOM}.rex", RecordKind.REX, active=True),
            lets_go(f"{SERVER_ROOM}.rex"),
            alerted(RuleName.REX_WHEN_EMPTY),
        ),
    ),
)

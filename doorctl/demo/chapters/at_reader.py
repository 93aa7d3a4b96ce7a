"""What is done at a reader and becomes a change at the hub, for ``doorctl demo --building``: a card, an own PIN."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from doorctl.core.records import RecordKind
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import newest, wait_for_record
from doorctl.demo.chapters.site import ENROLLED, GRACE, OFFICE
from doorctl.demo.steps import KEEPER_TO_HUB, READER_TO_STRIKE, Badge, Seen, Step, opens
from doorctl.demo.witness import wait_for

_READER = f"{OFFICE}-in"
_OWN_PIN = "258036"


def _enrol_a_card_at_the_office(building: Building) -> Seen:
    """Put the office's reader in enrolment, and show the new card there twice."""
    began, before = time.monotonic(), newest(building)
    with ThreadPoolExecutor(max_workers=1) as beside:
        words = ("card", "enrol", "grace", "--door", OFFICE, "--within", "30s", "--yes", "--json")
        command = beside.submit(building.admin, *words)
        wait_for_record(building, RecordKind.ORDER, after=before)
        for _ in range(2):
            building.swipe(_READER, ENROLLED)
        code = json.loads(command.result().splitlines()[-1])["code"]
    return Seen(f"code {code}, now Grace's", time.monotonic() - began, "doorctl card enrol")


def _set_a_pin_at_the_office(building: Building) -> Seen:
    """Have a code given, and enter it at the office's keypad with the card and the new PIN."""
    began, before = time.monotonic(), newest(building)
    told = building.admin("person", "pin", "grace", "--own-code", "--json").splitlines()
    building.key_in(_READER, "0#")
    building.swipe(_READER, GRACE)
    building.key_in(_READER, f"{json.loads(told[-1])['code']}#{_OWN_PIN}#{_OWN_PIN}#")
    wait_for_record(building, RecordKind.OWN_PIN, after=before)
    wait_for(lambda: _has_pin(building, "grace") or None, what="her PIN at the hub", seconds=building.patience)
    return Seen("sealed on its way, and in the policy", time.monotonic() - began, "audit.db, doorctl list people")


def _has_pin(building: Building, handle: str) -> bool:
    people = [json.loads(line) for line in building.admin("list", "people", "--json").splitlines()]
    return any(person["handle"] == handle and person["pin"] for person in people)


AT_A_READER = (
    Step(
        "A new card is shown twice at a reader in enrolment, and is Grace's",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        _enrol_a_card_at_the_office,
    ),
    Step("It opens the office", READER_TO_STRIKE, opens(OFFICE, Badge(ENROLLED))),
    Step(
        "Grace sets her own PIN at a reader, by a code that counts once",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        _set_a_pin_at_the_office,
    ),
)
